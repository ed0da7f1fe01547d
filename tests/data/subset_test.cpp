#include "lively/data/subset.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "lively/data/synthetic_digits.h"

using namespace lively;

namespace {

std::vector<int64_t> labels_of(const Dataset& set) {
  std::vector<int64_t> all(static_cast<std::size_t>(set.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  const Batch batch = set.get(all);
  const auto labels = batch.labels.values<int64_t>();
  return {labels.begin(), labels.end()};
}

ImageDataset numbered_set(int64_t n) {
  return ImageDataset(Tensor::zeros({n, 1, 1, 1}, Dtype::uint8), Tensor::arange(n), n);
}

}  // namespace

TEST_CASE("split: both parts together are the set, once each, the same for the same seed") {
  const ImageDataset set = numbered_set(103);
  const auto parts = split(set, 0.2, Seed{4}), again = split(set, 0.2, Seed{4}),
             other = split(set, 0.2, Seed{5});
  CHECK(parts.first.size() == 83);
  CHECK(parts.second.size() == 20);
  std::vector<int64_t> all = labels_of(parts.first), held = labels_of(parts.second);
  CHECK(held == labels_of(again.second));
  CHECK(held != labels_of(other.second));
  all.insert(all.end(), held.begin(), held.end());
  CHECK(std::set<int64_t>(all.begin(), all.end()).size() == 103);
  CHECK(split(set, 0, Seed{1}).second.size() == 0);
  CHECK(split(set, 1, Seed{1}).first.size() == 0);
  CHECK_THROWS_WITH_AS(
      (void)split(set, 1.5, Seed{1}), "split: share 1.5: must be from 0 to 1", ValueError);
}

TEST_CASE("subset: error texts") {
  const ImageDataset set = numbered_set(3);
  CHECK_THROWS_WITH_AS(Subset(set, {0, 3}), "subset: index 3: the set has 3 samples", ValueError);
  const Subset two(set, {2, 0});
  const std::vector<int64_t> beyond{2};
  CHECK_THROWS_WITH_AS((void)two.get(beyond), "subset: index 2: has 2 samples", ValueError);
}

TEST_CASE("data box: equals a recount") {
  const ImageDataset set = synthetic_digits(0, 2500);
  const DataBox box = data_box(set);
  int64_t zero = 0;
  for (int64_t i = 0; i < 784; ++i) {
    uint8_t low = 255, high = 0;
    for (int64_t n = 0; n < 2500; ++n) {
      low = std::min(low, set.pixels().data<uint8_t>()[n * 784 + i]);
      high = std::max(high, set.pixels().data<uint8_t>()[n * 784 + i]);
    }
    CHECK(box.low.data<float>()[i] == doctest::Approx(low / 255.0));
    CHECK(box.high.data<float>()[i] == doctest::Approx(high / 255.0));
    zero += high == 0;
  }
  CHECK(box.always_zero == zero);
}
