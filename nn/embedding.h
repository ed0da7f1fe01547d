#pragma once

#include <optional>

#include "lively/nn/module.h"
#include "lively/tensor/random.h"

namespace lively {

// A row of numbers for each of `words` int64 indices: […] -> […, size]. Starts as N(0, 1). The row
// `padding_idx`, counted from the end where it is negative, starts as 0 and gets no gradient.
class Embedding final : public Module {
 public:
  // Throws ValueError for sizes below 1 and for a `padding_idx` that is no word.
  Embedding(int64_t words, int64_t size, Seed seed = Seed{0}, Dtype dtype = Dtype::float32,
      std::optional<int64_t> padding_idx = {});
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  Variable weight;  // [words, size]

 private:
  std::optional<int64_t> padding_idx_;
};

}  // namespace lively
