#include "lively/data/dataset.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "lively/tensor/random.h"
#include "lively/tensor/threads.h"

using namespace lively;

namespace {

// Every byte value, in rows of an odd length so that vector loops have a rest.
ImageDataset ramp(int64_t size, int64_t height, int64_t width) {
  Tensor pixels = Tensor::empty({size, 1, height, width}, Dtype::uint8);
  auto bytes = pixels.mutable_values<uint8_t>();
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 256);
  Tensor labels = Tensor::empty({size}, Dtype::int64);
  for (int64_t i = 0; i < size; ++i) labels.mutable_data<int64_t>()[i] = i % 5;
  return ImageDataset(pixels, labels, 5);
}

}  // namespace

TEST_CASE("dataset: value is pixel / 255 to the last bit") {
  Tensor pixels = Tensor::empty({1, 1, 16, 16}, Dtype::uint8);
  auto bytes = pixels.mutable_values<uint8_t>();
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  const ImageDataset set(pixels, Tensor::of<int64_t>({0}), 1);
  const int64_t all[] = {0};
  const Batch batch = set.get(all);
  const auto values = batch.inputs.values<float>();
  for (int v = 0; v < 256; ++v) CHECK(values[v] == static_cast<float>(v) / 255.f);
}

TEST_CASE("dataset: value of a gathered batch") {
  const ImageDataset set = ramp(40, 9, 11);
  const std::vector<int64_t> indices{39, 0, 7, 7, 21, 38, 1};
  const Batch batch = set.get(indices);
  CHECK(batch.size() == 7);
  REQUIRE(batch.inputs.shape() == Shape{7, 1, 9, 11});
  REQUIRE(batch.labels.shape() == Shape{7});
  const auto pixels = set.pixels().values<uint8_t>();
  const auto values = batch.inputs.values<float>();
  int wrong = 0;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    CHECK(batch.labels.values<int64_t>()[i] == indices[i] % 5);
    for (std::size_t k = 0; k < 99; ++k)
      wrong += values[i * 99 + k] !=
               static_cast<float>(pixels[static_cast<std::size_t>(indices[i]) * 99 + k]) / 255.f;
  }
  CHECK(wrong == 0);
  CHECK(set.get({}).inputs.shape() == Shape{0, 1, 9, 11});
  CHECK(Batch{}.size() == 0);
}

