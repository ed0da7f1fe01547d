#include "lively/data/synthetic_digits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "lively/tensor/threads.h"

using namespace lively;

namespace {

std::span<const uint8_t> pixels(const ImageDataset& set) { return set.pixels().values<uint8_t>(); }

bool same(const ImageDataset& a, const ImageDataset& b) {
  const auto x = pixels(a), y = pixels(b);
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}

uint64_t hash(std::span<const uint8_t> bytes) {  // FNV-1a
  uint64_t h = 0xcbf29ce484222325;
  for (const uint8_t b : bytes) h = (h ^ b) * 0x100000001b3;
  return h;
}

constexpr std::size_t kDigitPixels = 28 * 28;

// The share of `test` that is nearest to the mean picture of its class in `train`.
double nearest_mean_accuracy(const ImageDataset& train, const ImageDataset& test) {
  std::vector<double> mean(10 * kDigitPixels);
  const auto from = pixels(train);
  const auto labels = train.labels().values<int64_t>();
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t k = 0; k < kDigitPixels; ++k)
      mean[static_cast<std::size_t>(labels[i]) * kDigitPixels + k] +=
          from[i * kDigitPixels + k] * 10. / static_cast<double>(labels.size());
  int right = 0;
  const auto asked = pixels(test);
  const auto truth = test.labels().values<int64_t>();
  for (std::size_t i = 0; i < truth.size(); ++i) {
    std::array<double, 10> far{};
    for (std::size_t c = 0; c < 10; ++c)
      for (std::size_t k = 0; k < kDigitPixels; ++k) {
        const double d = asked[i * kDigitPixels + k] - mean[c * kDigitPixels + k];
        far[c] += d * d;
      }
    right += std::min_element(far.begin(), far.end()) - far.begin() == truth[i];
  }
  return right / static_cast<double>(truth.size());
}

}  // namespace

TEST_CASE("synthetic_digits: shape and equal shares") {
  const ImageDataset set = synthetic_digits(0, 200);
  CHECK(set.pixels().shape() == Shape{200, 1, 28, 28});
  CHECK(set.classes() == 10);
  std::array<int, 10> count{};
  for (const int64_t label : set.labels().values<int64_t>()) ++count[label];
  for (const int n : count) CHECK(n == 20);
  CHECK(synthetic_digits(0, 0).size() == 0);
}

TEST_CASE("synthetic_digits: value depends on seed and index alone") {
  const ImageDataset set = synthetic_digits(0, 300), later = synthetic_digits(100, 200);
  CHECK(std::equal(
      pixels(later).begin(), pixels(later).end(), pixels(set).begin() + 100 * kDigitPixels));
  CHECK(later.labels().values<int64_t>()[7] == set.labels().values<int64_t>()[107]);
  CHECK(!same(set, synthetic_digits(0, 300, Seed{2})));
}

TEST_CASE("synthetic_digits: threads do not change a bit") {
  const int before = threads();
  set_threads(1);
  const ImageDataset one = synthetic_digits(0, 1000);
  set_threads(3);
  const ImageDataset three = synthetic_digits(0, 1000);
  set_threads(before);
  CHECK(same(one, three));
}

TEST_CASE("synthetic_digits: value is the same on every machine and in every build") {
  CHECK(hash(pixels(synthetic_digits(0, 1000))) == 6261615119279224448u);
}

TEST_CASE("synthetic_digits: value looks like a data set") {
  const ImageDataset train = synthetic_digits(0, 2000), test = synthetic_digits(2000, 500);
  const auto all = pixels(train);
  const double n = static_cast<double>(all.size());
  const double mean = std::accumulate(all.begin(), all.end(), 0.) / n / 255;
  CHECK(mean > 0.13);  // MNIST has 0.13, Fashion-MNIST 0.29
  CHECK(mean < 0.29);
  CHECK(static_cast<double>(std::count(all.begin(), all.end(), 0)) > 0.4 * n);
  // All pictures differ, and none is blank.
  std::vector<uint64_t> hashes;
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto one = all.subspan(i * kDigitPixels, kDigitPixels);
    CHECK(*std::max_element(one.begin(), one.end()) > 100);
    hashes.push_back(hash(one));
  }
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
  // To be learnt, but not by the simplest means.
  const double accuracy = nearest_mean_accuracy(train, test);
  CAPTURE(accuracy);
  CHECK(accuracy > 0.5);
  CHECK(accuracy < 0.8);
}

TEST_CASE("synthetic_digits: error texts") {
  CHECK_THROWS_WITH_AS((void)synthetic_digits(0, -1),
      "synthetic_digits: -1 pictures from 0: needs 0 or more", ValueError);
  CHECK_THROWS_WITH_AS((void)synthetic_digits(-5, 10),
      "synthetic_digits: 10 pictures from -5: needs 0 or more", ValueError);
}
