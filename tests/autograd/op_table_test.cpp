#include "tests/autograd/op_table.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "lively/autograd/gradcheck.h"
#include "lively/tensor/map.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::testing;

namespace {

std::vector<Variable> variables(const std::vector<Tensor>& tensors) {
  std::vector<Variable> v;
  for (const Tensor& t : tensors) v.push_back(parameter(t));
  return v;
}

void check_close(const Tensor& got, const Tensor& want, double tolerance) {
  REQUIRE(got.shape() == want.shape());
  const Tensor a = got.to(Dtype::float64).contiguous(), b = want.to(Dtype::float64).contiguous();
  for (int64_t i = 0; i < a.numel(); ++i)
    CHECK(a.data<double>()[i] == doctest::Approx(b.data<double>()[i]).epsilon(tolerance));
}

// The same values in other memory: every second column of a wider tensor, transposed.
Tensor scattered(const Tensor& t) {
  if (t.rank() == 0) return t;
  Shape wide = t.shape();
  wide[t.rank() - 1] *= 2;
  Tensor base = Tensor::full(wide, 77, t.dtype());
  Tensor view = base.slice(-1, 0, wide[t.rank() - 1], 2);
  view.copy_from(t);
  return view;
}

}  // namespace

TEST_CASE("op table: gradient of every op, against central differences in float64") {
  for (const OpRow& row : op_table()) {
    const GradCheck check = gradcheck(row.name, row.call, inputs_of(row, Dtype::float64));
    CHECK_MESSAGE(check.ok, check.text);
  }
}

TEST_CASE("op table: float32 gives the values and gradients of float64") {
  for (const OpRow& row : op_table()) {
    CAPTURE(row.name);
    const std::vector<Variable> single = variables(inputs_of(row, Dtype::float32));
    std::vector<Tensor> widened;
    for (const Variable& v : single) widened.push_back(v.data().to(Dtype::float64));
    const std::vector<Variable> twice = variables(widened);
    const Variable y = row.call(single), z = row.call(twice);
    check_close(y.data(), z.data(), 2e-5);
    sum(y).backward();
    sum(z).backward();
    for (std::size_t i = 0; i < single.size(); ++i)
      check_close(single[i].grad(), twice[i].grad(), 5e-5);
  }
}

TEST_CASE("op table: views give what row-major copies give") {
  for (const OpRow& row : op_table()) {
    CAPTURE(row.name);
    const std::vector<Tensor> plain = inputs_of(row, Dtype::float64);
    std::vector<Tensor> views;
    for (const Tensor& t : plain) views.push_back(scattered(t));
    const std::vector<Variable> a = variables(plain), b = variables(views);
    const Variable y = row.call(a), z = row.call(b);
    check_close(z.data(), y.data(), 1e-12);
    sum(y).backward();
    sum(z).backward();
    for (std::size_t i = 0; i < a.size(); ++i) {
      check_close(b[i].grad(), a[i].grad(), 1e-12);
      CHECK(b[i].grad().is_contiguous());
    }
  }
}

TEST_CASE("op table: mixed dtypes are refused by name") {
  for (const OpRow& row : op_table()) {
    if (row.shapes.size() < 2) continue;
    std::vector<Tensor> inputs = inputs_of(row, Dtype::float32);
    inputs[1] = inputs[1].to(Dtype::float64);
    CAPTURE(row.name);
    CHECK_THROWS_AS(row.call(variables(inputs)), DtypeError);
  }
}

TEST_CASE("op table: an undefined input is refused by name, in each place") {
  for (const OpRow& row : op_table()) {
    for (std::size_t i = 0; i < row.shapes.size(); ++i) {
      if (row.kind == Kind::product && i == 2) continue;  // a bias may be left out
      std::vector<Variable> inputs = variables(inputs_of(row, Dtype::float32));
      inputs[i] = Variable();
      CAPTURE(row.name);
      CAPTURE(i);
      CHECK_THROWS_WITH_AS(row.call(inputs),
          (row.name + ": tensor is undefined (a gradient before backward()?)").c_str(), StateError);
    }
  }
}

TEST_CASE("op table: no graph is left behind") {
  const int64_t before = detail::live_nodes();
  for (const OpRow& row : op_table()) {
    const Variable y = row.call(variables(inputs_of(row, Dtype::float32)));
    sum(y).backward();
  }
  for (const OpRow& row : op_table()) (void)row.call(variables(inputs_of(row, Dtype::float32)));
  CHECK(detail::live_nodes() == before);
}

TEST_CASE("op table: under NoGrad nothing is recorded") {
  const NoGrad no_grad;
  for (const OpRow& row : op_table())
    CHECK_FALSE(row.call(variables(inputs_of(row, Dtype::float32))).requires_grad());
}

TEST_CASE("op table: every op of ops.h has a row") {
  if (!is_whole_table()) return;
  std::ifstream header(LIVELY_SOURCE_DIR "/autograd/ops.h");
  REQUIRE(header);
  std::set<std::string> rows;
  for (const OpRow& row : op_table()) rows.insert(row.name);
  std::string line;
  int found = 0;
  while (std::getline(header, line)) {
    // "Variable relu(" or "std::vector<Variable> split(" that begins the line.
    const std::size_t name = line.find(' ') + 1, end = line.find('(');
    const std::string result = line.substr(0, name);
    if (result != "Variable " && result != "std::vector<Variable> ") continue;
    if (end == line.npos) continue;
    ++found;
    const std::string op = line.substr(name, end - name);
    CHECK_MESSAGE(rows.contains(op), op << " has no row in op_table.cpp");
  }
  CHECK(found > 70);
}
