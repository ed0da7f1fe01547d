#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lively/tensor/tensor.h"

namespace lively::testing {

// The largest difference of two elements at one place, in float64; shapes have to be the same.
inline double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const Tensor x = a.to(Dtype::float64).contiguous(), y = b.to(Dtype::float64).contiguous();
  double most = 0;
  for (int64_t i = 0; i < x.numel(); ++i)
    most = std::max(most, std::abs(x.data<double>()[i] - y.data<double>()[i]));
  return most;
}
// Of tensors one by one, the largest.
inline double distance(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, distance(a[i], b[i]));
  return most;
}

}  // namespace lively::testing
