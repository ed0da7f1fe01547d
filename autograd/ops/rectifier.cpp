// The rectifier family. Each op computes its output and, when someone listens (observe.h),
// adds to per-unit counters in the same pass over memory.
#include "lively/autograd/ops/rectify.h"

#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

using detail::Observed;

constexpr auto kRelu = [](auto v) { return v <= decltype(v)(0) ? decltype(v)(0) : v; };

// From the result: selected, not multiplied, so a NaN stays one.
Tensor relu_gradient(const char* op, const Tensor& dy, const Tensor& y) {
  return map(
      op, [](auto g, auto v) { return v <= decltype(v)(0) ? decltype(g)(0) : g; }, dy, y);
}

// A rectifier whose derivative comes from its own formula on dual numbers: keeps x.
template <class F>
Variable smooth(const char* op, const F& f, const Variable& x) {
  check_defined(op, x);
  Observed seen(op, NegativeSide::nonzero, x.shape());
  const auto dx = detail::partial_closure<0>(op, f, x);
  return seen.activated(
      differentiable(op, detail::rectify(seen, op, f, dx, x.data()), grad(x, dx)));
}

}  // namespace

// relu: y = x > 0 ? x : 0, same shape.  dX = dY where y > 0, else 0, also at x = 0. y is saved, x
// is not needed.
Variable relu(const Variable& x) {
  check_defined("relu", x);
  Observed seen("relu", NegativeSide::zero, x.shape());
  Tensor y = detail::rectify_fused(seen, "relu", kRelu, detail::NoSlope(), x.data());
  return seen.activated(differentiable("relu", y,
      grad(x, [y = Saved(y)](const Tensor& dy) { return relu_gradient("relu'", dy, y.get()); })));
}

// add_relu: y = relu(a + b) of equal shapes in one pass, as residual blocks end.  dA = dB = dY
// where y > 0, else 0.
Variable add_relu(const Variable& a, const Variable& b) {
  check_defined("add_relu", a, b);
  if (a.shape() != b.shape())
    fail<ShapeError>("add_relu: ", a.shape(), " and ", b.shape(), ": must be equal");
  (void)detail::common_float("add_relu", {&a.data(), &b.data()});
  Observed seen("relu", NegativeSide::zero, a.shape());
  const auto pre_activations = [&] {
    Tensor z = map(
        "add_relu", [](auto v, auto w) { return v + w; }, a.data(), b.data());
    if (detail::wants_derivations())
      detail::t_observation.listener->derived(
          {.kind = Derivation::Kind::sum, .result = z, .x = a.data(), .other = b.data()});
    return z;
  };
  Tensor y;
  if (!seen.listening()) {
    y = map(
        "add_relu", [](auto v, auto w) { return kRelu(v + w); }, a.data(), b.data());
  } else if (seen.counts() && detail::has_rows(a.data()) &&
             a.data().strides() == b.data().strides()) {
    y = Tensor::empty_strided(a.shape(), a.data().strides(), a.dtype());
    const bool counted = visit_float("add_relu", a.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto load = [p = a.data().data<T>(), q = b.data().data<T>()](int64_t base) {
        return [p = p + base, q = q + base](int64_t at, int64_t) { return p[at] + q[at]; };
      };
      return detail::rectify_rows<T>(
          detail::Rows(a.shape()), load, kRelu, y.mutable_data<T>(), *seen.counts(), seen.peaks());
    });
    if (!counted) detail::count_units(*seen.counts(), pre_activations());
    seen.rectified(pre_activations, y);
  } else {
    y = detail::rectify(seen, "add_relu", kRelu, detail::NoSlope(), pre_activations());
  }
  return seen.activated(
      differentiable("add_relu", y, grads({a, b}, [y = Saved(y)](const Tensor& dy, Wanted) {
        const Tensor g = relu_gradient("add_relu'", dy, y.get());
        return std::vector<Tensor>{g, g};
      })));
}

// leaky_relu: y = x > 0 ? x : slope · x.  dX = dY · (y > 0 ? 1 : slope): for a positive slope
// the sign of y is that of x, and y is saved; otherwise x is.
Variable leaky_relu(const Variable& x, double slope) {
  check_defined("leaky_relu", x);
  const auto f = [slope](auto v) {
    using T = decltype(v);
    return v <= T(0) ? v * T(slope) : v;
  };
  const auto dx = [slope](const Tensor& dy, const Tensor& sign) {
    return map(
        "leaky_relu'",
        [slope](auto g, auto v) {
          using T = decltype(v);
          return v > T(0) ? g : g * T(slope);  // at NaN as PyTorch
        },
        dy, sign);
  };
  Observed seen("leaky_relu", slope == 0 ? NegativeSide::zero : NegativeSide::nonzero, x.shape());
  Tensor y = detail::rectify_fused(
      seen, "leaky_relu", f, [&](const Tensor& dy) { return dx(dy, x.data()); }, x.data());
  const Tensor& sign = slope > 0 ? y : x.data();
  return seen.activated(differentiable("leaky_relu", y,
      grad(x, [s = Saved(sign), dx](const Tensor& dy) { return dx(dy, s.get()); })));
}

