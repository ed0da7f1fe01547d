// internal: the JSON header of a safetensors file.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lively::detail {

// One tensor as the header describes it; begin and end count from the end of the header.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  // as they come
  std::map<std::string, std::string, std::less<>> metadata;
};

// Takes the header and nothing else: strict JSON (RFC 8259, UTF-8) of exactly the form that the
// format allows, with no key twice and no list longer than it may be. Throws DataError; `path` and
// `offset`, the place of the header in its file, are for the message.
SafetensorsHeader parse_safetensors_header(
    std::string_view text, std::string_view path, int64_t offset);

}  // namespace lively::detail
