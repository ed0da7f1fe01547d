#pragma once

#include "lively/tensor/tensor.h"

namespace lively {

// The only way to keep a tensor for backward: remembers the version, so that a change in
// place between forward and backward is caught instead of giving a wrong gradient.
class Saved {
 public:
  explicit Saved(Tensor tensor) : tensor_(std::move(tensor)), version_(tensor_.version()) {}
  // Throws StateError naming the op if the elements were written to since.
  const Tensor& get() const {
    if (tensor_.version() != version_) fail_changed();
    return tensor_;
  }

 private:
  [[noreturn, gnu::cold]] void fail_changed() const;

  Tensor tensor_;
  uint32_t version_;
};

}  // namespace lively
