#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "tests/fuzz/target.h"

namespace fuzz {
namespace {

// Where the values of a tensor lie in the file, by what its header says.
struct Place {
  std::string_view dtype;
  std::size_t begin = 0, end = 0;
};

std::size_t number_at(std::string_view text, std::size_t at) {
  std::size_t n = 0;
  std::from_chars(text.data() + std::min(at, text.size()), text.data() + text.size(), n);
  return n;
}

std::vector<Place> places(std::string_view bytes) {
  constexpr std::string_view kOffsets = "\"data_offsets\":[", kDtype = "\"dtype\":\"";
  std::vector<Place> all;
  uint64_t length = 0;
  if (bytes.size() < sizeof length) return all;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) return all;
  const std::string_view header = bytes.substr(sizeof length, length);
  for (std::size_t at = 0; (at = header.find(kOffsets, at)) != header.npos;) {
    const std::size_t dtype = header.rfind(kDtype, at), from = at + kOffsets.size(),
                      comma = std::min(header.find(',', from), header.size());
    const std::size_t data = sizeof length + header.size();
    const std::size_t begin = number_at(header, from), end = number_at(header, comma + 1);
    at = from;
    if (dtype == header.npos || begin >= end || end > bytes.size() - data) continue;
    all.push_back({header.substr(dtype + kDtype.size(), 3), data + begin, data + end});
  }
  return all;
}

template <class T>
void put(std::string& bytes, const Place& place, uint64_t draw, const std::array<T, 8>& values) {
  const std::size_t count = (place.end - place.begin) / sizeof(T);
  if (count == 0) return;
  const T value = values[draw % values.size()];
  std::memcpy(
      bytes.data() + place.begin + draw / values.size() % count * sizeof(T), &value, sizeof value);
}

template <class T>
constexpr std::array<T, 8> reals() {
  using Limits = std::numeric_limits<T>;
  return {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(),
      Limits::denorm_min(), -1, 0, static_cast<T>(1e20)};
}

}  // namespace

std::string with_other_number(std::string bytes, uint64_t draw) {
  const std::vector<Place> all = places(bytes);
  if (all.empty()) return bytes;
  const Place place = all[draw % all.size()];
  const std::string dtype(place.dtype);
  draw /= all.size();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  if (dtype == "F32") put(bytes, place, draw, reals<float>());
  if (dtype == "F64") put(bytes, place, draw, reals<double>());
  if (dtype == "I64")
    put<int64_t>(
        bytes, place, draw, {-1, 0, 1, 2, int64_t{1} << 20, int64_t{1} << 53, kMost, -kMost - 1});
  return bytes;
}

}  // namespace fuzz
