// Batch normalisation (Ioffe and Szegedy 2015), alone and with the relu after it: forward is one
// pass for the moments and one for the result; backward one for the two sums and one for dX.
#include <optional>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/rectify.h"
#include "lively/autograd/part_scope.h"
#include "lively/autograd/team_moments.h"
#include "lively/tensor/math.h"
#include "lively/tensor/moments.h"

namespace lively {
namespace {

using detail::Rows;

enum class After : uint8_t { nothing, relu };

// z = (x - mean) · scale + bias: the mean is taken off first, so that a large one does no harm. The
// gradient recomputes z by the same formula, to the same bits, and so needs no saved mask.
template <class T>
struct Affine {
  std::vector<T> mean, scale, bias;  // by lane

  auto load(const T* x) const {
    const T *m = mean.data(), *s = scale.data(), *b = bias.data();
    return [=](int64_t base) {
      return [=, from = x + base](
                 int64_t at, int64_t lane) { return (from[at] - m[lane]) * s[lane] + b[lane]; };
    };
  }
};

// What a call found and used; [C] each.
struct Normal {
  Tensor mean, inverse_deviation;
  int64_t count = 0;     // values a channel; 0: running moments, which are constants
  Team* team = nullptr;  // who has the rest of the batch; null: nobody
};

template <class T>
Affine<T> affine_of(const Rows& r, const Normal& normal, const Tensor& weight, const Tensor& bias) {
  Affine<T> a{r.spread<T>(normal.mean), r.spread<T>(normal.inverse_deviation), r.spread<T>(bias)};
  const std::vector<T> w = r.spread<T>(weight);
  for (std::size_t i = 0; i < w.size(); ++i) a.scale[i] *= w[i];
  return a;
}

Tensor as_rows(const Tensor& x) { return x.rank() == 2 ? x.contiguous() : channels_last(x); }

constexpr int64_t kChunk = 256;  // rows whose sums are added up on their own

// Σ g and Σ g (x - mean) for each channel, where g = dY, or dY where z > 0: [C] each.
template <class T>
struct Sums {
  std::vector<T> gradient, product;
};
template <class T>
Sums<T> sums_of(const Rows& r, const T* dy, const T* x, const Affine<T>& a, After after) {
  const int64_t rows = r.blocks * r.rows, chunks = (rows + kChunk - 1) / kChunk, lanes = r.lanes;
  std::vector<T> parts(static_cast<std::size_t>(2 * chunks * lanes));
  parallel_for(
      chunks, 1 + 32768 / (kChunk * std::max<int64_t>(1, lanes)), [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c) {
          const int64_t first_row = c * kChunk, n_rows = std::min(kChunk, rows - first_row);
          T* to = parts.data() + 2 * c * lanes;
          const auto z_of = a.load(x + first_row * lanes)(0);
          detail::for_lane_tiles<T>(lanes, [&](int64_t first, auto n) {
            const T *d = dy + first_row * lanes, *p = x + first_row * lanes, *m = a.mean.data();
            const auto run = [=](auto masked) {
              detail::vectorised<T>([=] {
                T gradient[detail::kLaneTile] = {}, product[detail::kLaneTile] = {};
                for (int64_t i = 0; i < n_rows; ++i) {
                  const int64_t at = i * lanes + first;
                  for (int64_t u = 0; u < n; ++u) {
                    T g = d[at + u];
                    if constexpr (decltype(masked)::value)
                      g = z_of(at + u, first + u) <= T(0) ? T(0) : g;
                    gradient[u] += g;
                    product[u] += g * (p[at + u] - m[first + u]);
                  }
                }
                for (int64_t u = 0; u < n; ++u) to[first + u] = gradient[u];
                for (int64_t u = 0; u < n; ++u) to[lanes + first + u] = product[u];
              });
            };
            if (after == After::relu)
              run(std::true_type());
            else
              run(std::false_type());
          });
        }
      });
  Sums<T> sums;
  for (std::vector<T>* out : {&sums.gradient, &sums.product}) {
    const int64_t skip = out == &sums.product ? lanes : 0;
    for (int64_t ch = 0; ch < r.channels; ++ch) {
      double total = 0;
      for (int64_t c = 0; c < chunks; ++c)
        for (int64_t lane = ch; lane < lanes; lane += r.channels)
          total +=
              static_cast<double>(parts[static_cast<std::size_t>(2 * c * lanes + skip + lane)]);
      out->push_back(static_cast<T>(total));
    }
  }
  return sums;
}

// dX = scale · g - (x - mean) · pull - shift, the last two being 0 for running moments.
template <class T>
Tensor input_gradient(const Rows& r, const Tensor& dy, const Tensor& x, const Affine<T>& a,
    const std::vector<T>& pull, const std::vector<T>& shift, After after) {
  Tensor dx = Tensor::empty_strided(x.shape(), x.strides(), x.dtype());
  const T *d = dy.data<T>(), *from = x.data<T>();
  T* to = dx.mutable_data<T>();
  const auto z = a.load(from);
  const T *m = a.mean.data(), *s = a.scale.data(), *k = pull.data(), *c = shift.data();
  const auto make = [=](auto masked) {
    return [=](int64_t base) {
      return [=, z_of = z(base), d = d + base, from = from + base](int64_t at, int64_t lane) {
        T g = d[at];
        if constexpr (decltype(masked)::value) g = z_of(at, lane) <= T(0) ? T(0) : g;
        return g * s[lane] - (from[at] - m[lane]) * k[lane] - c[lane];
      };
    };
  };
  const auto keep = [](auto v) { return v; };
  if (after == After::relu) {
    detail::map_rows(r, make(std::true_type()), keep, to);
  } else {
    detail::map_rows(r, make(std::false_type()), keep, to);
  }
  return dx;
}

template <class T>
std::vector<Tensor> gradients(const Tensor& dy, const Tensor& x, const Tensor& weight,
    const Tensor& bias, const Normal& normal, After after, bool wants_dx) {
  const Rows r(x.shape());
  const Affine<T> a = affine_of<T>(r, normal, weight, bias);
  const Tensor rows = as_rows(dy);
  Sums<T> sums = sums_of(r, rows.data<T>(), x.data<T>(), a, after);
  const T* inverse = normal.inverse_deviation.data<T>();
  std::vector<T> pull(static_cast<std::size_t>(r.channels)), shift(pull);
  // Σ g · normalised x: the weight's gradient.
  for (std::size_t c = 0; c < pull.size(); ++c) sums.product[c] *= inverse[c];
  Sums<T> all = sums;  // of the whole batch
  if (normal.team) detail::sum_over(*normal.team, all.gradient, all.product);
  for (std::size_t c = 0; c < pull.size() && normal.count > 0; ++c) {
    const T n = static_cast<T>(normal.count);
    pull[c] = a.scale[c] * inverse[c] * (all.product[c] / n);
    shift[c] = a.scale[c] * (all.gradient[c] / n);
  }
  const Shape shape{r.channels};
  Tensor dx;
  if (wants_dx)
    dx = input_gradient(r, rows, x, a, r.spread<T>(Tensor::of(pull, shape)),
        r.spread<T>(Tensor::of(shift, shape)), after);
  return {dx, Tensor::of(sums.product, shape), Tensor::of(sums.gradient, shape)};
}

void check(const char* op, const Variable& x, const Variable& weight, const Variable& bias,
    const RunningMoments& running) {
  check_defined(op, x, weight, bias, running.mean, running.variance);
  const Shape channels{x.rank() >= 2 ? x.shape()[1] : 0};
  if (x.rank() < 2 || weight.shape() != channels || bias.shape() != channels ||
      running.mean.shape() != channels || running.variance.shape() != channels)
    fail<ShapeError>(op, ": ", x.shape(), " with weight ", weight.shape(), ", bias ", bias.shape(),
        ", moments ", running.mean.shape(), " and ", running.variance.shape(),
        ": needs [N, C, ...] with [C] each");
  for (const Dtype d :
      {weight.dtype(), bias.dtype(), running.mean.dtype(), running.variance.dtype()})
    if (d != x.dtype())
      fail<DtypeError>(op, ": ", name(x.dtype()), " with ", name(d), ": needs one dtype");
}

// The moments of the batch, of which this may be the share of one process.
Moments batch_moments(const char* op, const Tensor& x, RunningMoments& running, Team** team) {
  detail::PartScope* part = detail::t_modes.part;
  if (part && !part->exchange)
    fail<StateError>(
        op, ": a part of a batch does not have the batch's moments: run it in one part");
  Moments m = channel_moments(x);
  if (part && part->moments) {
    m = detail::joined(*(*team = part->moments), m, running.mean);
  } else if (part) {
    part->running.insert(part->running.end(), {running.mean, running.variance});
  }
  if (m.count < 2)
    fail<ValueError>(op, ": ", x.shape(), ": the batch's moments need 2 values a channel");
  return m;
}

// The moments to normalise by; those of the batch are mixed into the running ones.
Normal normal_of(const char* op, const Tensor& x, RunningMoments& running, NormBy by, double eps) {
  Moments m{running.mean.clone(), running.variance, 0};
  Team* team = nullptr;
  if (by == NormBy::batch) {
    m = batch_moments(op, x, running, &team);
    const double share = running.momentum, n = static_cast<double>(m.count);
    const auto mix = [share](auto old, auto fresh) {
      return old + decltype(old)(share) * (fresh - old);
    };
    running.mean.copy_from(map(op, mix, running.mean, m.mean));
    running.variance.copy_from(map(op, mix, running.variance,
        map(
            op, [n](auto v) { return v * decltype(v)(n / (n - 1)); }, m.variance)));
  }
  return {m.mean,
      map(
          op, [eps](auto v) { return decltype(v)(1) / math::sqrt(v + decltype(v)(eps)); },
          m.variance),
      m.count, team};
}

// Tells a listener that wants pre-activations how these came about.
template <class T>
void note(const Tensor& z, const Tensor& x, const Affine<T>& a) {
  if (!detail::wants_derivations()) return;
  const auto by_channel = [&](const std::vector<T>& lanes) {
    return Tensor::of(
        std::vector<T>(lanes.begin(), lanes.begin() + x.shape()[1]), Shape{x.shape()[1]});
  };
  detail::t_observation.listener->derived({.kind = Derivation::Kind::affine,
      .result = z,
      .x = x,
      .bias = by_channel(a.bias),
      .mean = by_channel(a.mean),
      .scale = by_channel(a.scale)});
}

template <class T>
Tensor normalise(const Tensor& x, const Affine<T>& a, detail::Observed* seen) {
  const Rows r(x.shape());
  Tensor y = Tensor::empty_strided(x.shape(), x.strides(), x.dtype());
  const auto keep = [](auto v) { return v; };
  const auto load = a.load(x.data<T>());
  T* to = y.mutable_data<T>();
  if (!seen) {
    detail::map_rows(r, load, keep, to);
    note(y, x, a);
    return y;
  }
  const auto relu_of = [](auto v) { return v <= decltype(v)(0) ? decltype(v)(0) : v; };
  const auto pre_activations = [&] {
    Tensor z = Tensor::empty_strided(x.shape(), x.strides(), x.dtype());
    detail::map_rows(r, load, keep, z.mutable_data<T>());
    note(z, x, a);
    return z;
  };
  if (!seen->counts()) {
    detail::map_rows(r, load, relu_of, to);
  } else if (!detail::rectify_rows<T>(r, load, relu_of, to, *seen->counts(), seen->peaks())) {
    detail::count_units(*seen->counts(), pre_activations());
  }
  seen->rectified(pre_activations, y);
  return y;
}

Variable normalised(const char* op, const Variable& x, const Variable& weight, const Variable& bias,
    RunningMoments& running, NormBy by, double eps, After after) {
  check(op, x, weight, bias, running);
  const Tensor rows = as_rows(x.data());
  const Normal normal = normal_of(op, rows, running, by, eps);
  std::optional<detail::Observed> seen;
  if (after == After::relu) seen.emplace("relu", NegativeSide::zero, x.shape());
  Tensor y = visit_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return normalise(rows, affine_of<T>(Rows(x.shape()), normal, weight.data(), bias.data()),
        seen ? &*seen : nullptr);
  });
  Variable result = differentiable(op, std::move(y),
      grads({x, weight, bias},
          [op, x = Saved(rows), w = Saved(weight.data()), b = Saved(bias.data()),
              mean = Saved(normal.mean), inverse = Saved(normal.inverse_deviation),
              count = normal.count, team = normal.team, after](const Tensor& dy, Wanted wanted) {
            return visit_float(op, dy.dtype(), [&](auto zero) {
              return gradients<decltype(zero)>(dy, x.get(), w.get(), b.get(),
                  {mean.get(), inverse.get(), count, team}, after, wanted[0]);
            });
          }));
  return seen ? seen->activated(std::move(result)) : result;
}

}  // namespace

// batch_norm: y = weight (x - mean) / sqrt(variance + eps) + bias, moments over all axes but C.
// With the batch's moments, x^ the normalised x and n values a channel:
// dX = weight / deviation · (dY - Σ dY / n - x^ Σ dY x^ / n), dWeight = Σ dY x^, dBias = Σ dY.
Variable batch_norm(const Variable& x, const Variable& weight, const Variable& bias,
    RunningMoments& running, NormBy by, double eps) {
  return normalised("batch_norm", x, weight, bias, running, by, eps, After::nothing);
}

// batch_norm_relu: relu(batch_norm(x)); its unit counts are those of the relu.
Variable batch_norm_relu(const Variable& x, const Variable& weight, const Variable& bias,
    RunningMoments& running, NormBy by, double eps) {
  return normalised("batch_norm_relu", x, weight, bias, running, by, eps, After::relu);
}

}  // namespace lively
