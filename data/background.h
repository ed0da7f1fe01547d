#pragma once

#include <span>

#include "lively/data/dataset.h"

namespace lively {

// Is the background of a grey picture light, as of print on paper, where that of MNIST and its
// relatives is black? `pixels` are its bytes, row by row, `width` each. background.cpp has the rule
// and how often it errs.
bool light_background(std::span<const uint8_t> pixels, int64_t width);

// Are those of most of the first thousand pictures of a set? false where these are no grey pictures
// of bytes, at least 8 x 8.
bool light_backgrounds(const ImageDataset& set);

}  // namespace lively
