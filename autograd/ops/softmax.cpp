#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

// x less its maximum along the axis: large logits keep their digits, and e^x its range.
Tensor shifted(const Tensor& x, int axis) {
  return map("softmax", [](auto v, auto top) { return v - top; }, x, max(x, {axis}, true));
}

}  // namespace

// softmax along one axis: y = e^x / Σ e^x.  dX = y · (dY - Σ dY · y); y is saved.
Variable softmax(const Variable& x, int axis) {
  const Tensor e = map("softmax", [](auto v) { return math::exp(v); }, shifted(x.data(), axis));
  Tensor y = map("softmax", [](auto v, auto total) { return v / total; }, e, sum(e, {axis}, true));
  return differentiable("softmax", y, grad(x, [y = Saved(y), axis](const Tensor& dy) {
    const Tensor weighted = map("softmax'", [](auto g, auto p) { return g * p; }, dy, y.get());
    return map("softmax'", [](auto p, auto g, auto total) { return p * (g - total); }, y.get(), dy,
               sum(weighted, {axis}, true));
  }));
}

// log_softmax along one axis: y = x - log Σ e^x.  dX = dY - e^y · Σ dY; y is saved.
Variable log_softmax(const Variable& x, int axis) {
  const Tensor z = shifted(x.data(), axis);
  Tensor y = map("log_softmax", [](auto v, auto l) { return v - l; }, z, logsumexp(z, {axis}, true));
  return differentiable("log_softmax", y, grad(x, [y = Saved(y), axis](const Tensor& dy) {
    return map("log_softmax'", [](auto g, auto l, auto total) { return g - math::exp(l) * total; }, dy,
               y.get(), sum(dy, {axis}, true));
  }));
}

}  // namespace lively
