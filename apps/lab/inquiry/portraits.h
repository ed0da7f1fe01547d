#pragma once

#include <string>
#include <vector>

#include "lively/data/dataset.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/module.h"

namespace lively::lab {

// A picture of a byte a pixel, row-major; pictures in colour are the mean of their channels.
struct GreyPicture {
  int64_t sample = -1, label = -1;  // -1: it shows weights
  std::string name{};               // of the label
  std::string chosen =
      "largest_z";  // of all, at the end; "last_fired": the last that fired a unit now dead
  int64_t width = 0, height = 0;
  std::string pixels;
};

// A unit worth reading, as it is at the end of a run.
struct UnitPortrait {
  std::string layer;
  int64_t unit = 0;
  std::string why;
  GreyPicture portrait;      // of its incoming weights, 128 at 0; empty beyond the first layer
  double low = 0, high = 0;  // of these weights
  std::vector<GreyPicture>
      pictures;  // the one that last fired it, if known; then those of its largest z
};

// Up to ten units that died, were born dead or came back to life, spread over the layers; where
// there are few of these, also the living units that fire least, one of a layer at most. Their
// pictures are looked for among the first 10,000 of `set`, in evaluation mode. Changes nothing.
std::vector<UnitPortrait> unit_portraits(Module& model, const LifeHistory& life,
    const Census& census, const ImageDataset& set, const std::vector<std::string>& class_names);

}  // namespace lively::lab
