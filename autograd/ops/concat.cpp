#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"

namespace lively {

// concat: joins along an existing axis.  Each part gets its slice of dY, not copied.
Variable concat(const std::vector<Variable>& parts, int axis) {
  std::vector<Tensor> data;
  std::vector<int64_t> sizes;
  for (const Variable& part : parts) data.push_back(part.data());
  Tensor y = concat(data, axis);
  for (const Variable& part : parts) sizes.push_back(part.size(axis));
  return differentiable(
      "concat", std::move(y), grads(parts, [sizes, axis](const Tensor& dy, const Wanted&) {
        std::vector<Tensor> slices;
        int64_t start = 0;
        for (const int64_t size : sizes) {
          slices.push_back(dy.slice(axis, start, start + size));
          start += size;
        }
        return slices;
      }));
}

}  // namespace lively
