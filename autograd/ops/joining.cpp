#include "lively/autograd/ops.h"

namespace lively {

Variable stack(const std::vector<Variable>& parts, int axis) {
  for (const Variable& part : parts) check_defined("stack", part);
  std::vector<Variable> with_axis;
  for (const Variable& part : parts) {
    if (part.shape() != parts.front().shape())
      fail<ShapeError>("stack: ", parts.front().shape(), " and ", part.shape(), ": must be equal");
    with_axis.push_back(reshape(part, part.data().unsqueeze(axis).shape()));
  }
  return concat(with_axis, axis);
}

std::vector<Variable> split(const Variable& x, const std::vector<int64_t>& sizes, int axis) {
  check_defined("split", x);
  int64_t total = 0;
  for (const int64_t size : sizes) {
    if (size < 0) fail<ValueError>("split: size ", size, ": needs at least 0");
    total += size;
  }
  if (total != x.size(axis))
    fail<ShapeError>("split: ", x.shape(), " into ", total, " along axis ", axis,
        ": sizes must add up to ", x.size(axis));
  std::vector<Variable> parts;
  int64_t start = 0;
  for (const int64_t size : sizes) {
    parts.push_back(slice(x, axis, start, start + size));
    start += size;
  }
  return parts;
}

}  // namespace lively
