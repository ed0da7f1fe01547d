#pragma once

#include "apps/lab/run/events.h"
#include "lively/data/dataset.h"
#include "lively/nn/linear.h"

namespace lively::lab {

// How many dead units of a plain relu MLP are dead for more than the images that were counted:
// `layers` feed the rectifiers of a census of all of `data`, in order. Up to the highest layer with
// a dead unit.
CertificateReport certify(const std::vector<WeightedLayer*>& layers, const Census& census,
    const Dataset& data, int64_t step);

}  // namespace lively::lab
