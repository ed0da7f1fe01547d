#include "apps/lab/study/deep_signal.h"

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/tensor/error.h"
#include "lively/tensor/moments.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

int64_t width_of(const DeepNet& net, int layer) {
  return net.narrow && layer % 2 == 1 ? net.width / 4 : net.width;
}

Signal signal_of(const Tensor& x) {
  const Moments units = channel_moments(x);
  const auto mean = units.mean.values<double>(), variance = units.variance.values<double>();
  const auto n = static_cast<double>(mean.size());
  Signal s{0, 0, 0};
  for (std::size_t i = 0; i < mean.size(); ++i) s.mean += mean[i] / n, s.own += variance[i] / n;
  for (const double m : mean) s.shared += (m - s.mean) * (m - s.mean) / n;
  return s;
}

// Each row gets the sum 0 and the sum of squares 1.
void standardise(Tensor& weight) {
  const auto in = static_cast<std::size_t>(weight.size(1));
  auto all = weight.mutable_values<double>();
  for (std::size_t from = 0; from < all.size(); from += in) {
    const auto row = all.subspan(from, in);
    double sum = 0, squares = 0;
    for (const double w : row) sum += w;
    for (double& w : row) w -= sum / static_cast<double>(in), squares += w * w;
    for (double& w : row) w /= std::sqrt(squares);
  }
}

int64_t units_in_range(const Tensor& weight) {
  const auto in = static_cast<std::size_t>(weight.size(1));
  const auto all = weight.values<double>();
  int64_t units = 0;
  for (std::size_t from = 0; from < all.size(); from += in) {
    double omega = 0, tau = 0;
    for (const double w : all.subspan(from, in)) omega += w, tau += w * w;
    units += std::abs(omega) <= 0.1 && tau >= 0.95 && tau <= 1.1;
  }
  return units;
}

Variable activated(const DeepNet& net, const Variable& z) {
  if (net.activation == "selu") return selu(z);
  return net.activation == "elu" ? elu(z) : relu(z);
}

}  // namespace

ScaledElu activation_of(std::string_view name) {
  if (name == "selu") return selu_constants();
  if (name == "relu") return {1, 0};
  if (name == "elu") return {1, 1};
  fail<ValueError>(name, ": no activation of this study; these are selu, relu and elu");
}

Initializer weights_of(const DeepNet& net, int64_t fan_in) {
  const double root = 1 / std::sqrt(static_cast<double>(fan_in));
  std::string text;
  for (const char c : net.weights) text += c == '*' ? number(root) : std::string(1, c);
  return Initializer::parse(text);
}

std::vector<Signal> predicted_signal(const DeepNet& net, int depth) {
  std::vector<Signal> layers{{net.input.mean, 0, net.input.variance}};
  LayerLaw law{.f = activation_of(net.activation),
      .centred = net.standardised,
      .drop = net.drop,
      .rate = net.rate};
  for (int i = 1; i <= depth; ++i) {
    const int64_t in = width_of(net, i - 1), out = width_of(net, i);
    law.tau = net.standardised
                  ? 1
                  : static_cast<double>(in) * weights_of(net, in).target_variance(Shape{out, in});
    law.bias_variance = Initializer::parse(net.biases).target_variance(Shape{out});
    layers.push_back(next_signal(law, layers.back()));
  }
  return layers;
}

std::optional<MeasuredSignal> measured_signal(
    const DeepNet& net, int depth, int64_t inputs, Seed seed, const std::atomic<bool>& stop) {
  activation_of(net.activation);  // or throws
  const NoGrad no_grad;
  const Initializer biases = Initializer::parse(net.biases);
  Stream draws(seed, "inputs");
  Tensor x = Tensor::empty({inputs, net.width}, Dtype::float64);
  fill_normal(x, draws, net.input.mean, std::sqrt(net.input.variance));
  MeasuredSignal m{{signal_of(x)}, 0};
  Variable y(x);
  int64_t units = 0, in_range = 0;
  for (int i = 1; i <= depth; ++i) {
    if (stop) return {};
    const int64_t in = width_of(net, i - 1), out = width_of(net, i);
    Linear layer(in, out, Bias::learnt, Dtype::float64);
    initialize_layer(
        layer, weights_of(net, in), biases, LayerPlace::inner, seed, static_cast<uint64_t>(i));
    if (net.standardised) standardise(layer.weight.mutable_data());
    units += out, in_range += units_in_range(layer.weight.data());
    y = activated(net, layer.forward(y));
    Stream dropped(seed, "dropped", static_cast<uint64_t>(i));
    if (net.drop == Drop::zero) y = dropout(y, net.rate, dropped);
    if (net.drop == Drop::alpha) y = alpha_dropout(y, net.rate, dropped);
    m.layers.push_back(signal_of(y.data()));
  }
  m.in_range = static_cast<double>(in_range) / static_cast<double>(units);
  return m;
}

}  // namespace lively::lab
