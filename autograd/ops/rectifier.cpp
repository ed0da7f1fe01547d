// The rectifier family. Each op computes its output and, when someone listens (observe.h),
// adds to per-unit counters in the same pass over memory. Counting looks at the
// pre-activation before anything is selected, so that NaN is seen as NaN.
#include <limits>

#include "lively/autograd/elementwise.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

constexpr int64_t kTile = 64;  // units counted at once: their counters stay in registers

// y = f(z) for rows [N, units] and how often each unit of a tile fired. Gives whether every
// z was finite; if not, the counts are not to be used.
template <class T, class F>
bool rectify_tile(const F& f, const T* z, T* y, int64_t rows, int64_t units, int64_t width,
                  int64_t* fired) {
  using Count = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  T marks = 0;
  T* to = &marks;
  detail::vectorised([=] {
    Count count[kTile] = {};
    T bad[kTile] = {};
    for (int64_t i = 0; i < rows; ++i) {
      const T* in = z + i * units;
      T* out = y + i * units;
      for (int64_t u = 0; u < width; ++u) {
        const T v = in[u];
        count[u] += v > T(0);
        bad[u] += v * T(0);  // stays 0, or becomes NaN
        out[u] = f(v);
      }
    }
    for (int64_t u = 0; u < width; ++u) {
      fired[u] += count[u];
      *to += bad[u];
    }
  });
  return marks == T(0);
}

// The counting kernel for row-major features [N, units]; false: not of that form, or a value
// was not finite and must be counted with care.
template <class F>
bool rectify_features(const F& f, const Tensor& z, Tensor& y, UnitCounts& counts) {
  if (z.rank() != 2 || !z.is_contiguous()) return false;
  const int64_t rows = z.shape()[0], units = z.shape()[1];
  std::vector<int64_t> fired(static_cast<std::size_t>(units));
  const bool finite = visit_float("rectifier", z.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* in = z.data<T>();
    T* out = y.mutable_data<T>();
    std::atomic<bool> good = true;
    const int64_t tiles = (units + kTile - 1) / kTile;
    parallel_for(tiles, std::max<int64_t>(1, detail::kMapGrain / std::max<int64_t>(1, rows * kTile)),
                 [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        const int64_t u = t * kTile;
        if (!rectify_tile(f, in + u, out + u, rows, units, std::min(kTile, units - u),
                          fired.data() + u))
          good = false;
      }
    });
    return good.load();
  });
  if (!finite) return false;
  for (int64_t u = 0; u < units; ++u) {
    const auto at = static_cast<std::size_t>(u);
    counts.fired[at] += fired[at];
    counts.active[at] += fired[at];
  }
  counts.samples += rows;
  return true;
}

// f of every pre-activation, counted if someone listens.
template <class F, class... More>
Tensor rectify(const char* op, NegativeSide side, const F& f, const Tensor& z, const More&... more) {
  detail::Observation& observation = detail::t_observation;
  if (!observation.listener) return map(op, f, z, more...);
  if (z.rank() < 2) fail<ShapeError>(op, ": ", z.shape(), ": liveness needs [N, units, ...]");
  const std::string path = module_path();
  const RectifierSite site{op, path, observation.calls++, z.shape()[1], side};
  UnitCounts* counts = observation.listener->counts(site);
  if (counts && (counts->units() != site.units || counts->poisoned.size() != counts->fired.size() ||
                 counts->active.size() != counts->fired.size()))
    fail<StateError>(op, ": ", z.shape(), " with counts for ", counts->units(), " units: needs ",
                     site.units, " in fired, poisoned and active");
  Tensor y;
  if constexpr (sizeof...(More) == 0) {
    if (counts) {
      y = Tensor::empty(z.shape(), z.dtype());
      if (!rectify_features(f, z, y, *counts)) {
        y = map(op, f, z);
        detail::count_units(*counts, z);
      }
      counts = nullptr;
    }
  }
  if (!y.defined()) y = map(op, f, z, more...);
  if (counts) detail::count_units(*counts, z);
  observation.listener->rectified(site, z);
  return y;
}

// A rectifier whose derivative comes from its own formula on dual numbers: keeps x.
template <class F>
Variable smooth(const char* op, const F& f, const Variable& x) {
  return differentiable(op, rectify(op, NegativeSide::nonzero, f, x.data()),
                        grad(x, detail::partial_closure<0>(op, f, x)));
}

}  // namespace

// relu: y = x > 0 ? x : 0, same shape.  dX = dY where y > 0, else 0, also at x = 0; selected,
// not multiplied, so a NaN stays one. y is saved, x is not needed.
Variable relu(const Variable& x) {
  Tensor y = rectify("relu", NegativeSide::zero, [](auto v) {
    using T = decltype(v);
    return v <= T(0) ? T(0) : v;
  }, x.data());
  return differentiable("relu", y, grad(x, [y = Saved(y)](const Tensor& dy) {
    return map("relu'", [](auto g, auto v) { return v <= decltype(v)(0) ? decltype(g)(0) : g; }, dy,
               y.get());
  }));
}

