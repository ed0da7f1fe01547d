#include "lively/autograd/ops.h"

namespace lively {

Variable index_select(const Variable& x, int axis, const Tensor& index) {
  check_defined("index_select", x, index);
  const int at = x.shape().axis("index_select", axis);
  return transpose(gather_rows(transpose(x, 0, at), index, "index_select"), 0, at);
}

Variable embedding(
    const Variable& weight, const Tensor& words, std::optional<int64_t> padding_idx) {
  check_defined("embedding", weight, words);
  if (weight.rank() != 2) fail<ShapeError>("embedding: weight ", weight.shape(), ": needs [V, D]");
  Shape shape = words.shape();
  shape.push_back(weight.shape()[1]);
  return reshape(gather_rows(weight, words.flatten(), "embedding", padding_idx), shape);
}

}  // namespace lively
