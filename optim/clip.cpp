#include "lively/optim/clip.h"

#include <cmath>

#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/reduce.h"
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

// (sum |g|^p)^(1/p) in float64, p not 2, scaled so that no power overflows.
double other_norm(const Tensor& g, double p) {
  if (g.numel() == 0) return 0;
  const Tensor sizes = map(
      "grad_norm", [](auto v) { return math::abs(v); }, g.to(Dtype::float64));
  const double top = max(sizes).item();
  if (std::isinf(p) || !(top > 0) || std::isinf(top)) return top;
  return top *
         std::pow(sum(map(
                          "grad_norm",
                          [=](auto v) { return math::pow(v / decltype(v)(top), decltype(v)(p)); },
                          sizes))
                      .item(),
             1 / p);
}

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

double grad_norm(const std::vector<Variable>& parameters, double p) {
  if (!(p > 0)) fail<ValueError>("grad_norm: p ", number(p), ": needs more than 0");
  double squares = 0;
  Tensor norms = Tensor::zeros({static_cast<int64_t>(parameters.size())}, Dtype::float64);
  double* norm = norms.mutable_data<double>();
  for (const Variable& v : parameters) {
    check_defined("grad_norm", v);
    if (!v.grad().defined()) continue;
    if (p == 2) {
      squares += reduce<SquareSum>("grad_norm", v.grad(), {}, false).item();
    } else {
      *norm++ = other_norm(v.grad(), p);
    }
  }
  return p == 2 ? std::sqrt(squares) : other_norm(norms, p);  // the norm of the norms
}

double clip_grad_norm(const std::vector<Variable>& parameters, double largest, double p) {
  check("clip_grad_norm", parameters, largest);
  const double norm = grad_norm(parameters, p);
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
