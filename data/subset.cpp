#include "lively/data/subset.h"

#include <algorithm>
#include <limits>

#include "lively/data/loader.h"

namespace lively {

Subset::Subset(const Dataset& set, std::vector<int64_t> indices)
    : set_(set), indices_(std::move(indices)) {
  for (const int64_t i : indices_)
    if (i < 0 || i >= set.size())
      fail<ValueError>("subset: index ", i, ": the set has ", set.size(), " samples");
}

Batch Subset::get(std::span<const int64_t> indices) const {
  std::vector<int64_t> inner;
  for (const int64_t i : indices) {
    if (i < 0 || i >= size()) fail<ValueError>("subset: index ", i, ": has ", size(), " samples");
    inner.push_back(indices_[static_cast<std::size_t>(i)]);
  }
  return set_.get(inner);
}

std::pair<Subset, Subset> split(const Dataset& set, double share, Seed seed) {
  if (!(share >= 0 && share <= 1))
    fail<ValueError>("split: share ", share, ": must be from 0 to 1");
  Stream stream(seed, "split");
  const Tensor order = permutation(set.size(), stream);
  const auto all = order.values<int64_t>();
  const auto held = static_cast<std::ptrdiff_t>(share * static_cast<double>(set.size()));
  const auto middle = all.end() - held;
  return {Subset(set, {all.begin(), middle}), Subset(set, {middle, all.end()})};
}

DataBox data_box(const Dataset& set) {
  constexpr float kMost = std::numeric_limits<float>::infinity();
  DataBox box{Tensor::full(set.sample_shape(), kMost), Tensor::full(set.sample_shape(), -kMost)};
  const auto low = box.low.mutable_values<float>(), high = box.high.mutable_values<float>();
  const DataLoader loader(set, {.batch_size = 1000});
  for (const Batch& batch : loader.epoch(0)) {
    const Tensor rows = batch.inputs.contiguous();
    const float* p = rows.data<float>();
    for (int64_t n = 0; n < batch.size(); ++n, p += low.size()) {
      for (std::size_t i = 0; i < low.size(); ++i) {
        low[i] = std::min(low[i], p[i]);
        high[i] = std::max(high[i], p[i]);
      }
    }
  }
  for (std::size_t i = 0; i < low.size(); ++i) box.always_zero += low[i] == 0 && high[i] == 0;
  return box;
}

}  // namespace lively
