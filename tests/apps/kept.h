#pragma once

#include <cstring>

#include "apps/lab/run/archive.h"
#include "apps/lab/run/observer.h"

namespace lively::testing {

// What an instrument puts into a checkpoint.
inline Safetensors kept(lab::Observer& instrument) {
  Safetensors file;
  lab::Archive a(file);
  instrument.keep(a);
  return file;
}

inline void take(lab::Observer& instrument, const Safetensors& file) {
  lab::Archive a(file, "f");
  instrument.keep(a);
}

inline bool same(const Safetensors& a, const Safetensors& b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, t] : a.tensors) {
    const auto other = b.tensors.find(name);
    if (other == b.tensors.end() || other->second.shape() != t.shape()) return false;
    const auto bytes = static_cast<std::size_t>(t.numel()) * item_size(t.dtype());
    if (std::memcmp(t.bytes(), other->second.bytes(), bytes) != 0) return false;
  }
  return true;
}

}  // namespace lively::testing
