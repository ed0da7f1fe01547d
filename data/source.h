#pragma once

#include <array>
#include <string>
#include <string_view>

#include "lively/data/dataset.h"

namespace lively {

// Where the pictures to learn from are. For programs: `load_data(find_data(argument of --data))`.
struct DataSource {
  std::string folder;                // as it was spelled; empty for the synthetic digits
  std::array<std::string, 4> files;  // images and labels to train on, images and labels to test on
  std::string looked;                // every place that was tried, in order, and why it was not it
};

// Looks in `wanted` (--data), else in $LIVELY_DATA, else in ./data, ./data/fashion-mnist and
// ./data/mnist, else in `system_folder`, for the four IDX files of MNIST and its relatives
// (train-images-idx3-ubyte …), plain or with .gz. `wanted` and $LIVELY_DATA may be the
// word "synthetic". A place that was named must have the files; it is never passed over in silence.
// Throws DataError, with the places and a hint, if there are none.
DataSource find_data(std::string_view wanted = {},
                     std::string_view system_folder = "/usr/share/datasets/fashion-mnist");

struct DataSplits {
  std::string name;  // "Fashion-MNIST", "MNIST", "synthetic digits", or "IDX" for any other
  ImageDataset train, test;
};

// Throws DataError if a file is damaged, or if the two sets have pictures of different shapes.
[[nodiscard]] DataSplits load_data(const DataSource& source);

}  // namespace lively
