#include "lively/data/jpeg_tables.h"

#include <algorithm>

#include "lively/tensor/error.h"

namespace lively::detail {
namespace {

constexpr unsigned kBaseline = 0xc0, kExtended = 0xc1, kProgressive = 0xc2, kHuffman = 0xc4,
                   kScan = 0xda, kQuantisation = 0xdb;

unsigned byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

const std::string kCut = "corrupt JPEG segment";

}  // namespace

std::string JpegTables::take(unsigned marker, std::string_view body) {
  if (marker == kHuffman) {
    // A class and a number, how many codes there are of each of 16 lengths, and those.
    while (body.size() >= 17) {
      codes_[byte(body, 0) >> 4 & 1][byte(body, 0) & 15] = true;
      std::size_t length = 17;
      for (std::size_t i = 1; i < 17; ++i) length += byte(body, i);
      body.remove_prefix(std::min(length, body.size()));
    }
  } else if (marker == kQuantisation) {
    // A width and a number, and 64 values of a byte or two.
    while (!body.empty()) {
      const std::size_t length = 1 + (byte(body, 0) >> 4 ? 128 : 64);
      if (body.size() < length) return kCut;
      quantisation_[byte(body, 0) & 15] = true;
      body.remove_prefix(length);
    }
  } else if (marker == kBaseline || marker == kExtended || marker == kProgressive) {
    progressive_ = marker == kProgressive;
    return take_frame(body);
  } else if (marker == kScan) {
    return take_scan(body);
  }
  return {};
}

// Precision, height, width, and of each component its name, its share of the pixels, its table.
std::string JpegTables::take_frame(std::string_view body) {
  if (body.size() < 6 || body.size() < 6 + 3 * std::size_t{byte(body, 5)}) return kCut;
  for (std::size_t i = 0; i < byte(body, 5); ++i)
    components_[byte(body, 6 + 3 * i)] = byte(body, 8 + 3 * i) & 15;
  return {};
}

// Components by name, each with its two tables of codes; then which coefficients it holds.
std::string JpegTables::take_scan(std::string_view body) const {
  const std::size_t count = body.empty() ? 0 : byte(body, 0);
  if (body.size() < 1 + 2 * count + 3) return kCut;
  const unsigned first = byte(body, 1 + 2 * count), high = byte(body, 3 + 2 * count) >> 4;
  const bool dc = !progressive_ || (first == 0 && high == 0), ac = !progressive_ || first > 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto component = components_.find(byte(body, 1 + 2 * i));
    if (component == components_.end()) return "the scan of a component that no frame has";
    const unsigned tables = byte(body, 2 + 2 * i);
    const auto lacks = [](const char* kind, unsigned number) {
      return message("the scan names ", kind, " table ", number, ", which is not defined");
    };
    if (dc && !codes_[0][tables >> 4]) return lacks("DC code", tables >> 4);
    if (ac && !codes_[1][tables & 15]) return lacks("AC code", tables & 15);
    if (!quantisation_[component->second]) return lacks("quantisation", component->second);
  }
  return {};
}

}  // namespace lively::detail
