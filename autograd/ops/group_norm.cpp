// Group normalisation (Wu and He 2018), and instance normalisation (Ulyanov et al. 2016), where
// each channel is a group. A sample at a time, which the second cache mostly holds: forward reads
// it for the means, for the variances and for the result, backward for two sums and for dX.
// Channels lie side by side, so a loop over them vectorises whatever the groups. Without positions
// a group is a line in memory, and normalised as a line of layer_norm is.
#include <cmath>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/line_norm.h"
#include "lively/tensor/channel_rows.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

using detail::Rows;

constexpr int64_t kGroupChunk = 256;  // rows whose sums are added up on their own
constexpr int64_t kLeastLine = 16;    // channels of a group that are faster as a line than as lanes

// x [N, C, …] as [N, C, positions], a block a sample.
Rows rows_of(const Shape& x) {
  int64_t positions = 1;
  for (int i = 2; i < x.rank(); ++i) positions *= x[i];
  return Rows(Shape{x[0], x[1], positions});
}

struct Groups {
  int64_t count, channels;  // channels of a group
  double values;            // of a group in a sample
  Groups(const Rows& r, int64_t groups)
      : count(groups),
        channels(r.channels / groups),
        values(static_cast<double>(channels * r.positions)) {}
};

// Σ of f(place, lane) over the rows of a sample, for each channel.
template <class T, class F>
void channel_sums(const Rows& r, const F& f, std::vector<double>& lanes, double* channels) {
  std::fill(lanes.begin(), lanes.end(), 0.0);
  for (int64_t from = 0; from < r.rows; from += kGroupChunk) {
    detail::for_lane_tiles<T>(r.lanes, [&](int64_t first, auto n) {
      detail::vectorised<T>([=, sums = lanes.data() + first, width = r.lanes,
                                end = std::min(r.rows, from + kGroupChunk)] {
        T sum[detail::kLaneTile] = {};
        for (int64_t i = from; i < end; ++i)
          for (int64_t u = 0; u < n; ++u) sum[u] += f(i * width + first + u, first + u);
        for (int64_t u = 0; u < n; ++u) sums[u] += static_cast<double>(sum[u]);
      });
    });
  }
  std::fill_n(channels, r.channels, 0.0);
  r.fold_lanes(lanes.data(), channels, [](double a, double b) { return a + b; });
}

// to[place] = f(place, lane) over a sample.
template <class T, class F>
void write(const Rows& r, const F& f, T* to) {
  detail::vectorised<T>([=, rows = r.rows, lanes = r.lanes] {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t l = 0; l < lanes; ++l) to[i * lanes + l] = f(i * lanes + l, l);
  });
}

// Calls body(channel, its group).
template <class Body>
void each_channel(const Groups& groups, const Body& body) {
  for (int64_t g = 0, c = 0; g < groups.count; ++g)
    for (const int64_t end = c + groups.channels; c < end; ++c) body(c, g);
}

// A number for each lane, by its channel and group.
template <class T>
class Lanes {
 public:
  Lanes(const Rows& r, const Groups& groups)
      : rows_(r), groups_(groups), at_(static_cast<std::size_t>(r.lanes)) {}
  template <class F>
  const T* set(const F& f) {
    T* to = at_.data();
    each_channel(groups_, [&](int64_t c, int64_t g) { to[c] = f(c, g); });
    for (int64_t l = rows_.channels; l < rows_.lanes; ++l) to[l] = to[l - rows_.channels];
    return to;
  }

 private:
  const Rows& rows_;
  const Groups& groups_;
  std::vector<T> at_;
};

// Splits samples over threads.
template <class Body>
void for_samples(const Rows& r, Body body) {
  const int64_t each = std::max<int64_t>(1, r.positions * r.channels);
  parallel_for(r.samples, 1 + 16384 / each, body);
}

struct Spread {
  Tensor mean, inverse_deviation;  // [N, groups]
};

