#include <doctest/doctest.h>

#include <set>

#include "lively/autograd/ops.h"
#include "tests/reference/ops.h"

using namespace lively;
using namespace lively::testing;

namespace {

// Groups that are no single op: their own tests, or out of scope (second order).
const std::set<std::string> kElsewhere{
    "double_backward", "optimizer", "lr_schedule", "clip_grad", "dropout", "init", "train", "dead"};

void run(const Case& c, const CaseOp& op) {
  Inputs whole, seen;
  for (const std::string& name : c.inputs) {
    const bool wanted = std::find(c.wrt.begin(), c.wrt.end(), name) != c.wrt.end();
    whole[name] = wanted ? parameter(c.in(name)) : Variable(c.in(name));
    seen[name] = c.seen(name, whole[name]);
  }
  Outputs out = op(c, seen);
  Variable total;
  for (const Expected& e : c.outputs) {
    REQUIRE_MESSAGE(out.contains(e.name), c.name << " gives no " << e.name);
    check(c, e, out.at(e.name).data(), "forward");
    if (!out.at(e.name).requires_grad()) continue;
    const Variable part = sum(out.at(e.name) * Variable(c.cotangent(e.name)));
    total = total.defined() ? total + part : part;
  }
  if (c.grads.empty()) return;
  REQUIRE(total.defined());
  total.backward();
  for (const Expected& e : c.grads) check(c, e, whole.at(e.name).grad(), "gradient");
}

}  // namespace

TEST_CASE("reference: ops give PyTorch's values and gradients") {
  int passed = 0;
  std::string skipped;
  for (const Case& c : cases()) {
    if (kElsewhere.contains(c.group)) continue;
    const CaseOp op = find_op(c);
    if (!op) {
      skipped += " " + c.name;
      continue;
    }
    run(c, op);
    ++passed;
  }
  MESSAGE("ran " << passed << " cases; skipped, as there is no such op:"
                 << (skipped.empty() ? " none" : skipped));
  CHECK(skipped == "");
  CHECK(passed == 234);
}
