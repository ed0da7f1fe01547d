// internal: one array in NumPy's form, wherever its bytes come from.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "lively/tensor/tensor.h"

namespace lively::detail {

struct NpySource {
  std::string name;                          // for messages: "file" or "file: 'entry'"
  int64_t size;                              // of all of it, which the source vouches for
  std::function<void(void*, int64_t)> read;  // gives so many bytes or throws
};

// Throws DataError for whatever the format does not allow, or we have no tensor for.
Tensor read_npy(const NpySource& source);

// What stands before the elements, which follow in row-major order.
std::string npy_header(const Tensor& t);

}  // namespace lively::detail
