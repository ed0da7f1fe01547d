#include "lively/autograd/differentiable.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"

namespace lively {
namespace {

Tensor negated(const Tensor& t) {
  return map(
      "neg", [](auto v) { return -v; }, t);
}
Tensor product(const char* op, const Tensor& a, const Tensor& b) {
  return map(
      op, [](auto x, auto y) { return x * y; }, a, b);
}

void note_sum(const Tensor& y, const Variable& a, const Variable& b) {
  if (detail::wants_derivations() && a.shape() == b.shape())
    detail::t_observation.listener->derived(
        {.kind = Derivation::Kind::sum, .result = y, .x = a.data(), .other = b.data()});
}

}  // namespace

// add: a + b, broadcast.  dA = dB = dY, not copied.
Variable add(const Variable& a, const Variable& b) {
  Tensor y = map(
      "add", [](auto x, auto v) { return x + v; }, a.data(), b.data());
  note_sum(y, a, b);
  const auto same = [](const Tensor& dy) { return dy; };
  return differentiable("add", std::move(y), grad(a, same), grad(b, same));
}

// sub: a - b, broadcast.  dA = dY, dB = -dY.
Variable sub(const Variable& a, const Variable& b) {
  Tensor y = map(
      "sub", [](auto x, auto v) { return x - v; }, a.data(), b.data());
  note_sum(y, a, b);
  return differentiable("sub", std::move(y), grad(a, [](const Tensor& dy) { return dy; }),
      grad(b, [](const Tensor& dy) { return negated(dy); }));
}

// mul: a · b, broadcast.  dA = dY · b, dB = dY · a.
Variable mul(const Variable& a, const Variable& b) {
  check_defined("mul", a, b);
  return differentiable("mul", product("mul", a.data(), b.data()),
      grad(a, [b = Saved(b.data())](const Tensor& dy) { return product("mul'", dy, b.get()); }),
      grad(b, [a = Saved(a.data())](const Tensor& dy) { return product("mul'", dy, a.get()); }));
}

// div: y = a / b, broadcast.  dA = dY / b, dB = -dY · y / b.
Variable div(const Variable& a, const Variable& b) {
  Tensor y = map(
      "div", [](auto x, auto v) { return x / v; }, a.data(), b.data());
  return differentiable("div", y,
      grad(a,
          [b = Saved(b.data())](const Tensor& dy) {
            return map(
                "div'", [](auto g, auto v) { return g / v; }, dy, b.get());
          }),
      grad(b, [y = Saved(y), b = Saved(b.data())](const Tensor& dy) {
        return map(
            "div'", [](auto g, auto q, auto v) { return -g * q / v; }, dy, y.get(), b.get());
      }));
}

// neg: -x.  dX = -dY.
Variable neg(const Variable& x) {
  return differentiable(
      "neg", negated(x.data()), grad(x, [](const Tensor& dy) { return negated(dy); }));
}

// add: x + c.  dX = dY.
Variable add(const Variable& x, double c) {
  Tensor y = map(
      "add", [c](auto v) { return v + decltype(v)(c); }, x.data());
  return differentiable("add", std::move(y), grad(x, [](const Tensor& dy) { return dy; }));
}

// mul: x · c.  dX = dY · c.
Variable mul(const Variable& x, double c) {
  const auto scaled = [c](const Tensor& t) {
    return map(
        "mul", [c](auto v) { return v * decltype(v)(c); }, t);
  };
  return differentiable("mul", scaled(x.data()), grad(x, scaled));
}

}  // namespace lively
