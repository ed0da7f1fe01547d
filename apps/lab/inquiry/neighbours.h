#pragma once

#include "lively/data/dataset.h"
#include "lively/nn/liveness/diagnose.h"

namespace lively::lab {

// How well the 10 nearest of the training samples (Euclidean, over all features) tell the classes
// of test samples, by a majority whose ties the nearest decides. Of at most 10,000 training and
// 2,000 test samples, evenly spaced, so that a set sorted by class is sampled whole.
HeldOut nearest_neighbours(const Dataset& train, const Dataset& test);

// Its own majority share beside an accuracy that was measured on all of `test`.
HeldOut held_out(double accuracy, const ImageDataset& test);

}  // namespace lively::lab
