#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "lively/autograd/ops.h"

// Values and gradients that torch 2.13 gives in float64.

using namespace lively;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void check_equal(const Tensor& got, const std::vector<double>& want) {
  REQUIRE(got.numel() == static_cast<int64_t>(want.size()));
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double value = got.data<double>()[i];
    CAPTURE(i);
    CAPTURE(value);
    if (std::isfinite(want[i])) {
      CHECK(std::abs(value - want[i]) <= 1e-13 * std::abs(want[i]));
    } else {
      CHECK((std::isnan(want[i]) ? std::isnan(value) : value == want[i]));
    }
  }
}

Variable doubles(const std::vector<double>& values) {
  Tensor t = Tensor::empty({static_cast<int64_t>(values.size())}, Dtype::float64);
  std::copy(values.begin(), values.end(), t.mutable_data<double>());
  return parameter(t);
}

struct Row {
  const char* op;
  Variable (*call)(const Variable&);
  std::vector<double> x, y, slope;
};

}  // namespace

TEST_CASE("ops: value and gradient of functions of one number") {
  const std::vector<double> x{-3.7, -0.5, 1e-5, 0.3, 2.6}, flat(5, 0.0);
  const std::vector<Row> rows{
      {"cos", cos, x,
          {-0.848100031710408, 0.8775825618903728, 0.99999999995, 0.955336489125606,
              -0.8568887533689473},
          {-0.5298361409084934, 0.479425538604203, -9.999999999833334e-06, -0.29552020666133955,
              -0.5155013718214642}},
      {"erf", erf, x,
          {-0.9999998328489421, -0.5204998778130465, 1.1283791670579e-05, 0.3286267594591274,
              0.9997639655834707},
          {1.2792740845340064e-06, 0.8787825789354448, 1.1283791669826746, 1.031260909618963,
              0.0013080500497232807}},
      {"expm1", expm1, x,
          {-0.9752764735296606, -0.3934693402873666, 1.0000050000166668e-05, 0.3498588075760031,
              12.463738035001692},
          {0.024723526470339374, 0.6065306597126334, 1.00001000005, 1.3498588075760032,
              13.463738035001692}},
      {"log1p", log1p, {-0.5, 1e-5, 0.3, 2.6},
          {-0.6931471805599453, 9.999950000333332e-06, 0.26236426446749106, 1.2809338454620642},
          {2.0, 0.9999900000999989, 0.7692307692307692, 0.2777777777777778}},
      {"floor", floor, x, {-4, -1, 0, 0, 2}, flat},
      {"ceil", ceil, x, {-3, 0, 1, 1, 3}, flat},
      {"sign", sign, x, {-1, -1, 1, 1, 1}, flat},
      {"sign", sign, {0, kInf, -kInf}, {0, 1, -1}, {0, 0, 0}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.op);
    const Variable v = doubles(row.x);
    const Variable y = row.call(v);
    check_equal(y.data(), row.y);
    sum(y).backward();
    check_equal(v.grad(), row.slope);
  }
}

TEST_CASE("pow: value and gradient by both, where either is 0 too") {
  const Variable x = doubles({0, 0, 0, -2, 2}), p = doubles({0, 2, -1, 3, 0});
  const Variable y = pow(x, p);
  check_equal(y.data(), {1, 0, kInf, -8, 1});
  sum(y).backward();
  check_equal(x.grad(), {0, 0, -kInf, 12, 0});
  check_equal(p.grad(), {0, 0, -kInf, kNone, std::log(2.0)});
}

TEST_CASE("clamp: value where low is above high, and slope at NaN") {
  const std::vector<double> values{kNone, 0.5, 2, -2};
  Variable x = doubles(values);
  Variable y = clamp(x, 1, -1);
  check_equal(y.data(), {kNone, -1, -1, -1});
  sum(y).backward();
  check_equal(x.grad(), {0, 0, 0, 0});
  x = doubles(values);
  y = clamp(x, -1, 1);
  check_equal(y.data(), {kNone, 0.5, 1, -1});
  sum(y).backward();
  check_equal(x.grad(), {0, 1, 0, 0});
}

TEST_CASE("dropout: value and gradient where all is dropped are 0, and in evaluation the input") {
  Stream stream(Seed{1}, "dropout");
  for (const auto op : {dropout, alpha_dropout}) {
    const Variable x = doubles({1, -2});
    const Variable y = op(x, 1, stream, true);
    check_equal(y.data(), {0, 0});
    sum(y).backward();
    check_equal(x.grad(), {0, 0});
    check_equal(op(x, 1, stream, false).data(), {1, -2});
  }
}