template <class T>
Tensor normalise(const Tensor& x, const Groups& groups, const T* weight, const T* bias, double eps,
    Spread& spread) {
  const Rows r = rows_of(x.shape());
  Tensor y = Tensor::empty_strided(x.shape(), x.strides(), x.dtype());
  spread = {Tensor::empty({r.samples, groups.count}, x.dtype()),
      Tensor::empty({r.samples, groups.count}, x.dtype())};
  T *to_y = y.mutable_data<T>(), *means = spread.mean.mutable_data<T>(),
    *inverses = spread.inverse_deviation.mutable_data<T>();
  for_samples(r, [&](int64_t begin, int64_t end) {
    std::vector<double> lanes(static_cast<std::size_t>(r.lanes)),
        sums(static_cast<std::size_t>(r.channels));
    Lanes<T> mean(r, groups), scale(r, groups), shift(r, groups);
    const T* b = shift.set([=](int64_t c, int64_t) { return bias[c]; });
    const auto group_mean = [&](int64_t g) {
      double total = 0;
      for (int64_t c = 0; c < groups.channels; ++c)
        total += sums[static_cast<std::size_t>(g * groups.channels + c)];
      return total / groups.values;
    };
    for (int64_t sample = begin; sample < end; ++sample) {
      const T* from = x.data<T>() + sample * r.positions * r.channels;
      T *of_mean = means + sample * groups.count, *of_inverse = inverses + sample * groups.count;
      channel_sums<T>(
          r, [=](int64_t at, int64_t) { return from[at]; }, lanes, sums.data());
      for (int64_t g = 0; g < groups.count; ++g) of_mean[g] = static_cast<T>(group_mean(g));
      const T* m = mean.set([=](int64_t, int64_t g) { return of_mean[g]; });
      channel_sums<T>(
          r, [=](int64_t at, int64_t lane) { return (from[at] - m[lane]) * (from[at] - m[lane]); },
          lanes, sums.data());
      for (int64_t g = 0; g < groups.count; ++g)
        of_inverse[g] = static_cast<T>(1 / std::sqrt(group_mean(g) + eps));
      const T* s = scale.set([=](int64_t c, int64_t g) { return of_inverse[g] * weight[c]; });
      write(
          r, [=](int64_t at, int64_t lane) { return (from[at] - m[lane]) * s[lane] + b[lane]; },
          to_y + sample * r.positions * r.channels);
    }
  });
  return y;
}

template <class T>
std::vector<Tensor> gradients(const Tensor& dy, const Tensor& x, const Groups& groups,
    const T* weight, const Spread& spread) {
  const Rows r = rows_of(x.shape());
  Tensor dx = Tensor::empty_strided(x.shape(), x.strides(), x.dtype());
  // Of each sample, and summed over samples at the end: the same bits for any number of threads.
  Tensor dw = Tensor::empty({r.samples, r.channels}, x.dtype()),
         db = Tensor::empty({r.samples, r.channels}, x.dtype());
  T *to_x = dx.mutable_data<T>(), *to_w = dw.mutable_data<T>(), *to_b = db.mutable_data<T>();
  for_samples(r, [&](int64_t begin, int64_t end) {
    std::vector<double> lanes(static_cast<std::size_t>(r.lanes)),
        sums(static_cast<std::size_t>(r.channels)), products(sums),
        pulls(static_cast<std::size_t>(groups.count)), turns(pulls);
    Lanes<T> mean(r, groups), scale(r, groups), slope(r, groups), shift(r, groups);
    for (int64_t sample = begin; sample < end; ++sample) {
      const int64_t start = sample * r.positions * r.channels;
      const T *from = x.data<T>() + start, *g = dy.data<T>() + start,
              *of_mean = spread.mean.data<T>() + sample * groups.count,
              *of_inverse = spread.inverse_deviation.data<T>() + sample * groups.count;
      const T* m = mean.set([=](int64_t, int64_t group) { return of_mean[group]; });
      channel_sums<T>(
          r, [=](int64_t at, int64_t) { return g[at]; }, lanes, sums.data());
      channel_sums<T>(
          r, [=](int64_t at, int64_t lane) { return g[at] * (from[at] - m[lane]); }, lanes,
          products.data());
      std::fill(pulls.begin(), pulls.end(), 0.0);
      std::fill(turns.begin(), turns.end(), 0.0);
      double *plain = sums.data(), *product = products.data(), *pull = pulls.data(),
             *turn = turns.data();
      each_channel(groups, [=, w = to_w + sample * r.channels, b = to_b + sample * r.channels,
                               values = groups.values](int64_t c, int64_t group) {
        product[c] *= static_cast<double>(of_inverse[group]);  // Σ g x^
        pull[group] += static_cast<double>(weight[c]) * plain[c] / values;
        turn[group] += static_cast<double>(weight[c]) * product[c] / values;
        w[c] = static_cast<T>(product[c]);
        b[c] = static_cast<T>(plain[c]);
      });
      const T *s = scale.set(
                  [=](int64_t c, int64_t group) { return of_inverse[group] * weight[c]; }),
              *k = slope.set([=](int64_t, int64_t group) {
                const auto inverse = static_cast<double>(of_inverse[group]);
                return static_cast<T>(inverse * inverse * turn[group]);
              }),
              *h = shift.set([=](int64_t, int64_t group) {
                return static_cast<T>(static_cast<double>(of_inverse[group]) * pull[group]);
              });
      write(
          r,
          [=](int64_t at, int64_t lane) {
            return g[at] * s[lane] - (from[at] - m[lane]) * k[lane] - h[lane];
          },
          to_x + start);
    }
  });
  return {dx, sum(dw, {0}), sum(db, {0})};
}

