#include "lively/autograd/ops/class_target.h"

namespace lively::detail {

void check_class_target(const char* op, const Shape& scores, const Tensor& target) {
  if (scores.rank() != 2 || target.shape() != Shape{scores[0]} || scores[0] == 0)
    fail<ShapeError>(op, ": ", scores, " with target ", target.shape(),
        ": needs [N, K] with target [N], N at least 1");
  if (target.dtype() != Dtype::int64)
    fail<DtypeError>(op, ": target of ", name(target.dtype()), ": needs int64");
  const Tensor classes = target.contiguous();
  for (const int64_t c : classes.values<int64_t>())
    if (c < 0 || c >= scores[1])
      fail<ValueError>(op, ": target ", c, ": needs 0 to ", scores[1] - 1);
}

}  // namespace lively::detail