// prelu: y = x > 0 ? x : slope · x with a learnt slope [C] for axis 1, or [1] for all.
Variable prelu(const Variable& x, const Variable& slope) {
  check_defined("prelu", x, slope);
  const int64_t n = slope.numel();
  if (slope.rank() != 1 || (n != 1 && (x.rank() < 2 || x.shape()[1] != n)))
    fail<ShapeError>("prelu: ", x.shape(), " with slope ", slope.shape(),
        ": needs [N, C, ...] with slope [C] or [1]");
  Shape aligned{n};  // [C, 1, …], which broadcasts along axis 1 of x
  for (int i = 2; i < x.rank() && n != 1; ++i) aligned.push_back(1);
  const Tensor a = slope.data().reshape(aligned);
  const auto f = [](auto v, auto s) { return v <= decltype(v)(0) ? v * s : v; };
  const auto dx = [x = Saved(x.data()), a = Saved(a)](const Tensor& dy) {
    return map(
        "prelu'", [](auto g, auto v, auto s) { return v <= decltype(v)(0) ? g * s : g; }, dy,
        x.get(), a.get());
  };
  Observed seen("prelu", NegativeSide::nonzero, x.shape());
  Tensor y = detail::rectify(seen, "prelu", f, dx, x.data(), a);
  return seen.activated(differentiable("prelu", std::move(y), grad(x, dx),
      grad(slope, [x = Saved(x.data()), aligned, n](const Tensor& dy) {
        const Tensor each = map(
            "prelu'",
            [](auto g, auto v) {
              using T = decltype(v);
              return v <= T(0) ? g * v : v != v ? v : T(0);
            },
            dy, x.get());
        return sum_to(each, aligned).reshape(Shape{n});
      })));
}

// elu: y = x > 0 ? x : alpha (e^x - 1).
Variable elu(const Variable& x, double alpha) {
  return smooth(
      "elu",
      [alpha](auto v) {
        using T = math::scalar<decltype(v)>;
        return math::select(v <= T(0), T(alpha) * math::expm1(v), v);
      },
      x);
}

// celu: y = x > 0 ? x : alpha (e^(x/alpha) - 1).
Variable celu(const Variable& x, double alpha) {
  if (alpha == 0) fail<ValueError>("celu: alpha 0: must not be 0");
  return smooth(
      "celu",
      [alpha](auto v) {
        using T = math::scalar<decltype(v)>;
        return math::select(v <= T(0), T(alpha) * math::expm1(v / T(alpha)), v);
      },
      x);
}

// selu: y = λ elu(x, α), the constants of Klambauer et al. 2017, for which mean 0 and variance
// 1 are a fixed point.
Variable selu(const Variable& x) {
  return smooth(
      "selu",
      [](auto v) {
        using T = math::scalar<decltype(v)>;
        const T scale(1.0507009873554804934193349852946), alpha(1.6732632423543772848170429916717);
        return math::select(v <= T(0), scale * alpha * math::expm1(v), scale * v);
      },
      x);
}

// gelu: y = x Φ(x) = x/2 (1 + erf(x/√2)).
Variable gelu(const Variable& x) {
  return smooth(
      "gelu",
      [](auto v) {
        using T = math::scalar<decltype(v)>;
        return v * T(0.5) * (T(1) + math::erf(v * T(0.70710678118654752440)));
      },
      x);
}

// gelu_tanh: y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
Variable gelu_tanh(const Variable& x) {
  return smooth(
      "gelu_tanh",
      [](auto v) {
        using T = math::scalar<decltype(v)>;
        return v * T(0.5) *
               (T(1) + math::tanh(T(0.79788456080286535588) * (v + T(0.044715) * v * v * v)));
      },
      x);
}

// mish: y = x tanh(log(1 + e^x)).
Variable mish(const Variable& x) {
  return smooth(
      "mish", [](auto v) { return v * math::tanh(math::softplus(v)); }, x);
}

// hardswish: y = x clamp(x + 3, 0, 6) / 6: 0 up to -3, x from 3 on.
Variable hardswish(const Variable& x) {
  return smooth(
      "hardswish",
      [](auto v) {
        using T = math::scalar<decltype(v)>;
        return v <= T(-3) ? v * T(0) : v >= T(3) ? v : v * (v + T(3)) / T(6);
      },
      x);
}

// silu: y = x sigmoid(x), also called swish.
Variable silu(const Variable& x) {
  return smooth(
      "silu", [](auto v) { return v * math::sigmoid(v); }, x);
}

// softplus: y = log(1 + e^x).
Variable softplus(const Variable& x) {
  return smooth(
      "softplus", [](auto v) { return math::softplus(v); }, x);
}

}  // namespace lively
