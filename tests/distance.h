#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "lively/tensor/tensor.h"

namespace lively::testing {

// The largest |a - times·b| of two elements at one place, in float64; NaN where one is no number.
// Shapes and types have to be the same.
inline double distance(const Tensor& a, const Tensor& b, double times = 1) {
  REQUIRE(a.shape() == b.shape());
  REQUIRE(a.dtype() == b.dtype());
  const Tensor x = a.to(Dtype::float64).contiguous(), y = b.to(Dtype::float64).contiguous();
  double most = 0;
  for (int64_t i = 0; i < x.numel(); ++i) {
    const double apart = std::abs(x.data<double>()[i] - times * y.data<double>()[i]);
    if (!(apart <= most)) most = apart;
    if (std::isnan(most)) break;
  }
  return most;
}
// Of tensors one by one, the largest.
inline double distance(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = distance(a[i], b[i]);
    if (!(apart <= most)) most = apart;
    if (std::isnan(most)) break;
  }
  return most;
}

}  // namespace lively::testing
