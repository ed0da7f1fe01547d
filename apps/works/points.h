#pragma once

#include "lively/tensor/tensor.h"

namespace lively::bench {

// Regression of |x|: 3000 points uniform in ±√3, each [3000, 1].
struct Points {
  Tensor x, y;
  Points();
};

}  // namespace lively::bench