// leaky_relu: y = x > 0 ? x : slope · x.  dX = dY · (y > 0 ? 1 : slope): for a positive slope
// the sign of y is that of x, and y is saved; otherwise x is.
Variable leaky_relu(const Variable& x, double slope) {
  const auto f = [slope](auto v) {
    using T = decltype(v);
    return v <= T(0) ? v * T(slope) : v;
  };
  Tensor y = rectify("leaky_relu", slope == 0 ? NegativeSide::zero : NegativeSide::nonzero, f, x.data());
  const Tensor& sign = slope > 0 ? y : x.data();
  return differentiable("leaky_relu", y, grad(x, [s = Saved(sign), slope](const Tensor& dy) {
    return map("leaky_relu'", [slope](auto g, auto v) {
      using T = decltype(v);
      return v > T(0) ? g : g * T(slope);  // at NaN as PyTorch
    }, dy, s.get());
  }));
}

// prelu: y = x > 0 ? x : slope · x with a learnt slope [C] for axis 1, or [1] for all.
Variable prelu(const Variable& x, const Variable& slope) {
  const int64_t n = slope.numel();
  if (slope.rank() != 1 || (n != 1 && (x.rank() < 2 || x.shape()[1] != n)))
    fail<ShapeError>("prelu: ", x.shape(), " with slope ", slope.shape(),
                     ": needs [N, C, ...] with slope [C] or [1]");
  Shape aligned{n};  // [C, 1, …], which broadcasts along axis 1 of x
  for (int i = 2; i < x.rank() && n != 1; ++i) aligned.push_back(1);
  const Tensor a = slope.data().reshape(aligned);
  const auto f = [](auto v, auto s) { return v <= decltype(v)(0) ? v * s : v; };
  Tensor y = rectify("prelu", NegativeSide::nonzero, f, x.data(), a);
  return differentiable(
      "prelu", std::move(y),
      grad(x, [x = Saved(x.data()), a = Saved(a)](const Tensor& dy) {
        return map("prelu'", [](auto g, auto v, auto s) { return v <= decltype(v)(0) ? g * s : g; },
                   dy, x.get(), a.get());
      }),
      grad(slope, [x = Saved(x.data()), aligned, n](const Tensor& dy) {
        const Tensor each = map("prelu'", [](auto g, auto v) {
          using T = decltype(v);
          return v <= T(0) ? g * v : v != v ? v : T(0);
        }, dy, x.get());
        return sum_to(each, aligned).reshape(Shape{n});
      }));
}

// elu: y = x > 0 ? x : alpha (e^x - 1).
Variable elu(const Variable& x, double alpha) {
  return smooth("elu", [alpha](auto v) {
    using T = math::scalar<decltype(v)>;
    return math::select(v <= T(0), T(alpha) * math::expm1(v), v);
  }, x);
}

// celu: y = x > 0 ? x : alpha (e^(x/alpha) - 1).
Variable celu(const Variable& x, double alpha) {
  return smooth("celu", [alpha](auto v) {
    using T = math::scalar<decltype(v)>;
    return math::select(v <= T(0), T(alpha) * math::expm1(v / T(alpha)), v);
  }, x);
}

// selu: y = λ elu(x, α), the constants of Klambauer et al. 2017, for which mean 0 and variance
// 1 are a fixed point.
Variable selu(const Variable& x) {
  return smooth("selu", [](auto v) {
    using T = math::scalar<decltype(v)>;
    const T scale(1.0507009873554804934193349852946), alpha(1.6732632423543772848170429916717);
    return math::select(v <= T(0), scale * alpha * math::expm1(v), scale * v);
  }, x);
}

// gelu: y = x Φ(x) = x/2 (1 + erf(x/√2)).
Variable gelu(const Variable& x) {
  return smooth("gelu", [](auto v) {
    using T = math::scalar<decltype(v)>;
    return v * T(0.5) * (T(1) + math::erf(v * T(0.70710678118654752440)));
  }, x);
}

// gelu_tanh: y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
Variable gelu_tanh(const Variable& x) {
  return smooth("gelu_tanh", [](auto v) {
    using T = math::scalar<decltype(v)>;
    return v * T(0.5) * (T(1) + math::tanh(T(0.79788456080286535588) * (v + T(0.044715) * v * v * v)));
  }, x);
}

// mish: y = x tanh(log(1 + e^x)).
Variable mish(const Variable& x) {
  return smooth("mish", [](auto v) { return v * math::tanh(math::softplus(v)); }, x);
}

// hardswish: y = x clamp(x + 3, 0, 6) / 6: 0 up to -3, x from 3 on.
Variable hardswish(const Variable& x) {
  return smooth("hardswish", [](auto v) {
    using T = math::scalar<decltype(v)>;
    const auto inner = v * (v + T(3)) / T(6);
    return v <= T(-3) ? inner * T(0) : v >= T(3) ? v : inner;
  }, x);
}

// silu: y = x sigmoid(x), also called swish.
Variable silu(const Variable& x) {
  return smooth("silu", [](auto v) { return v * math::sigmoid(v); }, x);
}

// softplus: y = log(1 + e^x).
Variable softplus(const Variable& x) {
  return smooth("softplus", [](auto v) { return math::softplus(v); }, x);
}

}  // namespace lively
