#include "lively/optim/clip.h"

#include <cmath>

#include "lively/tensor/map.h"
#include "lively/tensor/reduce_engine.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

void check(const char* op, const std::vector<Variable>& parameters, double largest) {
  for (const Variable& p : parameters) check_defined(op, p);
  if (!(largest > 0)) fail<ValueError>(op, ": limit ", number(largest), ": needs more than 0");
}

template <class T>
struct SquareSum {
  using State = double;
  using Out = double;
  static double start() { return 0; }
  static double step(double s, T v, int64_t) {
    return s + static_cast<double>(v) * static_cast<double>(v);
  }
  static double merge(double a, double b) { return a + b; }
  static double finish(double s, int64_t) { return s; }
};

// Changes each gradient, in place unless it is held elsewhere too: both inputs of an `add` get
// the same tensor, and a seed given to backward() is its caller's.
template <class F>
void change_grads(const char* op, const std::vector<Variable>& parameters, const F& f) {
  for (Variable p : parameters) {
    if (!p.grad().defined()) continue;
    if (!p.grad().is_only_handle()) p.set_grad(p.grad().clone());
    Tensor g = p.grad();
    update(op, f, g);
  }
}

}  // namespace

double grad_norm(const std::vector<Variable>& parameters) {
  double total = 0;
  for (const Variable& p : parameters) {
    check_defined("grad_norm", p);
    if (p.grad().defined()) total += reduce<SquareSum>("grad_norm", p.grad(), {}, false).item();
  }
  return std::sqrt(total);
}

double clip_grad_norm(const std::vector<Variable>& parameters, double largest) {
  check("clip_grad_norm", parameters, largest);
  const double norm = grad_norm(parameters);
  const double factor = largest / (norm + 1e-6);
  if (factor < 1 || std::isnan(factor))
    change_grads("clip_grad_norm", parameters,
        [factor](auto& g) { g *= std::decay_t<decltype(g)>(factor); });
  return norm;
}

void clip_grad_value(const std::vector<Variable>& parameters, double largest) {
  check("clip_grad_value", parameters, largest);
  change_grads("clip_grad_value", parameters, [largest](auto& g) {
    using T = std::decay_t<decltype(g)>;
    g = g > T(largest) ? T(largest) : g < T(-largest) ? T(-largest) : g;
  });
}

}  // namespace lively
