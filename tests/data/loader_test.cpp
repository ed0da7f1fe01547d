#include "lively/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace lively;

namespace {

// Pictures of one pixel; the label of sample i is i.
ImageDataset numbered(int64_t size) {
  return ImageDataset(
      Tensor::zeros({size, 1, 1, 1}, Dtype::uint8), Tensor::arange(size), std::max<int64_t>(size, 1));
}

using Batches = std::vector<std::vector<int64_t>>;

Batches batches_of(Epoch pass) {
  Batches all;
  for (const Batch& batch : pass) {
    const auto labels = batch.labels.values<int64_t>();
    CHECK(batch.size() == static_cast<int64_t>(labels.size()));
    all.emplace_back(labels.begin(), labels.end());
  }
  return all;
}

std::vector<int64_t> joined(const Batches& batches) {
  std::vector<int64_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

}  // namespace

TEST_CASE("loader: value in order, with a smaller last batch or without") {
  const ImageDataset set = numbered(7);
  const DataLoader all(set, {.batch_size = 3});
  CHECK(all.batches() == 3);
  CHECK(batches_of(all.epoch(0)) == Batches{{0, 1, 2}, {3, 4, 5}, {6}});
  CHECK(batches_of(all.epoch(5)) == Batches{{0, 1, 2}, {3, 4, 5}, {6}});
  const DataLoader even(set, {.batch_size = 3, .drop_last = true});
  CHECK(even.batches() == 2);
  CHECK(batches_of(even.epoch(0)) == Batches{{0, 1, 2}, {3, 4, 5}});
}

TEST_CASE("loader: value at the edges") {
  const ImageDataset none = numbered(0);
  CHECK(batches_of(DataLoader(none, {}).epoch(0)).empty());
  const ImageDataset set = numbered(4);
  CHECK(batches_of(DataLoader(set, {.batch_size = 4}).epoch(0)) == Batches{{0, 1, 2, 3}});
  CHECK(batches_of(DataLoader(set, {.batch_size = 9}).epoch(0)) == Batches{{0, 1, 2, 3}});
  CHECK(batches_of(DataLoader(set, {.batch_size = 9, .drop_last = true}).epoch(0)).empty());
}

TEST_CASE("loader: value of next, step by step") {
  const ImageDataset set = numbered(5);
  const DataLoader loader(set, {.batch_size = 2});
  Epoch pass = loader.epoch(0);
  CHECK(pass.batches() == 3);
  Batch batch;
  for (int64_t step = 0; step < 3; ++step) {
    CHECK(pass.position() == step);
    CHECK(pass.next(batch));
  }
  CHECK(batch.size() == 1);
  CHECK(!pass.next(batch));
  CHECK(batch.size() == 0);
  CHECK(!pass.next(batch));
  CHECK(pass.position() == 3);
}

TEST_CASE("loader: value of a shuffle has every sample once") {
  const ImageDataset set = numbered(1000);
  const DataLoader loader(set, {.batch_size = 64, .shuffle = true});
  std::vector<int64_t> order = joined(batches_of(loader.epoch(0)));
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  CHECK(order != sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) REQUIRE(sorted[i] == static_cast<int64_t>(i));
}

TEST_CASE("loader: value of a shuffle depends on seed and epoch alone") {
  const ImageDataset set = numbered(200);
  const auto order = [&](uint64_t seed, int64_t epoch, int64_t batch_size) {
    const DataLoader loader(set, {.batch_size = batch_size, .shuffle = true, .seed = Seed{seed}});
    (void)batches_of(loader.epoch(11));  // what else was drawn does not matter
    return joined(batches_of(loader.epoch(epoch)));
  };
  CHECK(order(1, 0, 32) == order(1, 0, 7));
  CHECK(order(1, 0, 32) != order(1, 1, 32));
  CHECK(order(1, 0, 32) != order(2, 0, 32));
}

TEST_CASE("loader: value of an epoch gone on with is what would have come") {
  const ImageDataset set = numbered(100);
  const DataLoader loader(set, {.batch_size = 8, .shuffle = true, .seed = Seed{9}});
  const Batches whole = batches_of(loader.epoch(3));
  for (int64_t from = 0; from <= loader.batches(); ++from) {
    CAPTURE(from);
    CHECK(batches_of(loader.epoch(3, from)) == Batches(whole.begin() + from, whole.end()));
  }
}

TEST_CASE("loader: error texts") {
  const ImageDataset set = numbered(10);
  CHECK_THROWS_WITH_AS(DataLoader(set, {.batch_size = 0}),
      "loader: batch size 0: needs at least 1", ValueError);
  const DataLoader loader(set, {.batch_size = 4});
  CHECK_THROWS_WITH_AS((void)loader.epoch(-1), "loader: epoch -1: needs 0 or more", ValueError);
  CHECK_THROWS_WITH_AS((void)loader.epoch(0, 4), "loader: batch 4: an epoch has 3", ValueError);
  CHECK_THROWS_WITH_AS((void)loader.epoch(0, -1), "loader: batch -1: an epoch has 3", ValueError);
}
