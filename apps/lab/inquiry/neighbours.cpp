#include "apps/lab/inquiry/neighbours.h"

#include <algorithm>
#include <numeric>

#include "lively/tensor/gemm.h"

namespace lively::lab {
namespace {

constexpr int64_t kReferences = 10000, kQueries = 2000, kNeighbours = 10;
constexpr int64_t kBlock = 200;  // queries whose distances are held at a time

Batch spaced(const Dataset& set, int64_t most) {
  const int64_t n = std::min(most, set.size());
  std::vector<int64_t> at;
  for (int64_t i = 0; i < n; ++i) at.push_back(i * set.size() / n);
  Batch batch = set.get(at);
  batch.inputs = batch.inputs.reshape(Shape{n, -1}).contiguous();
  return batch;
}

double majority(const Tensor& labels, int64_t classes) {
  std::vector<int64_t> count(static_cast<std::size_t>(classes));
  for (const int64_t y : labels.values<int64_t>()) ++count[static_cast<std::size_t>(y)];
  return static_cast<double>(*std::ranges::max_element(count)) /
         static_cast<double>(std::max<int64_t>(1, labels.numel()));
}

// The class of most of these references, nearest first; of equals the one seen first.
int64_t vote(const std::vector<int64_t>& nearest, const int64_t* labels, int64_t classes) {
  std::vector<int> count(static_cast<std::size_t>(classes));
  for (const int64_t r : nearest) ++count[static_cast<std::size_t>(labels[r])];
  const int most = *std::ranges::max_element(count);
  for (const int64_t r : nearest)
    if (count[static_cast<std::size_t>(labels[r])] == most) return labels[r];
  return -1;
}

}  // namespace

HeldOut nearest_neighbours(const Dataset& train, const Dataset& test) {
  const Batch references = spaced(train, kReferences), queries = spaced(test, kQueries);
  const int64_t n = references.size(), features = references.inputs.size(1);
  std::vector<float>
      half_norm;  // |r|^2 / 2: |q - r|^2 / 2 without |q|^2 / 2, which all references share
  for (int64_t r = 0; r < n; ++r) {
    const float* x = references.inputs.data<float>() + r * features;
    half_norm.push_back(std::inner_product(x, x + features, x, 0.f) / 2);
  }
  std::vector<int64_t> order(static_cast<std::size_t>(n));
  const auto k = static_cast<std::ptrdiff_t>(std::min(kNeighbours, n));
  int64_t right = 0;
  for (int64_t first = 0; first < queries.size(); first += kBlock) {
    const Tensor block = queries.inputs.slice(0, first, std::min(first + kBlock, queries.size()));
    const Tensor products = gemm(block, references.inputs.t());
    for (int64_t q = 0; q < block.size(0); ++q) {
      const float* along = products.data<float>() + q * n;
      std::iota(order.begin(), order.end(), 0);
      // Equal distances are told apart by index, so that the answer does not hang on the sort.
      std::ranges::partial_sort(order, order.begin() + k, {}, [&](int64_t r) {
        return std::pair(half_norm[static_cast<std::size_t>(r)] - along[r], r);
      });
      const std::vector<int64_t> nearest(order.begin(), order.begin() + k);
      right += vote(nearest, references.labels.data<int64_t>(), train.classes()) ==
               queries.labels.data<int64_t>()[first + q];
    }
  }
  const auto samples = queries.size();
  return {samples, static_cast<double>(right) / static_cast<double>(std::max<int64_t>(1, samples)),
      majority(queries.labels, test.classes())};
}

HeldOut held_out(double accuracy, const ImageDataset& test) {
  return {test.size(), accuracy, majority(test.labels(), test.classes())};
}

}  // namespace lively::lab
