#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "lively/tensor/tensor.h"

namespace lively {

// What a safetensors file holds: tensors by name, and strings about them. The format: 8 bytes with
// the length of a header, the header (JSON: dtype, shape and place of each tensor), the elements.
struct Safetensors {
  std::map<std::string, Tensor, std::less<>> tensors;
  std::map<std::string, std::string, std::less<>> metadata;

  // Throws ValueError if there is no such tensor.
  const Tensor& at(std::string_view name) const;
};

// Reads the dtypes F32, F64, I64, U8 and, as uint8, BOOL. The file is not trusted: anything that
// the format does not allow (a hole or an overlap between tensors, a name that comes twice, a byte
// too many) is a DataError with the file and the place in it; so is a file whose content does not
// have the checksum that its metadata names as "lively.crc32", which is left out of `metadata`.
[[nodiscard]] Safetensors read_safetensors(const std::string& path);

// Writes the file whole or not at all: an older one stays until the new one is on the disk. Tensors
// lie in order of dtype size and name, as Python's safetensors writes them; any strides are taken.
// A CRC-32 of all that is written goes into the metadata, as "lively.crc32"; another program that
// changes the file must leave it out.
// Throws Error with the path and the reason if it cannot be written, ValueError for a name or a
// piece of metadata that is not UTF-8, or a key one byte away from "lively.crc32".
void write_safetensors(const std::string& path, const Safetensors& content);

// Is a text valid UTF-8?
bool is_utf8(std::string_view text);

}  // namespace lively
