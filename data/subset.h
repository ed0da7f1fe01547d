#pragma once

#include <utility>
#include <vector>

#include "lively/data/dataset.h"
#include "lively/tensor/random.h"

namespace lively {

// Some samples of another data set, which must outlive it.
class Subset final : public Dataset {
 public:
  // Throws ValueError if an index is not in [0, set.size()).
  Subset(const Dataset& set, std::vector<int64_t> indices);

  int64_t size() const override { return static_cast<int64_t>(indices_.size()); }
  Shape sample_shape() const override { return set_.sample_shape(); }
  int64_t classes() const override { return set_.classes(); }
  Batch get(std::span<const int64_t> indices) const override;

 private:
  const Dataset& set_;
  std::vector<int64_t> indices_;
};

// Cuts a set in two at random, to train on the first part and to validate on the second, which gets
// this share of the samples (rounded down). Throws ValueError unless 0 <= share <= 1.
std::pair<Subset, Subset> split(const Dataset& set, double share, Seed seed);

// The smallest and the largest value that each feature of a sample takes on a set: the box that
// holds all its samples. What is certified on the box holds for every mixture of them.
struct DataBox {
  Tensor low, high;         // float32, of the sample's shape
  int64_t always_zero = 0;  // features that are 0 in every sample: their weights get no gradient
};
DataBox data_box(const Dataset& set);

}  // namespace lively
