#include "tests/nn/recount_float64.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/random.h"

namespace lively::testing {
namespace {

Tensor find(const Module& model, const std::string& name) {
  for (const auto& [key, tensor] : model.state_dict())
    if (key == name) return tensor.to(Dtype::float64).contiguous();
  return {};
}

double slope(const std::string& activation, double z) {
  if (activation == "relu") return z > 0;
  if (activation == "leaky_relu") return z > 0 ? 1 : 0.01;
  if (activation == "elu") return z > 0 ? 1 : std::exp(z);
  if (activation == "selu")
    return 1.0507009873554805 * (z > 0 ? 1 : 1.6732632423543772 * std::exp(z));
  if (activation == "sigmoid") return 1 / (1 + std::exp(-z)) / (1 + std::exp(z));
  return 1 / std::cosh(z) / std::cosh(z);  // tanh
}

double value(const std::string& activation, double z) {
  if (activation == "relu") return z > 0 ? z : 0;
  if (activation == "leaky_relu") return z > 0 ? z : 0.01 * z;
  if (activation == "elu") return z > 0 ? z : std::expm1(z);
  if (activation == "selu")
    return 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * std::expm1(z));
  if (activation == "sigmoid") return 1 / (1 + std::exp(-z));
  return std::tanh(z);
}

bool near(double a, double threshold, double relative) {
  return std::abs(a / threshold - 1) < relative;
}

}  // namespace

Grid grid_of(const Tensor& t) {
  const Tensor all = t.to(Dtype::float64).contiguous();
  Grid g{all.shape()[0], all.shape()[1], all.numel() / (all.shape()[0] * all.shape()[1]), {}};
  g.v.assign(all.data<double>(), all.data<double>() + all.numel());
  return g;
}

Sums64 linear64(const Module& model, const std::string& prefix, const Grid& h) {
  const Tensor w = find(model, prefix + "weight"), b = find(model, prefix + "bias");
  Grid z{h.samples, w.shape()[0], 1,
      std::vector<double>(static_cast<std::size_t>(h.samples * w.shape()[0]))},
      m = z;
  for (int64_t n = 0; n < h.samples; ++n) {
    for (int64_t u = 0; u < z.units; ++u) {
      z.at(n, u) = b.at({u});
      m.at(n, u) = std::abs(b.at({u}));
      for (int64_t k = 0; k < h.units; ++k) {
        z.at(n, u) += w.at({u, k}) * h.at(n, k);
        m.at(n, u) += std::abs(w.at({u, k}) * h.at(n, k));
      }
    }
  }
  return {z, m, h.units};
}

Sums64 conv64(const Module& model, const std::string& prefix, const Grid& h, int64_t side,
    int64_t stride, int64_t padding) {
  const Tensor w = find(model, prefix + "weight"), b = find(model, prefix + "bias");
  const int64_t k = w.shape()[2], out = (side + 2 * padding - k) / stride + 1;
  Grid z{h.samples, w.shape()[0], out * out,
      std::vector<double>(static_cast<std::size_t>(h.samples * w.shape()[0] * out * out))},
      m = z;
  for (int64_t n = 0; n < h.samples; ++n)
    for (int64_t u = 0; u < z.units; ++u)
      for (int64_t p = 0; p < out * out; ++p) {
        double sum = b.defined() ? b.at({u}) : 0, size = std::abs(sum);
        for (int64_t c = 0; c < h.units; ++c)
          for (int64_t i = 0; i < k; ++i)
            for (int64_t j = 0; j < k; ++j) {
              const int64_t y = p / out * stride - padding + i, x = p % out * stride - padding + j;
              if (y < 0 || x < 0 || y >= side || x >= side) continue;
              const double product = w.at({u, c, i, j}) * h.at(n, c, y * side + x);
              sum += product;
              size += std::abs(product);
            }
        z.at(n, u, p) = sum;
        m.at(n, u, p) = size;
      }
  return {z, m, h.units * k * k};
}

Sums64 norm64(const Module& model, const std::string& prefix, const Sums64& x) {
  const Tensor w = find(model, prefix + "weight"), b = find(model, prefix + "bias"),
               mean = find(model, prefix + "running_mean"),
               variance = find(model, prefix + "running_var");
  Sums64 y = x;
  y.terms += 3;
  for (int64_t n = 0; n < x.z.samples; ++n)
    for (int64_t u = 0; u < x.z.units; ++u)
      for (int64_t p = 0; p < x.z.positions; ++p) {
        const double scale = w.at({u}) / std::sqrt(variance.at({u}) + 1e-5);
        y.z.at(n, u, p) = (x.z.at(n, u, p) - mean.at({u})) * scale + b.at({u});
        y.magnitude.at(n, u, p) =
            (x.magnitude.at(n, u, p) + std::abs(mean.at({u}))) * std::abs(scale) +
            std::abs(b.at({u}));
      }
  return y;
}

Sums64 plus64(const Sums64& x, const Grid& carried) {
  Sums64 y = x;
  ++y.terms;
  for (std::size_t i = 0; i < y.z.v.size(); ++i) {
    y.z.v[i] += carried.v[i];
    y.magnitude.v[i] += std::abs(carried.v[i]);
  }
  return y;
}

