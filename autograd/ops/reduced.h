// internal: what the ops that reduce share.
#pragma once

#include "lively/tensor/shape.h"

namespace lively::detail {

// `shape` with size 1 on the reduced axes (none named: on all): the form in which a gradient
// broadcasts back along them. Throws ShapeError naming `op` for an axis that does not exist.
inline Shape kept_shape(const char* op, const Shape& shape, Axes axes) {
  Shape kept = shape;
  for (int i = 0; i < kept.rank() && axes.size() == 0; ++i) kept[i] = 1;
  for (const int axis : axes) kept[shape.axis(op, axis)] = 1;
  return kept;
}

// How many elements went into each result.
inline double reduced_count(const Shape& shape, const Shape& kept) {
  int64_t n = 1;
  for (int i = 0; i < shape.rank(); ++i) n *= kept[i] == shape[i] ? 1 : shape[i];
  return static_cast<double>(n);
}

}  // namespace lively::detail
