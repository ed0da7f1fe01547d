#include "tests/autograd/op_table.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <regex>
#include <set>

#include "lively/autograd/gradcheck.h"
#include "lively/tensor/map.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::testing;

namespace {

std::vector<Tensor> inputs_of(const OpRow& row, Dtype dtype) {
  std::vector<Tensor> inputs;
  for (const Shape& s : row.shapes) inputs.push_back(draw(s, row.domain, dtype, inputs.size()));
  return inputs;
}

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
  std::ifstream header(LIVELY_SOURCE_DIR "/autograd/ops.h");
  REQUIRE(header);
  std::set<std::string> rows;
  for (const OpRow& row : op_table()) rows.insert(row.name);
  const std::regex declaration("^Variable ([a-z0-9_]+)\\(");
  std::string line;
  int found = 0;
  while (std::getline(header, line)) {
    std::smatch match;
    if (!std::regex_search(line, match, declaration)) continue;
    ++found;
    CHECK_MESSAGE(rows.contains(match[1]), match[1].str() << " has no row in op_table.cpp");
  }
  CHECK(found > 40);
}

TEST_CASE("op table: elementwise values and gradients stay sound at the ends of the range") {
  const std::vector<double> points{
      0.0, -0.0, 1e-30, -1e-30, 20, -20, 90, -90, 1e4, -1e4, 1e38, -1e38};
  struct Elementwise {
    std::string name;
    Variable (*f)(const Variable&);
  };
  const Elementwise ops[] = {{"relu", relu}, {"selu", selu}, {"gelu", gelu}, {"silu", silu},
      {"softplus", softplus}, {"tanh", tanh}, {"sigmoid", sigmoid}, {"abs", abs}, {"neg", neg},
      {"hardswish", hardswish}, {"softsign", softsign}, {"mish", mish},
      {"celu", [](const Variable& x) { return celu(x); }},
      {"clamp", [](const Variable& x) { return clamp(x, -1, 1); }},
      {"elu", [](const Variable& x) { return elu(x); }},
      {"leaky_relu", [](const Variable& x) { return leaky_relu(x); }}};
  for (const auto& op : ops) {
    CAPTURE(op.name);
    for (const double p : points) {
      CAPTURE(p);
      const Variable single = parameter(Tensor::full({1, 1}, p)),
                     twice = parameter(Tensor::full({1, 1}, p, Dtype::float64));
      const Variable y = op.f(single), z = op.f(twice);
      sum(y).backward();
      sum(z).backward();
      // Below the smallest float32 the single-precision result may be 0.
      CHECK(y.item() == doctest::Approx(z.item()).epsilon(1e-5).scale(1e-37));
      // tanh and sigmoid take their slope from the output: off by a rounding of 1.
      CHECK(single.grad().item() == doctest::Approx(twice.grad().item()).epsilon(1e-5).scale(1e-2));
    }
    for (const double sign : {1.0, -1.0}) {
      const Variable x = parameter(Tensor::full({1, 1}, sign * INFINITY));
      const Variable y = op.f(x);
      sum(y).backward();
      CAPTURE(sign);
      // x Φ(x), x σ(x) and their like have ∞ · 0 in their slope at ∞, in PyTorch as well.
      if (op.name != "gelu" && op.name != "silu" && op.name != "mish" && op.name != "softsign")
        CHECK_FALSE(std::isnan(x.grad().item()));
    }
    const Variable nan = parameter(Tensor::full({1, 1}, NAN));
    CHECK(std::isnan(op.f(nan).item()));
  }
}