Grid activate64(const std::string& activation, const Sums64& x) {
  Grid a = x.z;
  for (double& v : a.v) v = value(activation, v);
  return a;
}

Plain recount_mlp(const Module& model, const Tensor& x, const std::string& activation, Form form) {
  Plain plain;
  Grid h = grid_of(x);
  const int depth = 3;
  for (int layer = 0; layer < depth; ++layer) {
    const bool residual = layer > 0 && (form == Form::residual_pre || form == Form::residual_post);
    const int at = form == Form::norm || form == Form::norm_after ? 1 + 3 * layer
                   : form == Form::plain                          ? 1 + 2 * layer
                   : layer == 0                                   ? 1
                                                                  : 2 + layer;
    const std::string name = std::to_string(at);
    Sums64 p = linear64(model, name + (residual ? ".inner." : "."), h);
    if (form == Form::norm) p = norm64(model, std::to_string(at + 1) + ".", p);
    if (residual && form == Form::residual_post) p = plus64(p, h);
    Grid a = activate64(activation, p);
    if (residual && form == Form::residual_pre)
      for (std::size_t i = 0; i < a.v.size(); ++i) a.v[i] += h.v[i];
    if (form == Form::norm_after) a = norm64(model, std::to_string(at + 2) + ".", {a, a, 0}).z;
    h = std::move(a);
    plain.layers.push_back({activation, std::move(p)});
  }
  return plain;
}

State state_of(const Plain& plain, std::size_t layer, std::size_t unit) {
  const auto& [activation, x] = plain.layers[layer];
  const Grid& z = x.z;
  const auto u = static_cast<int64_t>(unit);
  const bool flat = activation == "sigmoid" || activation == "tanh", relu = activation == "relu";
  State s;
  s.max_z = -INFINITY;
  int64_t fired = 0;
  double steepest = 0, bound = 0;
  for (int64_t n = 0; n < z.samples; ++n) {
    bool fires = false;
    for (int64_t p = 0; p < z.positions; ++p) {
      const double v = z.at(n, u, p), size = x.magnitude.at(n, u, p);
      const double ku = static_cast<double>(x.terms) * std::ldexp(1.0, -24);
      fires |= v > 0;
      // A zero of an exact sum is exact: all inputs were 0.
      s.doubtful |= std::abs(v) < 1e-6 * size && size > 0;
      steepest = std::max(steepest, slope(activation, v));
      if (v > s.max_z) s.max_z = v, bound = ku / (1 - ku) * size;
    }
    fired += fires;
    if (fires) s.last_fired = n;
  }
  s.rate = static_cast<double>(fired) / static_cast<double>(z.samples);
  s.silent = fired == 0;
  s.dead = s.silent && relu;
  s.pinned = s.silent && !relu && !flat;
  s.numerically_pinned = s.pinned && static_cast<float>(steepest) == 0;
  s.linear = !flat && fired == z.samples;
  const double line = activation == "sigmoid" ? 0.25e-4 : 1e-4;
  s.saturated = flat && steepest < line;
  s.borderline = s.silent && -s.max_z < bound;

  const Grid a = activate64(activation, x);
  double own = 0, all = 0;
  for (int64_t n = 0; n < a.samples; ++n)
    for (int64_t k = 0; k < a.units; ++k)
      for (int64_t p = 0; p < a.positions; ++p) {
        all += std::abs(a.at(n, k, p));
        own += k == u ? std::abs(a.at(n, k, p)) : 0;
      }
  const double score = all > 0 ? own * static_cast<double>(a.units) / all : 0;
  s.dormant = score <= 0.025;
  s.doubtful |= near(score, 0.025, 1e-3) || (flat && near(steepest, line, 1e-2)) ||
                (s.silent && bound > 0 && near(-s.max_z, bound, 1e-2)) ||
                (s.pinned && activation != "leaky_relu" && s.max_z < -86 && s.max_z > -106);
  return s;
}

void Tally::add(const Plain& plain) {
  for (std::size_t i = 0; i < plain.layers.size(); ++i)
    for (int64_t u = 0; u < plain.layers[i].x.z.units; ++u) {
      const State s = state_of(plain, i, static_cast<std::size_t>(u));
      dead += s.dead, pinned += s.pinned, numerically_pinned += s.numerically_pinned,
          linear += s.linear;
      dormant += s.dormant, saturated += s.saturated, borderline += s.borderline;
    }
}

void spread_units(Module& model, uint64_t seed) {
  const auto parameters = model.named_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Variable p = parameters[i].value;
    if (p.rank() != 1 || p.numel() != 16 || !parameters[i].name.ends_with("bias")) continue;
    Tensor weight = parameters[i - 1].value.data();
    float* b = p.mutable_data().mutable_data<float>();
    weight.select(0, 0).fill(0);
    b[0] = -1;
    b[1] = 20;
    b[2] = -400;
    for (float *w = weight.select(0, 3).mutable_data<float>(), *end = w + weight.numel() / 16;
         w != end; ++w)
      *w *= 1e-3f;
    b[3] = 1e-3f * static_cast<float>(1 + seed % 3);
  }
}

}  // namespace lively::testing
