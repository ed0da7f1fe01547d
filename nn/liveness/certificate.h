#pragma once

#include <vector>

#include "lively/nn/liveness/prophecy.h"

// Proofs that no input of a region can fire a unit: stronger than dead on the stored data, since
// they hold for inputs that nobody has seen. They speak of the weights as they are now.

namespace lively {

// A layer of relu(x · weightᵀ + bias) units.
struct ReluLayer {
  Tensor weight;  // [out, in]
  Tensor bias;    // [out], or undefined
};

// Limits of every unit's pre-activation on a region. Where `high` is at or below 0, no input of the
// region fires the unit. The bounds were rounded outward, so this is a proof in float64 of the
// stored weights; the forward pass in float32 may still round a z of nearly 0 the other way.
struct Bounds {
  std::vector<double> low, high;
};

// The largest pre-activation of each unit of a first layer over all points, rounded outward. A unit
// for which it is at or below 0 fires on no mixture of the points either, since z is affine: the
// convex hull.
std::vector<double> hull_bounds(const ReluLayer& first, const VisitInputs& points);

// The bounds of each layer, given the box low <= x <= high of inputs.
//
// Interval bounds go forward layer by layer and forget how units depend on each other: cheap, and
// loose from the second layer on (Gowal et al. 2018). Linear bounds go backward from each unit to
// the box, with every relu between two lines, and are never looser (Zhang et al. 2018, CROWN; Singh
// et al. 2019, DeepPoly). Tensors are float32 or float64. Throws ShapeError if a layer does not fit
// what comes before.
std::vector<Bounds> interval_bounds(
    const std::vector<ReluLayer>& layers, const Tensor& low, const Tensor& high);
std::vector<Bounds> linear_bounds(
    const std::vector<ReluLayer>& layers, const Tensor& low, const Tensor& high);

}  // namespace lively
