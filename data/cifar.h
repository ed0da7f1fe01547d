#pragma once

#include <string>
#include <vector>

#include "lively/data/dataset.h"

namespace lively {

// CIFAR-10 in its binary version: records of 3073 bytes, a label and a picture of 32 x 32, first
// all red values, then the green, then the blue ones. Plain or gzip, which the content tells. Gives
// the pictures of all files in this order, pixels uint8 [N, 3, 32, 32], 10 classes.
//
// Throws ValueError if there are no files, and DataError, with file and record, if one is empty,
// breaks off inside a record or has a label above 9.
[[nodiscard]] ImageDataset read_cifar10(const std::vector<std::string>& files);

}  // namespace lively
