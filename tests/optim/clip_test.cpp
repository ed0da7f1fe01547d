#include "lively/optim/clip.h"

#include "lively/autograd/ops.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/optim/parameters.h"

using namespace lively;
using lively::testing::kInf;

namespace {

Variable with_gradient(std::initializer_list<float> g) {
  Variable p = parameter(Tensor::zeros({static_cast<int64_t>(g.size())}));
  p.set_grad(Tensor::of<float>(g));
  return p;
}

}  // namespace

TEST_CASE("clip_grad_norm: value over all parameters together") {
  const Variable a = with_gradient({3, 0}), b = with_gradient({0, 4}),
                 none = parameter(Tensor::zeros({2}));
  CHECK(grad_norm({a, b, none}) == doctest::Approx(5));
  CHECK(clip_grad_norm({a, b, none}, 1) == doctest::Approx(5));
  CHECK(a.grad().at({0}) == doctest::Approx(0.6));
  CHECK(b.grad().at({1}) == doctest::Approx(0.8));
  CHECK(clip_grad_norm({a, b}, 2) == doctest::Approx(1));  // below: left alone
  CHECK(a.grad().at({0}) == doctest::Approx(0.6));
  CHECK(grad_norm({}) == 0);
  CHECK(grad_norm({none}) == 0);
}

// As torch 2.13's clip_grad_norm_ with norm_type 1, 3 and infinity.
TEST_CASE("clip_grad_norm: value by other norms") {
  struct Case {
    double p, norm, first, last;
  };
  for (const Case c : {Case{1, 19.5, 0.3076922919132158, 0.05128204865220263},
           Case{3, 12.207334566596549, 0.49150774690081067, 0.08191795781680178},
           Case{kInf, 12, 0.4999999583333369, 0.08333332638888948}}) {
    CAPTURE(c.p);
    const Variable a = with_gradient({3, -4}), b = with_gradient({12, 0.5f});
    CHECK(clip_grad_norm({a, b}, 2, c.p) == doctest::Approx(c.norm));
    CHECK(a.grad().at({0}) == doctest::Approx(c.first));
    CHECK(b.grad().at({1}) == doctest::Approx(c.last));
  }
  CHECK(grad_norm({with_gradient({3e30f, 4e30f})}, 3) == doctest::Approx(4.49794e30));
  CHECK(grad_norm({with_gradient({0, 0})}, 3) == 0);
  // No power of a parameter's norm overflows or vanishes either: then all would be clipped to 0, or
  // nothing.
  for (const float size : {1e4f, 1e-4f})
    CHECK(grad_norm({with_gradient({size, 0}), with_gradient({0, size})}, 100) ==
          doctest::Approx(size * std::pow(2, 0.01)));
  CHECK(grad_norm({with_gradient({2}), with_gradient({})}, 1) == 2);
  CHECK(grad_norm({}, kInf) == 0);
  CHECK(std::isnan(grad_norm({with_gradient({1}), with_gradient({std::nanf("")})}, kInf)));
  CHECK_THROWS_WITH_AS(
      grad_norm({with_gradient({1})}, 0), "grad_norm: p 0: needs more than 0", ValueError);
}

TEST_CASE("clip_grad_norm: value where squares overflow float32") {
  const Variable p = with_gradient({3e30f, 4e30f});
  CHECK(clip_grad_norm({p}, 1) == doctest::Approx(5e30));
  CHECK(p.grad().at({0}) == doctest::Approx(0.6));
}

TEST_CASE("clip_grad_norm: nan and infinity are not clipped into soundness") {
  const Variable a = with_gradient({kInf, 1}), b = with_gradient({std::nanf(""), 1});
  CHECK(clip_grad_norm({a}, 1) == kInf);
  CHECK(std::isnan(a.grad().at({0})));
  CHECK(a.grad().at({1}) == 0);  // as PyTorch: the factor is 0
  CHECK(std::isnan(clip_grad_norm({b}, 1)));
  CHECK(std::isnan(b.grad().at({1})));
}

TEST_CASE("clip_grad_value: value cut on both sides, nan kept") {
  const Variable p = with_gradient({-3, -0.5f, 0, 0.5f, 3, kInf, std::nanf("")});
  clip_grad_value({p}, 0.6);
  const float want[] = {-0.6f, -0.5f, 0, 0.5f, 0.6f, 0.6f};
  for (int i = 0; i < 6; ++i) CHECK(p.grad().at({i}) == want[i]);
  CHECK(std::isnan(p.grad().at({6})));
}

TEST_CASE("clip_grad_norm: value where two parameters hold one gradient tensor") {
  const Variable a = parameter(Tensor::zeros({2})), b = parameter(Tensor::zeros({2}));
  const Tensor seed = Tensor::of<float>({3, 4});
  (a + b).backward(seed);
  clip_grad_norm({a, b}, 1);
  const double share = 1 / std::sqrt(2.0);  // of a norm of 1, each
  for (const Variable& p : {a, b}) {
    CHECK(p.grad().at({0}) == doctest::Approx(0.6 * share));
    CHECK(p.grad().at({1}) == doctest::Approx(0.8 * share));
  }
  CHECK(seed.at({0}) == 3);  // the caller's own
}

TEST_CASE("clip_grad_norm: error texts") {
  const std::vector<Variable> p{with_gradient({1})};
  CHECK_THROWS_WITH_AS(
      clip_grad_norm(p, 0), "clip_grad_norm: limit 0: needs more than 0", ValueError);
  CHECK_THROWS_WITH_AS(
      clip_grad_norm(p, std::nan("")), "clip_grad_norm: limit nan: needs more than 0", ValueError);
  CHECK_THROWS_WITH_AS(
      clip_grad_value(p, -1), "clip_grad_value: limit -1: needs more than 0", ValueError);
}

TEST_CASE("clip: an undefined parameter is refused by name") {
  const std::vector<Variable> none{Variable()};
  CHECK_THROWS_WITH_AS((void)grad_norm(none),
      "grad_norm: tensor is undefined (a gradient before backward()?)", StateError);
  CHECK_THROWS_WITH_AS((void)clip_grad_norm(none, 1),
      "clip_grad_norm: tensor is undefined (a gradient before backward()?)", StateError);
  CHECK_THROWS_WITH_AS(clip_grad_value(none, 1),
      "clip_grad_value: tensor is undefined (a gradient before backward()?)", StateError);
}
