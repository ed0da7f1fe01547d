#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"

namespace lively {
namespace {

// What the first operand gets of a gradient: all where it wins, half where both are equal, as
// in PyTorch; a NaN on either side gives it to both.
struct TheLarger {
  template <class T>
  T operator()(T g, T x, T other) const {
    return x < other ? T(0) : x == other ? g * T(0.5) : g;
  }
};
struct TheSmaller {
  template <class T>
  T operator()(T g, T x, T other) const {
    return TheLarger{}(g, other, x);
  }
};

template <class Share>
auto shared_by(const char* name, const Share& share, const Variable& x, const Variable& other) {
  return grad(x, [name, share, x = Saved(x.data()), other = Saved(other.data())](
                     const Tensor& dy) { return map(name, share, dy, x.get(), other.get()); });
}

}  // namespace

// maximum: the larger of a and b, broadcast; NaN wins.  dA = dY where a > b, dY / 2 where they
// are equal, else 0; dB likewise.
Variable maximum(const Variable& a, const Variable& b) {
  check_defined("maximum", a, b);
  return differentiable("maximum",
      map(
          "maximum", [](auto x, auto v) { return x >= v || x != x ? x : v; }, a.data(), b.data()),
      shared_by("maximum'", TheLarger{}, a, b), shared_by("maximum'", TheLarger{}, b, a));
}

// minimum: the smaller of a and b, broadcast; NaN wins.  dA = dY where a < b, dY / 2 where they
// are equal, else 0; dB likewise.
Variable minimum(const Variable& a, const Variable& b) {
  check_defined("minimum", a, b);
  return differentiable("minimum",
      map(
          "minimum", [](auto x, auto v) { return x <= v || x != x ? x : v; }, a.data(), b.data()),
      shared_by("minimum'", TheSmaller{}, a, b), shared_by("minimum'", TheSmaller{}, b, a));
}

}  // namespace lively
