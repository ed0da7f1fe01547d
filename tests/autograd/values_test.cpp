#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lively/autograd/ops.h"

// Values and gradients that torch 2.13 gives in float64.

using namespace lively;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void check_equal(const Tensor& t, const std::vector<double>& want, double tolerance = 1e-13) {
  const Tensor got = t.contiguous();
  REQUIRE(got.numel() == static_cast<int64_t>(want.size()));
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double value = got.data<double>()[i];
    CAPTURE(i);
    CAPTURE(value);
    if (std::isfinite(want[i])) {
      CHECK(std::abs(value - want[i]) <= tolerance * std::max(std::abs(want[i]), 1e-3));
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
      {"sign", sign, {0, kInfinity, -kInfinity}, {0, 1, -1}, {0, 0, 0}},
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
  check_equal(y.data(), {1, 0, kInfinity, -8, 1});
  sum(y).backward();
  check_equal(x.grad(), {0, 0, -kInfinity, 12, 0});
  check_equal(p.grad(), {0, 0, -kInfinity, kNone, std::log(2.0)});
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

namespace {

Variable map_of(double (*f)(double)) {  // [2, 3, 2]
  Tensor t = Tensor::arange(12).to(Dtype::float64);
  for (double& v : t.mutable_values<double>()) v = f(v);
  return parameter(t.reshape({2, 3, 2}));
}

}  // namespace

TEST_CASE("cross_entropy: value and gradient against distributions, and on maps") {
  const Variable x = map_of([](double v) { return std::sin(v); });
  const Tensor soft = softmax(map_of([](double v) { return std::cos(v); }), 1).data();
  const Tensor classes = Tensor::of<int64_t>({0, 2, 1, -100}, {2, 2});
  const Tensor weight = Tensor::of<double>({0.5, 1, 2});
  const auto check = [&](const Variable& loss, const std::vector<double>& value,
                         const std::vector<double>& slope) {
    Variable leaf = x;
    leaf.set_grad({});
    check_equal(loss.data(), value, 1e-12);
    sum(loss).backward();
    check_equal(x.grad(), slope, 1e-12);
  };
  check(cross_entropy(x, soft, {.weight = weight, .label_smoothing = 0.1}), {1.5143027459078375},
      {-0.03055589006070199, 0.11088390392278817, 0.08284416240529074, 0.05236680605402358,
          -0.05228827234458872, -0.16325070997681176, -0.04105565584413567, 0.05504507066256997,
          0.07808005159914003, 0.06539766625724419, -0.037024395755004394, -0.12044273691981414});
  check(cross_entropy(x, soft, {.reduction = Reduction::none}),
      {1.3212810946402989, 1.2838802026873761, 1.4208380222831303, 1.1789391936903078},
      {-0.4442977866541193, 0.09933074463113234, 0.45901345887056916, 0.18997347408388598,
          -0.014715672216449692, -0.2893042187150184, -0.480435825041194, -0.09504952133946032,
          0.4468227942264237, 0.2828118777474295, 0.0336130308147701, -0.18776235640796898});
  check(cross_entropy(x, classes, {.weight = weight}), {1.6305528820111586},
      {-0.10670671958302932, 0.3438933741346703, 0.08974623567862934, 0.1707124690434747,
          0.0169604839044, -0.514605843178145, 0.05366537003101628, 0.0, -0.09485400229748521, 0.0,
          0.04118863226646888, 0.0});
  check(cross_entropy(x, classes, {.reduction = Reduction::none}),
      {1.3741564725631146, 2.308203100102385, 0.40345065055272744, 0.0},
      {-0.7469470370812054, 0.601813404735673, 0.6282236497504055, 0.29874682082608073,
          0.11872338733080003, -0.9005602255617537, 0.187828795108557, 0.0, -0.33198900804119824,
          0.0, 0.14416021293264109, 0.0});
}

TEST_CASE("kl_div: value of every reduction, from logarithms") {
  using Over = KlDivOptions::Over;
  const Variable x = log_softmax(map_of([](double v) { return std::sin(v); }), 1);
  const Tensor target = log(softmax(map_of([](double v) { return std::cos(v); }), 1)).data();
  const auto value = [&](Over over) {
    return kl_div(x, target, {.over = over, .log_target = true}).data();
  };
  check_equal(value(Over::batch), {0.8363155049520041}, 1e-12);
  check_equal(value(Over::elements), {0.1393859174920007}, 1e-12);
  check_equal(value(Over::sum), {1.6726310099040083}, 1e-12);
  check_equal(value(Over::none),
      {0.706897275806312, -0.09064099101977134, -0.22196223916360575, -0.10989698977083402,
          0.015592164586879733, 0.5300014442028063, 0.8481302809728672, 0.10345395437348268,
          -0.2444772614080715, -0.14210422686294372, -0.029348381366093888, 0.30698597955298074},
      1e-12);
}

TEST_CASE("kl_div: NaN below 0, and 0 at 0") {
  const Variable x = doubles({-1, -2, -3});
  const Tensor target = doubles({0.5, 0, -0.5}).data();
  check_equal(kl_div(x, target, {.over = KlDivOptions::Over::none}).data(),
      {0.5 * (std::log(0.5) + 1), 0, kNone});
  CHECK(std::isnan(kl_div(x, target).item()));
}

TEST_CASE("binary_cross_entropy: value and gradient, at 0 and 1 too") {
  const Variable p = doubles({0, 1, 0.3});
  const Variable loss = binary_cross_entropy(p, doubles({1, 0, 0.6}).data(), Reduction::none);
  check_equal(loss.data(), {100, 100, 0.8650536601710546});
  sum(loss).backward();
  check_equal(p.grad(), {-1e12, 1e12, -1.4285714285714286});
  const Variable outside = doubles({-0.1, 1.1});
  const Variable none = binary_cross_entropy(outside, doubles({1, 1}).data(), Reduction::none);
  check_equal(none.data(), {kNone, kNone});
  sum(none).backward();
  check_equal(outside.grad(), {kNone, kNone});
}
