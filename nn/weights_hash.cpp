#include "lively/nn/weights_hash.h"

#include <cstdio>

namespace lively {

std::string weights_hash(const Module& model) {
  uint64_t h = 14695981039346656037u;
  for (const auto& [name, tensor] : model.state_dict()) {
    const Tensor t = tensor.contiguous();
    const std::byte* p = t.bytes();
    const std::size_t n = static_cast<std::size_t>(t.numel()) * item_size(t.dtype());
    for (std::size_t i = 0; i < n; ++i) h = (h ^ static_cast<uint8_t>(p[i])) * 1099511628211u;
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(h));
  return text;
}

}  // namespace lively
