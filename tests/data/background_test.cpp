#include "lively/data/background.h"

#include <doctest/doctest.h>

#include "lively/data/synthetic_digits.h"

using namespace lively;

namespace {

ImageDataset inverted(const ImageDataset& set) {
  Tensor pixels = set.pixels().clone();
  for (uint8_t& v : pixels.mutable_values<uint8_t>()) v = static_cast<uint8_t>(255 - v);
  return {pixels, set.labels(), set.classes()};
}

}  // namespace

TEST_CASE("light_background: asks the border, and not the middle") {
  std::vector<uint8_t> picture(100, 255);
  CHECK(light_background(picture, 10));
  for (std::size_t i = 0; i < 100; ++i)
    if (i / 10 > 0 && i / 10 < 9 && i % 10 > 0 && i % 10 < 9) picture[i] = 0;
  CHECK(light_background(picture, 10));
  for (uint8_t& v : picture) v = static_cast<uint8_t>(255 - v);
  CHECK_FALSE(light_background(picture, 10));
}

TEST_CASE("light_background: takes no digit for another, nor its negative") {
  const ImageDataset digits = synthetic_digits(0, 1000), negative = inverted(digits);
  const auto size = static_cast<std::size_t>(digits.sample_shape().numel());
  int light = 0, dark = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    light += light_background(digits.pixels().values<uint8_t>().subspan(i * size, size), 28);
    dark += !light_background(negative.pixels().values<uint8_t>().subspan(i * size, size), 28);
  }
  CHECK(light == 0);
  CHECK(dark == 0);
  CHECK_FALSE(light_backgrounds(digits));
  CHECK(light_backgrounds(negative));
}