TEST_CASE("dataset: threads do not change a batch") {
  const ImageDataset set = ramp(600, 28, 28);
  Stream stream(Seed{3}, "test");
  const Tensor order = permutation(600, stream);
  const int before = threads();
  set_threads(1);
  const Batch one = set.get(order.values<int64_t>());
  set_threads(3);
  const Batch three = set.get(order.values<int64_t>());
  set_threads(before);
  const auto a = one.inputs.values<float>(), b = three.inputs.values<float>();
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

TEST_CASE("dataset: value of scaled samples that are held as floats") {
  const ImageDataset set(
      Tensor::of<float>({-1, 2, 3, 4, 5, 6}, {3, 1, 1, 2}), Tensor::of<int64_t>({0, 1, 0}), 2);
  const ImageDataset bright = set.scaled(Tensor::of<float>({1, 10, NAN}));
  const int64_t all[] = {2, 1, 0};
  const Tensor got = bright.get(all).inputs;
  CHECK(std::isnan(got.at({0, 0, 0, 0})));
  CHECK(std::isnan(got.at({0, 0, 0, 1})));
  CHECK(got.at({1, 0, 0, 0}) == 30);
  CHECK(got.at({1, 0, 0, 1}) == 40);
  CHECK(got.at({2, 0, 0, 0}) == -1);
  CHECK(bright.first(2).get(std::span(all).subspan(1, 1)).inputs.at({0, 0, 0, 1}) == 40);
  CHECK(set.pixels().at({1, 0, 0, 0}) == 3);
}

TEST_CASE("dataset: value of scaled samples, in parts of the set too") {
  const ImageDataset set = ramp(40, 2, 3);
  Tensor brightness = Tensor::full({40}, 1);
  brightness.mutable_data<float>()[7] = 300;
  const ImageDataset bright = set.scaled(brightness);
  const std::vector<int64_t> indices{6, 7};
  const Batch plain = set.get(indices);
  for (const Batch& batch : {bright.get(indices), bright.first(10).get(indices)})
    for (int64_t k = 0; k < 12; ++k)
      CHECK(batch.inputs.data<float>()[k] == plain.inputs.data<float>()[k] * (k < 6 ? 1 : 300));
  CHECK_THROWS_WITH_AS((void)set.scaled(Tensor::full({39}, 1)),
      "scaled: brightness [39], labels [40]: must be the same", ShapeError);
  CHECK_THROWS_WITH_AS((void)set.scaled(Tensor::full({40}, 1, Dtype::float64)),
      "scaled: brightness of float64: needs float32", DtypeError);
}

TEST_CASE("dataset: views of the first samples share the bytes") {
  const ImageDataset set = ramp(40, 2, 3), ten = set.first(10);
  CHECK(ten.size() == 10);
  CHECK(ten.classes() == 5);
  CHECK(ten.sample_shape() == Shape{1, 2, 3});
  CHECK(ten.pixels().shares_elements_with(set.pixels()));
  CHECK(set.first(1000).size() == 40);
  CHECK(set.first(0).size() == 0);
  CHECK_THROWS_WITH_AS((void)set.first(-1), "first: -1 samples: needs 0 or more", ValueError);
}

TEST_CASE("dataset: value of floats, which are given as they are") {
  const ImageDataset set(
      Tensor::of<float>({-1.5F, 2, 0.25F, 1e9F}, {2, 1, 1, 2}), Tensor::of<int64_t>({1, 0}), 2);
  const int64_t indices[] = {1, 0, 1};
  const Batch batch = set.get(indices);
  REQUIRE(batch.inputs.shape() == Shape{3, 1, 1, 2});
  const auto values = batch.inputs.values<float>();
  CHECK(std::vector<float>(values.begin(), values.end()) ==
        std::vector<float>{0.25F, 1e9F, -1.5F, 2, 0.25F, 1e9F});
  CHECK(std::vector<int64_t>(batch.labels.data<int64_t>(), batch.labels.data<int64_t>() + 3) ==
        std::vector<int64_t>{0, 1, 0});
  CHECK(set.first(1).sample_shape() == Shape{1, 1, 2});
}

TEST_CASE("dataset: error texts") {
  const ImageDataset set = ramp(40, 2, 3);
  const int64_t high[] = {3, 40}, low[] = {-1, 3};
  CHECK_THROWS_WITH_AS(set.get(high), "get: index 40: the set has 40 samples", ValueError);
  CHECK_THROWS_WITH_AS(set.get(low), "get: index -1: the set has 40 samples", ValueError);

  const Tensor pixels = Tensor::zeros({2, 1, 2, 3}, Dtype::uint8);
  const Tensor labels = Tensor::of<int64_t>({0, 1});
  CHECK_THROWS_WITH_AS(ImageDataset(pixels.to(Dtype::float64), labels, 2),
      "dataset: pixels of float64, labels of int64: needs uint8 (or float32) and int64",
      DtypeError);
  CHECK_THROWS_WITH_AS(ImageDataset(pixels, labels.slice(0, 0, 1), 2),
      "dataset: pixels [2,1,2,3], labels [1]: needs [N,C,H,W] and [N]", ShapeError);
  CHECK_THROWS_WITH_AS(ImageDataset(pixels.squeeze(1), labels, 2),
      "dataset: pixels [2,2,3], labels [2]: needs [N,C,H,W] and [N]", ShapeError);
  CHECK_THROWS_WITH_AS(ImageDataset(pixels, labels, 1),
      "dataset: label 1: 1 classes have labels 0 to 0", ValueError);
}

TEST_CASE("tensor dataset: value of a gathered batch") {
  const TensorDataset set(
      Tensor::of<float>({0, 1, 2, 3, 4, 5}, {3, 2}), Tensor::of<int64_t>({1, 0, 1}), 2);
  CHECK(set.size() == 3);
  CHECK(set.classes() == 2);
  CHECK(set.sample_shape() == Shape{2});
  const int64_t indices[] = {2, 0, 2};
  const Batch batch = set.get(indices);
  REQUIRE(batch.inputs.shape() == Shape{3, 2});
  const auto values = batch.inputs.values<float>();
  CHECK(std::vector<float>(values.begin(), values.end()) == std::vector<float>{4, 5, 0, 1, 4, 5});
  CHECK(batch.labels.at({1}) == 1);
  CHECK(set.get({}).inputs.shape() == Shape{0, 2});
  // What is not row-major is made so.
  const TensorDataset turned(
      Tensor::of<float>({0, 1, 2, 3, 4, 5}, {2, 3}).t(), Tensor::of<int64_t>({1, 0, 1}), 2);
  CHECK(turned.get(indices).inputs.at({0, 1}) == 5);
}

TEST_CASE("tensor dataset: error texts") {
  const Tensor inputs = Tensor::zeros({3, 2}), labels = Tensor::of<int64_t>({1, 0, 1});
  const TensorDataset set(inputs, labels, 2);
  const int64_t high[] = {3};
  CHECK_THROWS_WITH_AS(set.get(high), "get: index 3: the set has 3 samples", ValueError);
  CHECK_THROWS_WITH_AS(TensorDataset(inputs.to(Dtype::float64), labels, 2),
      "dataset: inputs of float64, labels of int64: needs float32 and int64", DtypeError);
  CHECK_THROWS_WITH_AS(TensorDataset(inputs, labels.slice(0, 0, 2), 2),
      "dataset: inputs [3,2], labels [2]: needs [N,…] and [N]", ShapeError);
  CHECK_THROWS_WITH_AS(TensorDataset(inputs, labels, 1),
      "dataset: label 1: 1 classes have labels 0 to 0", ValueError);
}
