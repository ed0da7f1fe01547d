#include "lively/nn/liveness/certificate.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/error.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/ops.h"

namespace lively {
namespace {

constexpr double kHalfUlp64 = 0x1p-52;

// In float64, with a bias of 0 where there is none.
struct Affine {
  Tensor weight, bias;
  int64_t out() const { return weight.size(0); }
  int64_t in() const { return weight.size(1); }
};

std::vector<Affine> affine(const std::vector<ReluLayer>& layers, int64_t inputs) {
  std::vector<Affine> all;
  for (const ReluLayer& l : layers) {
    if (l.weight.rank() != 2 || l.weight.size(1) != inputs)
      fail<ShapeError>("certificate: layer ", all.size(), " with weight ", l.weight.shape(),
          ": needs [out,", inputs, "]");
    if (l.bias.defined() && l.bias.shape() != Shape{l.weight.size(0)})
      fail<ShapeError>("certificate: layer ", all.size(), " with weight ", l.weight.shape(),
          " and bias ", l.bias.shape());
    inputs = l.weight.size(0);
    all.push_back({l.weight.to(Dtype::float64).contiguous(),
        l.bias.defined() ? l.bias.to(Dtype::float64).contiguous()
                         : Tensor::zeros({inputs}, Dtype::float64)});
  }
  return all;
}

struct Box {
  std::vector<double> low, high;
};

Box box_of(const Tensor& low, const Tensor& high) {
  if (low.shape() != high.shape())
    fail<ShapeError>("certificate: box from ", low.shape(), " to ", high.shape());
  const Tensor l = low.to(Dtype::float64).contiguous(), h = high.to(Dtype::float64).contiguous();
  return {{l.values<double>().begin(), l.values<double>().end()},
      {h.values<double>().begin(), h.values<double>().end()}};
}

// The range over the box of sums a · x + b, by row, rounded outward.
Bounds range(
    const Tensor& a, const std::vector<double>& b, const Box& box, bool want_low, bool want_high) {
  const int64_t rows = a.size(0), in = a.size(1);
  Bounds bounds;
  const double* p = a.data<double>();
  for (int64_t r = 0; r < rows; ++r, p += in) {
    double low = b[static_cast<std::size_t>(r)], high = low, size = std::abs(low);
    for (int64_t j = 0; j < in; ++j) {
      const auto i = static_cast<std::size_t>(j);
      const double from = p[j] * box.low[i], to = p[j] * box.high[i];
      low += std::min(from, to);
      high += std::max(from, to);
      size += std::max(std::abs(from), std::abs(to));
    }
    const double slack = kHalfUlp64 * static_cast<double>(in + 4) * size;
    if (want_low) bounds.low.push_back(low - slack);
    if (want_high) bounds.high.push_back(high + slack);
  }
  return bounds;
}

Tensor absolute(const Tensor& t) {
  Tensor a = t.clone();
  for (double& v : a.mutable_values<double>()) v = std::abs(v);
  return a;
}

std::vector<double> list(const Tensor& t) {
  return {t.data<double>(), t.data<double>() + t.numel()};
}

Box rectified(const Bounds& b) {
  Box box{b.low, b.high};
  for (double& v : box.low) v = std::max(v, 0.0);
  for (double& v : box.high) v = std::max(v, 0.0);
  return box;
}

// One direction of the linear bounds of layer `k`: rows a [out, ·] and rests b, so that z <= a · x
// + b (or >=), carried from the layer down to the inputs.
Bounds backward(const std::vector<Affine>& layers, const std::vector<Bounds>& known, std::size_t k,
    const Box& box, bool upper) {
  Tensor a = layers[k].weight;
  std::vector<double> b = list(layers[k].bias);
  for (std::size_t l = k; l-- > 0;) {
    // Below: h = relu(z). With 0 within (low, high), s (z - low) with s = high / (high - low) lies
    // above it, and z or 0, whichever is nearer, below.
    Tensor through = Tensor::empty(a.shape(), Dtype::float64);
    const Bounds& z = known[l];
    const int64_t rows = a.size(0), n = a.size(1);
    const double* from = a.data<double>();
    double* to = through.mutable_data<double>();
    for (int64_t r = 0; r < rows; ++r, from += n, to += n) {
      double rest = 0, size = 0;
      for (int64_t j = 0; j < n; ++j) {
        const double low = z.low[static_cast<std::size_t>(j)],
                     high = z.high[static_cast<std::size_t>(j)], w = from[j];
        if (high <= 0) {
          to[j] = 0;
        } else if (low >= 0) {
          to[j] = w;
        } else if ((w > 0) == upper) {  // wants the line above
          const double slope = high / (high - low);
          to[j] = w * slope;
          rest -= w * slope * low;
          size += std::abs(w * slope * low);  // bounds its rounding
        } else {
          to[j] = high > -low ? w : 0;
        }
      }
      const double slack = 4 * kHalfUlp64 * static_cast<double>(n) * size;
      b[static_cast<std::size_t>(r)] += rest + (upper ? slack : -slack);
    }
    const Tensor below = gemm(through, layers[l].bias.unsqueeze(1)).contiguous();
    // What this step and the product to come round away is bounded by the sizes of their terms on
    // the box.
    std::vector<double> reach(static_cast<std::size_t>(layers[l].in()));
    for (std::size_t j = 0; j < reach.size(); ++j)
      reach[j] = l == 0 ? std::max(std::abs(box.low[j]), std::abs(box.high[j]))
                        : std::max(std::abs(known[l - 1].low[j]), std::abs(known[l - 1].high[j]));
    const Tensor largest =
        add(gemm(absolute(layers[l].weight), Tensor::of(reach, {layers[l].in(), 1})),
            absolute(layers[l].bias).unsqueeze(1));
    const Tensor terms = gemm(absolute(through), largest).contiguous();
    for (std::size_t r = 0; r < b.size(); ++r) {
      const double slack =
          2 * kHalfUlp64 * static_cast<double>(n + layers[l].in() + 4) * terms.data<double>()[r];
      b[r] += below.data<double>()[r] + (upper ? slack : -slack);
    }
    a = gemm(through, layers[l].weight).contiguous();
  }
  return range(a, b, box, !upper, upper);
}

}  // namespace

std::vector<double> hull_bounds(const ReluLayer& first, const VisitInputs& points) {
  const Affine layer = affine({first}, first.weight.size(-1))[0];
  const Tensor single = layer.weight.to(Dtype::float32);
  const std::vector<double> bias = list(layer.bias);
  std::vector<double> highest(bias.size(), -HUGE_VAL);
  std::vector<double> largest(static_cast<std::size_t>(layer.in()));
  points([&](const Tensor& batch) {
    const Tensor x = batch.flatten(1).contiguous();
    const Tensor z = gemm(single, x.t());
    const float *p = z.data<float>(), *v = x.data<float>();
    for (std::size_t u = 0; u < bias.size(); ++u)
      for (int64_t i = 0; i < x.size(0); ++i)
        highest[u] = std::max(highest[u], static_cast<double>(*p++));
    for (int64_t i = 0; i < x.size(0); ++i)
      for (double& most : largest) most = std::max(most, std::abs(static_cast<double>(*v++)));
  });
  // The products were taken in float32, for speed: charged with the most that their rounding can
  // be.
  const double* w = layer.weight.data<double>();
  for (std::size_t u = 0; u < bias.size(); ++u) {
    double size = std::abs(bias[u]);
    for (const double most : largest) size += std::abs(*w++) * most;
    highest[u] += bias[u] + 0x1p-24 * static_cast<double>(layer.in() + 4) * size;
  }
  return highest;
}

std::vector<Bounds> interval_bounds(
    const std::vector<ReluLayer>& layers, const Tensor& low, const Tensor& high) {
  Box box = box_of(low, high);
  std::vector<Bounds> all;
  for (const Affine& l : affine(layers, low.numel())) {
    all.push_back(range(l.weight, list(l.bias), box, true, true));
    box = rectified(all.back());
  }
  return all;
}

std::vector<Bounds> linear_bounds(
    const std::vector<ReluLayer>& layers, const Tensor& low, const Tensor& high) {
  const std::vector<Affine> all = affine(layers, low.numel());
  const Box box = box_of(low, high);
  std::vector<Bounds> known;
  for (std::size_t k = 0; k < all.size(); ++k) {
    // Both kinds hold, so the better of the two does.
    Bounds bounds =
        range(all[k].weight, list(all[k].bias), k ? rectified(known[k - 1]) : box, true, true);
    if (k > 0) {
      const Bounds above = backward(all, known, k, box, true),
                   below = backward(all, known, k, box, false);
      for (std::size_t u = 0; u < bounds.low.size(); ++u) {
        bounds.high[u] = std::min(bounds.high[u], above.high[u]);
        bounds.low[u] = std::max(bounds.low[u], below.low[u]);
      }
    }
    known.push_back(std::move(bounds));
  }
  return known;
}

}  // namespace lively
