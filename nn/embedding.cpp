#include "lively/nn/embedding.h"

#include "lively/autograd/ops.h"

namespace lively {

Embedding::Embedding(int64_t words, int64_t size, Seed seed, Dtype dtype) {
  if (words < 1 || size < 1)
    fail<ValueError>("Embedding: ", words, " words of ", size, ": needs at least 1 of each");
  Tensor start = Tensor::empty({words, size}, dtype);
  Stream stream(seed, "embedding");
  fill_normal(start, stream, 0, 1);
  weight = parameter(std::move(start));
  register_parameter("weight", weight);
}

Variable Embedding::forward(const Variable& x) { return embedding(weight, x.data()); }

std::string Embedding::describe() const {
  return message("Embedding(", weight.shape()[0], ", ", weight.shape()[1], ")");
}

}  // namespace lively
