#include "lively/nn/embedding.h"

#include "lively/autograd/ops.h"

namespace lively {

Embedding::Embedding(
    int64_t words, int64_t size, Seed seed, Dtype dtype, std::optional<int64_t> padding_idx)
    : padding_idx_(padding_idx) {
  if (words < 1 || size < 1)
    fail<ValueError>("Embedding: ", words, " words of ", size, ": needs at least 1 of each");
  if (padding_idx && (*padding_idx < -words || *padding_idx >= words))
    fail<ValueError>(
        "Embedding: padding index ", *padding_idx, ": needs ", -words, " to ", words - 1);
  Tensor start = Tensor::empty({words, size}, dtype);
  Stream stream(seed, "embedding");
  fill_normal(start, stream, 0, 1);
  if (padding_idx) start.select(0, *padding_idx).fill(0);
  weight = parameter(std::move(start));
  register_parameter("weight", weight);
}

Variable Embedding::forward(const Variable& x) { return embedding(weight, x.data(), padding_idx_); }

std::string Embedding::describe() const {
  const std::string sizes = message("Embedding(", weight.shape()[0], ", ", weight.shape()[1]);
  return sizes + (padding_idx_ ? message(", padding ", *padding_idx_, ")") : ")");
}

}  // namespace lively
