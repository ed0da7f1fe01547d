#pragma once

#include <string>
#include <vector>

#include "apps/lab/inquiry/wakes.h"
#include "apps/lab/run/events.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Up to ten units that died, were born dead or came back to life, spread over the layers; where
// there are few of these, also the living units that fire least, one of a layer at most. Their
// pictures are looked for among the first 10,000 of `set`, in evaluation mode; what last fired a
// dead one is known from training, or from the last census at which a sample did. Changes nothing.
std::vector<UnitPortrait> unit_portraits(Module& model, const LifeHistory& life,
    const Census& census, const ImageDataset& set, const std::vector<std::string>& class_names,
    const Wakes& wakes);

// A sample with its label; without pixels where the set has no pictures.
GreyPicture picture_of(
    const ImageDataset& set, int64_t sample, const std::vector<std::string>& class_names);

}  // namespace lively::lab
