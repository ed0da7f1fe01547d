#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lively/autograd/variable.h"
#include "lively/tensor/random.h"

namespace lively {

// The outcome of comparing a gradient with finite differences.
struct GradCheck {
  bool ok = true;
  // Where it fails, or why it cannot be told: op, input, index, both values, step and seed.
  std::string text;
};

// Compares the gradients of a function of float64 inputs with central differences
// (f(x + h) - f(x - h)) / 2h, h = 1e-5 · max(1, |x|), for every entry of every input up to 64,
// then for 64 sampled ones and one random direction. The function's result may have any shape:
// it is reduced to a number by fixed random weights. Two derivatives agree if they differ by at
// most 1e-8 · (1 + |derivative|) plus the rounding of the difference itself, 4e-16 · |f| / h.
//
// A kink within the step would make the difference meaningless: where the slopes on both sides
// differ and go on differing at half the step, the check refuses, and says so. It never tries
// another step. Throws DtypeError unless all inputs are float64.
GradCheck gradcheck(const std::string& op,
    const std::function<Variable(const std::vector<Variable>&)>& f,
    const std::vector<Tensor>& inputs, Seed seed = Seed{1});

}  // namespace lively
