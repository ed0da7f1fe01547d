// internal: samples in NumPy's files.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lively/data/samples.h"

namespace lively::detail {

// What an array's numbers are: pixels as bytes, pixels from 0 to 1 already, or anything else.
enum class ArrayKind { bytes, unit, numbers };

struct ArraySets {
  Samples train;
  std::optional<Samples> test;  // none: the file has none
  ArrayKind kind = ArrayKind::numbers;
};

// The arrays x_train, y_train, x_test, y_test of an .npz, as Keras names them; without the last
// two, or x and y. Or of .npy files: x and y, or x and y to train on and to test on. An x [N, F] is
// a table; [N, H, W] and, with 1 to 4 channels in the last place or in the second, [N, H, W, C] and
// [N, C, H, W] are pictures, if they are uint8, all lie between 0 and 1 or are whole numbers from 0
// to 255, unless `kind` says what they are; those to test on have to be on the scale of those to
// train on. A y is [N] or [N, 1] of whole numbers, or one-hot: [N, K] with one 1 in
// each row and else 0, of K classes; where `needs_labels` is false it may be missing. Throws
// DataError, with the row and column, for a number that is not finite or no class.
ArraySets read_arrays(const std::vector<std::string>& files, bool needs_labels,
    std::optional<ArrayKind> kind = std::nullopt);

}  // namespace lively::detail
