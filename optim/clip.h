#pragma once

#include <vector>

#include "lively/autograd/variable.h"

namespace lively {

// The norm (sum |g|^p)^(1/p) of all gradients together, Euclidean unless p is given, the largest
// size for an infinite p; summed in float64, since powers of float32 overflow long before the norm
// does. Parameters without a gradient count as 0. Throws ValueError unless p > 0.
double grad_norm(const std::vector<Variable>& parameters, double p = 2);

// Scales all gradients by the same factor, largest / (norm + 1e-6) as in PyTorch if that is below
// 1, so that their norm is at most `largest` (Pascanu et al. 2013). Gives the norm before. A
// gradient with an infinity or a NaN ends as NaN, not as a step that looks sound. Throws ValueError
// unless largest > 0 and p > 0.
double clip_grad_norm(const std::vector<Variable>& parameters, double largest, double p = 2);

// Cuts every entry to [-largest, largest]; NaN stays. Throws ValueError unless largest > 0.
void clip_grad_value(const std::vector<Variable>& parameters, double largest);

}  // namespace lively
