#include "lively/data/checksum.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace lively::detail {

void Checksum::add(const void* bytes, std::size_t n) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  constexpr std::size_t kMost = std::size_t{1} << 30;  // zlib counts in 32 bits
  while (n > 0) {
    const std::size_t some = std::min(n, kMost);
    sum_ = static_cast<uint32_t>(crc32(sum_, at, static_cast<uInt>(some)));
    at += some, n -= some;
  }
}

std::string Checksum::digits() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[sum_ >> shift & 15U];
  return text;
}

bool is_damaged_key(std::string_view key) {
  if (key.size() != kChecksumKey.size()) return false;
  int changed = 0;
  for (std::size_t i = 0; i < key.size(); ++i) changed += key[i] != kChecksumKey[i];
  return changed == 1;
}

std::size_t place_of_digits(std::string_view header) {
  const std::string before = '"' + std::string(kChecksumKey) + "\":\"";
  std::size_t at = header.find(before);
  while (at != header.npos && at > 0 && header[at - 1] == '\\')  // within another key
    at = header.find(before, at + 1);
  if (at == header.npos) return at;
  const std::size_t digits = at + before.size(), end = digits + kNoDigits.size();
  return end < header.size() && header[end] == '"' ? digits : header.npos;
}

}  // namespace lively::detail