// Of inputs that were checked.
Variable grouped(const char* op, const Variable& x, int64_t groups, const Variable& weight,
    const Variable& bias, double eps) {
  const Tensor rows = channels_last(x.data()), w = weight.data().contiguous(),
               b = bias.data().contiguous();
  Spread spread;
  Tensor y = visit_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return normalise(
        rows, Groups(rows_of(rows.shape()), groups), w.data<T>(), b.data<T>(), eps, spread);
  });
  return differentiable(op, std::move(y),
      grads({x, weight, bias},
          [op, groups, rows = Saved(rows), w = Saved(w), mean = Saved(spread.mean),
              inverse = Saved(spread.inverse_deviation)](const Tensor& dy, const Wanted&) {
            return visit_float(op, dy.dtype(), [&](auto zero) {
              using T = decltype(zero);
              const Tensor& x = rows.get();
              return gradients(channels_last(dy), x, Groups(rows_of(x.shape()), groups),
                  w.get().data<T>(), {mean.get(), inverse.get()});
            });
          }));
}

// Of samples [N, C] without positions: a group lies in memory as a line.
Variable grouped_lines(const char* op, const Variable& x, int64_t groups, const Variable& weight,
    const Variable& bias, double eps) {
  const Shape lines_shape{x.shape()[0] * groups, x.shape()[1] / groups};
  const Tensor lines = x.data().contiguous().reshape(lines_shape), w = weight.data().contiguous(),
               b = bias.data().contiguous();
  detail::LineSpread spread;
  Tensor y = visit_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::normalise_lines(lines, groups, w.data<T>(), b.data<T>(), eps, spread);
  });
  return differentiable(op, y.reshape(x.shape()),
      grads({x, weight, bias},
          [op, groups, lines = Saved(lines), w = Saved(w), mean = Saved(spread.mean),
              inverse = Saved(spread.inverse_deviation)](const Tensor& dy, const Wanted&) {
            return visit_float(op, dy.dtype(), [&](auto zero) {
              using T = decltype(zero);
              const Tensor& x = lines.get();
              auto g = detail::line_gradients(dy.contiguous().reshape(x.shape()), x, groups,
                  w.get().data<T>(), {mean.get(), inverse.get()});
              g[0] = g[0].reshape(dy.shape());
              return g;
            });
          }));
}

void check(const char* op, const Variable& x, const Variable& weight, const Variable& bias,
    int least_rank) {
  check_defined(op, x, weight, bias);
  const Shape channels{x.rank() >= 2 ? x.shape()[1] : 0};
  if (x.rank() < least_rank || weight.shape() != channels || bias.shape() != channels)
    fail<ShapeError>(op, ": ", x.shape(), " with weight ", weight.shape(), " and bias ",
        bias.shape(), ": needs [N, C, ", least_rank > 2 ? "L, " : "", "...] with [C] each");
  for (const Dtype d : {weight.dtype(), bias.dtype()})
    if (d != x.dtype())
      fail<DtypeError>(op, ": ", name(x.dtype()), " with ", name(d), ": needs one dtype");
}

// 1 and 0 for the channels of x: those of a norm without weights.
Variable constant(const Variable& x, double value) {
  return Variable(Tensor::full({x.rank() >= 2 ? x.shape()[1] : 0}, value, x.dtype()));
}

}  // namespace

// group_norm: y = weight (x - mean) / sqrt(variance + eps) + bias, moments of each sample over the
// C / groups channels of a group and all positions.  With x^ the normalised x and g = dY · weight:
// dX = (g - mean g - x^ · mean(g x^)) / deviation, dWeight = Σ dY x^, dBias = Σ dY.
Variable group_norm(
    const Variable& x, int64_t groups, const Variable& weight, const Variable& bias, double eps) {
  check("group_norm", x, weight, bias, 2);
  const int64_t channels = x.shape()[1];
  if (groups < 1 || channels < 1 || channels % groups != 0)
    fail<ValueError>("group_norm: ", x.shape(), " in ", groups, groups == 1 ? " group" : " groups",
        ": needs at least 1, which divide the channels");
  if (x.numel() == groups)
    fail<ValueError>("group_norm: ", x.shape(), " in ", groups, groups == 1 ? " group" : " groups",
        ": a single value has no moments");
  const bool lines = x.rank() == 2 && channels / groups >= kLeastLine;
  return lines ? grouped_lines("group_norm", x, groups, weight, bias, eps)
               : grouped("group_norm", x, groups, weight, bias, eps);
}

Variable group_norm(const Variable& x, int64_t groups, double eps) {
  check_defined("group_norm", x);
  return group_norm(x, groups, constant(x, 1), constant(x, 0), eps);
}

// instance_norm: group_norm of groups of one channel.
Variable instance_norm(
    const Variable& x, const Variable& weight, const Variable& bias, double eps) {
  check("instance_norm", x, weight, bias, 3);
  const int64_t channels = x.shape()[1];
  if (channels < 1 || (x.numel() > 0 && x.numel() == x.shape()[0] * channels))
    fail<ValueError>(
        "instance_norm: ", x.shape(), ": needs channels of at least 2 values in each sample");
  return grouped("instance_norm", x, channels, weight, bias, eps);
}

Variable instance_norm(const Variable& x, double eps) {
  check_defined("instance_norm", x);
  return instance_norm(x, constant(x, 1), constant(x, 0), eps);
}

}  // namespace lively
