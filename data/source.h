#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lively/data/dataset.h"

namespace lively {

enum class DataFormat { synthetic, points, idx, cifar10 };

// Where the pictures to learn from are. For programs: `load_data(find_data(argument of --data))`.
struct DataSource {
  DataFormat format = DataFormat::synthetic;
  std::string folder;  // as it was spelled; empty for what is generated
  std::string points;  // which of circles, moons and blobs
  // To train on, and to test on. IDX: images, then labels; CIFAR-10: batches.
  std::vector<std::string> train, test;
  std::string looked;  // every place that was tried, in order, and why it was not it
};

// Looks in `wanted` (--data), else in $LIVELY_DATA, else in ./data, ./data/fashion-mnist and
// ./data/mnist, else in `system_folder`, for the four IDX files of MNIST and its relatives
// (train-images-idx3-ubyte …), or, there or in the folder cifar-10-batches-bin there, for the six
// binary files of CIFAR-10 (data_batch_1.bin …); plain or with .gz. `wanted` and $LIVELY_DATA may
// be the word "synthetic", or for points in the plane "circles", "moons" or "blobs". A place that
// was named must have the files; it is never passed over in silence. Throws DataError, with the
// places and a hint, if there are none.
DataSource find_data(std::string_view wanted = {},
    std::string_view system_folder = "/usr/share/datasets/fashion-mnist");

struct DataSplits {
  // "Fashion-MNIST", "MNIST", "CIFAR-10", "synthetic digits", "circles", "moons", "blobs", or "IDX"
  // for any other. Points are samples [1, 1, 2] of coordinates within a few units of 0.
  std::string name;
  ImageDataset train, test;
  std::string source{};  // where they lie, in words: the folder, "the built-in generator"
};

// Throws DataError if a file is damaged, or if the two sets have pictures of different shapes.
[[nodiscard]] DataSplits load_data(const DataSource& source);

}  // namespace lively
