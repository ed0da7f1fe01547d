#include "lively/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace lively;

namespace {

// Pictures of one pixel; the label of sample i is i.
ImageDataset numbered(int64_t size) {
  return ImageDataset(Tensor::zeros({size, 1, 1, 1}, Dtype::uint8), Tensor::arange(size),
      std::max<int64_t>(size, 1));
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
  CHECK_THROWS_WITH_AS(
      DataLoader(set, {.batch_size = 0}), "loader: batch size 0: needs at least 1", ValueError);
  const DataLoader loader(set, {.batch_size = 4});
  CHECK_THROWS_WITH_AS((void)loader.epoch(-1), "loader: epoch -1: needs 0 or more", ValueError);
  CHECK_THROWS_WITH_AS((void)loader.epoch(0, 4), "loader: batch 4: an epoch has 3", ValueError);
  CHECK_THROWS_WITH_AS((void)loader.epoch(0, -1), "loader: batch -1: an epoch has 3", ValueError);
}

namespace {

ImageDataset pictures(int64_t n) {
  Tensor pixels = Tensor::empty({n, 2, 4, 5}, Dtype::uint8);
  for (int64_t i = 0; i < pixels.numel(); ++i)
    pixels.mutable_data<uint8_t>()[i] = static_cast<uint8_t>(1 + i % 255);
  return ImageDataset(pixels, Tensor::arange(n), n);
}

std::vector<float> inputs_of(Epoch pass) {
  std::vector<float> all;
  for (const Batch& batch : pass) {
    const auto values = batch.inputs.values<float>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace

TEST_CASE("loader: a second thread makes the same batches, from the middle too") {
  const ImageDataset set = pictures(23);
  LoaderOptions options{
      .batch_size = 4, .shuffle = true, .transform = compose({pad_crop(1), horizontal_flip()})};
  const DataLoader alone(set, options);
  options.prefetch = true;
  const DataLoader ahead(set, options);
  for (const int64_t first : {0, 3, 6}) {
    CHECK(inputs_of(alone.epoch(2, first)) == inputs_of(ahead.epoch(2, first)));
    CHECK(batches_of(alone.epoch(2, first)) == batches_of(ahead.epoch(2, first)));
  }
  CHECK(inputs_of(alone.epoch(2)) != inputs_of(alone.epoch(3)));
  {
    Epoch left = ahead.epoch(1);  // given up after one batch
    Batch batch;
    CHECK(left.next(batch));
  }
}

TEST_CASE("loader: an error of the second thread arrives") {
  const ImageDataset set = pictures(8);
  LoaderOptions options{
      .batch_size = 4, .transform = normalize({0, 0, 0}, {1, 1, 1}), .prefetch = true};
  const DataLoader loader(set, options);
  Epoch pass = loader.epoch(0);
  Batch batch;
  CHECK_THROWS_WITH_AS(
      pass.next(batch), "normalize: [4,2,4,5] with 3 means: needs one a channel", ShapeError);
}

TEST_CASE("transform: value of normalize, pad_crop and horizontal_flip") {
  Stream stream(Seed{1}, "test");
  Tensor x = Tensor::of<float>({1, 2, 3, 4, 5, 6}, {1, 1, 2, 3});
  const Tensor start = x.clone();
  horizontal_flip(0)(x, stream);
  CHECK(std::ranges::equal(x.values<float>(), start.values<float>()));
  horizontal_flip(1)(x, stream);
  CHECK(std::ranges::equal(x.values<float>(), std::vector<float>{3, 2, 1, 6, 5, 4}));
  normalize({3}, {2})(x, stream);
  CHECK(std::ranges::equal(x.values<float>(), std::vector<float>{0, -0.5f, -1, 1.5f, 1, 0.5f}));

  // Every shift by up to one pixel comes up, each about as often as the others: n = 9000 draws,
  // nine cells with 1000 expected, five standard deviations of 30 wide.
  std::vector<int> count(9);
  for (int i = 0; i < 9000; ++i) {
    Tensor dot = Tensor::zeros({1, 1, 3, 3});
    dot.mutable_data<float>()[4] = 1;
    pad_crop(1)(dot, stream);
    const auto at = std::ranges::find(dot.values<float>(), 1.f) - dot.values<float>().begin();
    REQUIRE(at < 9);
    ++count[static_cast<std::size_t>(at)];
  }
  for (const int n : count) CHECK(std::abs(n - 1000) < 150);
}

TEST_CASE("transform: pad_crop moves whole pictures and fills with zeros") {
  Stream stream(Seed{2}, "test");
  Tensor x = Tensor::ones({50, 2, 6, 7});
  pad_crop(2)(x, stream);
  for (int64_t n = 0; n < 50; ++n) {
    const Tensor a = x.select(0, n).select(0, 0).contiguous(),
                 b = x.select(0, n).select(0, 1).contiguous();
    CHECK(std::ranges::equal(a.values<float>(), b.values<float>()));  // both channels alike
    const auto ones = std::ranges::count(a.values<float>(), 1.f);
    CHECK(ones >= 4 * 5);
    CHECK(std::ranges::count(a.values<float>(), 0.f) == 42 - ones);
  }
  CHECK_THROWS_WITH_AS((void)pad_crop(-1), "pad_crop: -1 pixels: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      (void)horizontal_flip(2), "horizontal_flip: p 2: must be from 0 to 1", ValueError);
  CHECK_THROWS_WITH_AS((void)normalize({1, 2}, {1}),
      "normalize: 2 means and 1 deviations: needs as many of both, deviations above 0", ValueError);
}
