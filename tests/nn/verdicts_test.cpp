#include "lively/nn/liveness/verdicts.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace lively;

TEST_CASE("verdicts: each has one row of words, in the order of the verdicts") {
  const auto all = explanations();
  REQUIRE(all.size() == static_cast<std::size_t>(Verdict::unsure) + 2);
  std::set<std::string> names, things;
  for (int v = 0; v <= static_cast<int>(Verdict::unsure); ++v) {
    const VerdictWords& w = words(static_cast<Verdict>(v));
    CHECK(name(static_cast<Verdict>(v)) == w.name);
    CHECK(all[static_cast<std::size_t>(v)].name == std::string(w.name));
    names.insert(w.name);
    things.insert(w.what);
    for (const char* text : {w.means, w.looks, w.cure}) CHECK(std::string(text).ends_with("."));
    CHECK(std::string(w.example).starts_with("mnist_mlp --"));
  }
  CHECK(names.size() == all.size() - 1);
  CHECK(things.size() == all.size() - 1);
  CHECK(words(Verdict::frozen_loss).name == std::string("frozen_loss"));
  CHECK(words(Verdict::healthy).severity == Severity::healthy);
  CHECK(words(Verdict::unsure).severity == Severity::unsure);
  CHECK(words(Verdict::died).severity == Severity::fault);
  CHECK(words(Verdict::slow).severity == Severity::note);
}

TEST_CASE("verdicts: what no verdict can tell is explained too, and has no run that shows it") {
  const VerdictWords& broken = explanations().back();
  CHECK(broken.name == std::string("broken_instrument"));
  CHECK(std::string(broken.example).empty());
}

TEST_CASE("verdicts: a paper is one, or none is named") {
  for (const VerdictWords& w : explanations())
    CHECK(std::string(w.paper).find("README") == std::string::npos);
  CHECK(std::string(words(Verdict::unsure).paper).empty());
}
