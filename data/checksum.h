// internal: the checksum that a safetensors file of ours carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lively::detail {

// CRC-32 of gzip and zip (zlib), which misses no run of up to 32 changed bits.
class Checksum {
 public:
  void add(const void* bytes, std::size_t n);
  void add(std::string_view text) { add(text.data(), text.size()); }
  std::string digits() const;  // eight, hexadecimal

 private:
  uint32_t sum_ = 0;
};

// The metadata that holds it: of the whole file with kNoDigits in the place of the digits.
inline constexpr std::string_view kChecksumKey = "lively.crc32";
inline constexpr std::string_view kNoDigits = "00000000";

// Is this that key with one byte changed? A reader would pass over the checksum then.
bool is_damaged_key(std::string_view key);

// Where the digits stand in a header as it is written; npos: it has none.
std::size_t place_of_digits(std::string_view header);

}  // namespace lively::detail
