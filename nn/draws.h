// internal: the draws behind nn/initializer.h that are more than one number after the other.
#pragma once

#include "lively/tensor/random.h"

namespace lively::detail {

// The deviation of N(0, 1) cut at ±2: √(1 - 4φ(2) / (2Φ(2) - 1)).
inline constexpr double kCutDeviation = 0.87962566103423978;

// N(mean, deviation), redrawn until it lies within two deviations.
void fill_truncated(Tensor& t, Stream& stream, double mean, double deviation);

// weight [out, in, …] as a matrix of out rows: orthonormal rows, or columns where there are
// fewer of them, times `gain`.
void fill_orthogonal(Tensor& weight, Stream& stream, double gain);

// Randomized asymmetric initialisation (Lu et al. 2019): in each unit's row of weights and
// bias, one place drawn at random is Beta(2, 1), the others are N(0, rai_deviation).
void fill_rai(Tensor& weight, Tensor* bias, Stream& stream);
double rai_deviation(double fan_in);
double rai_variance(double fan_in);  // of one weight

}  // namespace lively::detail
