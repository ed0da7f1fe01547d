#include "lively/data/scaling.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lively;

TEST_CASE("scaling: value is the mean and the deviation of each feature") {
  for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
    const Tensor x = Tensor::of<double>({1, 10, 5, 2, 20, 5, 6, 60, 5}, {3, 1, 1, 3}).to(dtype);
    const Scaling s = standard_scaling(x);
    CHECK(s.mean == std::vector<double>{3, 30, 5});
    CHECK(s.scale[0] == doctest::Approx(std::sqrt(14.0 / 3)).epsilon(1e-15));
    CHECK(s.scale[1] == doctest::Approx(10 * std::sqrt(14.0 / 3)).epsilon(1e-15));
    CHECK(s.scale[2] == 1);  // the same everywhere
    CHECK(constant_features(x) == 1);
    const Tensor y = standardised(x, s);
    CHECK(y.dtype() == Dtype::float32);
    CHECK(y.shape() == x.shape());
    for (int64_t k = 0; k < 2; ++k) {
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < 3; ++i) {
        const double v = y.at({i, 0, 0, k});
        sum += v, squares += v * v;
      }
      CHECK(sum == doctest::Approx(0).epsilon(1e-6));
      CHECK(squares == doctest::Approx(3).epsilon(1e-6));
    }
    CHECK(y.at({0, 0, 0, 2}) == 0);
    CHECK(y.at({2, 0, 0, 2}) == 0);
  }
}

TEST_CASE("scaling: value holds where the mean is large beside the deviation, and at the edges") {
  const double far = 1.7e9;
  const Tensor x = Tensor::of<double>({far - 1, 0.1, far, 0.1, far + 1, 0.1}, {3, 2});
  const Scaling s = standard_scaling(x);
  CHECK(s.mean == std::vector<double>{far, 0.1});
  CHECK(s.scale[0] == doctest::Approx(std::sqrt(2.0 / 3)).epsilon(1e-12));
  CHECK(s.scale[1] == 1);
  CHECK(standardised(x, s).at({2, 0}) == doctest::Approx(std::sqrt(1.5)).epsilon(1e-6));
  // Squares that float64 cannot hold.
  const Scaling huge = standard_scaling(Tensor::of<double>({-3e200, 3e200}, {2, 1}));
  CHECK(huge.scale[0] == doctest::Approx(3e200));
  CHECK(standard_scaling(Tensor::of<double>({4, 2}, {1, 2})).scale == std::vector<double>{1, 1});
}

TEST_CASE("scaling: nothing is done without one, and errors name the shapes") {
  const Tensor x = Tensor::of<float>({1, 2, 3, 4}, {2, 2});
  CHECK(standardised(x, {}).at({1, 1}) == 4);
  CHECK_THROWS_WITH_AS((void)standardised(x, {{1}, {1}}),
      "standardised: [2,2]: a sample has 2 numbers; the scaling has 1", ShapeError);
  CHECK_THROWS_WITH_AS((void)standard_scaling(Tensor::zeros({2, 2}, Dtype::uint8)),
      "standard_scaling: inputs of uint8: needs float32 or float64", DtypeError);
  CHECK_THROWS_WITH_AS((void)standard_scaling(Tensor::zeros({0, 2})),
      "standard_scaling: [0,2]: needs at least one sample", ValueError);
}
