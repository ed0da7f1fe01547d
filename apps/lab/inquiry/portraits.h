#pragma once

#include <string>
#include <vector>

#include "apps/lab/run/events.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Up to ten units that died, were born dead or came back to life, spread over the layers; where
// there are few of these, also the living units that fire least, one of a layer at most. Their
// pictures are looked for among the first 10,000 of `set`, in evaluation mode. Changes nothing.
std::vector<UnitPortrait> unit_portraits(Module& model, const LifeHistory& life,
    const Census& census, const ImageDataset& set, const std::vector<std::string>& class_names);

}  // namespace lively::lab
