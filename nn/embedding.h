#pragma once

#include "lively/nn/module.h"
#include "lively/tensor/random.h"

namespace lively {

// A row of numbers for each of `words` int64 indices: […] -> […, size]. Starts as N(0, 1).
class Embedding final : public Module {
 public:
  Embedding(int64_t words, int64_t size, Seed seed = Seed{0}, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  Variable weight;  // [words, size]
};

}  // namespace lively
