#pragma once

#include <string>

#include "lively/data/dataset.h"

namespace lively {

// IDX files, the form in which MNIST and its relatives are published: a magic number with the
// element type and the number of axes, the sizes, the bytes. Plain or gzip, which the content
// tells and not the name. Files are not trusted: whatever is wrong with one, from a missing byte
// to one too many, is a DataError that names the file.

// uint8 [N, 1, H, W].
[[nodiscard]] Tensor read_idx_images(const std::string& path);

// int64 [N]. Labels must be below `classes`.
[[nodiscard]] Tensor read_idx_labels(const std::string& path, int64_t classes = 10);

// Both, which must have the same length.
[[nodiscard]] ImageDataset read_idx(
    const std::string& images, const std::string& labels, int64_t classes = 10);

}  // namespace lively
