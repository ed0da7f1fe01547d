#include "lively/nn/initializer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "lively/nn/draws.h"
#include "lively/tensor/spec.h"

namespace lively {

// One row of the table below. A law with a fan has variance scale / fan, over 1 + slope² where it
// takes the slope of a leaky unit; the others take their numbers as they stand.
struct Initializer::Law {
  enum class Form : uint8_t { constant, uniform, normal, truncated, orthogonal, rai };
  enum class Fan : uint8_t { none, in, out, mean };

  std::string_view name;
  std::string_view alias;  // PyTorch's name; empty: none, or the same
  Form form;
  Fan fan = Fan::none;
  double scale = 0;
  std::array<std::string_view, 2> takes{};  // its numbers; those not named are the defaults
  double first = 0, second = 0;             // the numbers, unless given
  Numbers numbers = Numbers::optional;

  std::size_t count() const { return takes[0].empty() ? 0 : takes[1].empty() ? 1 : 2; }
  static const std::vector<Law>& table();
};

const std::vector<Initializer::Law>& Initializer::Law::table() {
  using enum Form;
  static const std::vector<Law> laws{
      {.name = "zeros", .alias = {}, .form = constant},
      {.name = "ones", .alias = {}, .form = constant, .first = 1},
      {.name = "constant",
          .alias = {},
          .form = constant,
          .takes = {"value"},
          .numbers = Numbers::required},
      {.name = "random_uniform",
          .alias = "uniform",
          .form = uniform,
          .takes = {"low", "high"},
          .first = -1,
          .second = 1},
      {.name = "random_normal",
          .alias = "normal",
          .form = normal,
          .takes = {"mean", "deviation"},
          .second = 0.05},
      {.name = "truncated_normal",
          .alias = "trunc_normal",
          .form = truncated,
          .takes = {"mean", "deviation"},
          .second = 0.05},
      {.name = "glorot_uniform",
          .alias = "xavier_uniform",
          .form = uniform,
          .fan = Fan::mean,
          .scale = 1},
      {.name = "glorot_normal",
          .alias = "xavier_normal",
          .form = truncated,
          .fan = Fan::mean,
          .scale = 1},
      {.name = "he_uniform",
          .alias = "kaiming_uniform",
          .form = uniform,
          .fan = Fan::in,
          .scale = 2,
          .takes = {"slope"}},
      {.name = "he_normal",
          .alias = "kaiming_normal",
          .form = truncated,
          .fan = Fan::in,
          .scale = 2,
          .takes = {"slope"}},
      {.name = "he_uniform_fan_out",
          .alias = "kaiming_uniform_fan_out",
          .form = uniform,
          .fan = Fan::out,
          .scale = 2,
          .takes = {"slope"}},
      {.name = "he_normal_fan_out",
          .alias = "kaiming_normal_fan_out",
          .form = truncated,
          .fan = Fan::out,
          .scale = 2,
          .takes = {"slope"}},
      {.name = "lecun_uniform", .alias = {}, .form = uniform, .fan = Fan::in, .scale = 1},
      {.name = "lecun_normal", .alias = {}, .form = truncated, .fan = Fan::in, .scale = 1},
      {.name = "orthogonal", .alias = {}, .form = orthogonal, .takes = {"gain"}, .first = 1},
      {.name = "rai", .alias = {}, .form = rai},
  };
  return laws;
}

namespace {

constexpr double kSteepest = 1e6;  // slope; far beyond it deviations vanish in float32

// Four digits are enough to read.
std::string rounded(double v) {
  std::array<char, 32> buffer;
  const int n = std::snprintf(buffer.data(), buffer.size(), "%.4g", v);
  return {buffer.data(), static_cast<std::size_t>(n)};
}

}  // namespace

Fans fans(const Shape& weight) {
  if (weight.rank() < 2) {
    const double root = std::sqrt(static_cast<double>(weight.numel()));
    return {root, root};
  }
  double positions = 1;  // of a kernel
  for (int i = 2; i < weight.rank(); ++i) positions *= static_cast<double>(weight[i]);
  return {static_cast<double>(weight[1]) * positions, static_cast<double>(weight[0]) * positions};
}

const Initializer::Law* Initializer::find(std::string_view name) {
  for (const Law& law : Law::table())
    if (name == law.name || (name == law.alias && !name.empty())) return &law;
  std::vector<std::string_view> known;
  for (const Law& law : Law::table()) known.push_back(law.name);
  for (const Law& law : Law::table())
    if (!law.alias.empty()) known.push_back(law.alias);
  fail_unknown(name, "initialiser", known);
}

Initializer Initializer::parse(std::string_view text) {
  const Spec spec = parse_spec(text);
  Initializer made;
  made.law_ = find(spec.name);
  const Law& law = *made.law_;
  check_numbers(spec, {law.takes.data(), law.count()}, law.numbers);
  made.first_ = spec.numbers.size() > 0 ? spec.numbers[0] : law.first;
  made.second_ = spec.numbers.size() > 1 ? spec.numbers[1] : law.second;
  if (law.form == Law::Form::uniform && law.fan == Law::Fan::none && made.first_ > made.second_)
    fail<ValueError>(text, ": low ", number(made.first_), " is above high ", number(made.second_));
  if (law.takes[1] == "deviation" && made.second_ < 0)
    fail<ValueError>(text, ": deviation ", number(made.second_), " is below 0");
  if (law.takes[0] == "slope" && std::abs(made.first_) > kSteepest)
    fail<ValueError>(text, ": slope ", number(made.first_), ": needs -", number(kSteepest), " to ",
        number(kSteepest));
  return made;
}

std::vector<std::string> Initializer::names() {
  std::vector<std::string> names;
  for (const Law& law : Law::table()) names.emplace_back(law.name);
  return names;
}

std::string Initializer::to_string() const {
  Spec spec{std::string(law_->name), {}};
  const bool left_out = law_->fan != Law::Fan::none && first_ == law_->first;
  if (law_->count() > 0 && !left_out) spec.numbers.push_back(first_);
  if (law_->count() > 1) spec.numbers.push_back(second_);
  return spec.to_string();
}

double Initializer::target_variance(const Shape& weight, LayerPlace place) const {
  using enum Law::Form;
  const Fans fan = fans(weight);
  switch (law_->form) {
    case constant:
      return 0;
    case uniform:
      if (law_->fan == Law::Fan::none) return (second_ - first_) * (second_ - first_) / 12;
      break;
    case normal:
      return second_ * second_;
    case truncated:
      if (law_->fan == Law::Fan::none)
        return second_ * second_ * detail::kCutDeviation * detail::kCutDeviation;
      break;
    case orthogonal:
      return first_ * first_ / std::max(static_cast<double>(weight[0]), fan.in);
    case rai:
      return place == LayerPlace::first ? 2 / fan.in : detail::rai_variance(fan.in);
  }
  const double n = law_->fan == Law::Fan::in    ? fan.in
                   : law_->fan == Law::Fan::out ? fan.out
                                                : (fan.in + fan.out) / 2;
  return law_->scale / (1 + first_ * first_) / std::max(n, 1.0);
}

std::optional<Initializer::Bounds> Initializer::bounds(const Shape& weight) const {
  if (law_->form != Law::Form::uniform) return {};
  if (law_->fan == Law::Fan::none) return Bounds{first_, second_};
  const double bound = std::sqrt(3 * target_variance(weight));
  return Bounds{-bound, bound};
}

std::string Initializer::resolved(const Shape& weight, LayerPlace place) const {
  using enum Law::Form;
  const auto normal_law = [](double mean, double deviation) {
    return message("N(", rounded(mean), ", ", rounded(deviation), ")");
  };
  const double deviation = std::sqrt(target_variance(weight, place));
  switch (law_->form) {
    case constant:
      return rounded(first_);
    case uniform: {
      const Bounds b = *bounds(weight);
      return message("U(", rounded(b.low), ", ", rounded(b.high), ")");
    }
    case normal:
      return normal_law(first_, second_);
    case truncated:
      return normal_law(first_, deviation / detail::kCutDeviation) + " cut at ±2σ";
    case orthogonal:
      return message("orthogonal, gain ", rounded(first_));
    case rai:
      if (place == LayerPlace::first) return normal_law(0, deviation);
      return normal_law(0, detail::rai_deviation(fans(weight).in)) + ", one Beta(2, 1) a unit";
  }
  return {};
}

bool Initializer::fill(Tensor& weight, Tensor* bias, LayerPlace place, Stream& stream) const {
  using enum Law::Form;
  if ((law_->form == orthogonal || law_->form == rai) && weight.rank() < 2)
    fail<ShapeError>(law_->name, ": ", weight.shape(), ": needs [out, in, ...], so no bias alone");
  const double deviation = std::sqrt(target_variance(weight.shape(), place));
  switch (law_->form) {
    case constant:
      weight.fill(first_);
      break;
    case uniform: {
      const Bounds b = *bounds(weight.shape());
      fill_uniform(weight, stream, b.low, b.high);
      break;
    }
    case normal:
      fill_normal(weight, stream, first_, second_);
      break;
    case truncated:
      detail::fill_truncated(weight, stream, first_, deviation / detail::kCutDeviation);
      break;
    case orthogonal:
      detail::fill_orthogonal(weight, stream, first_);
      break;
    case rai:
      if (place == LayerPlace::first) {
        fill_normal(weight, stream, 0, deviation);
        if (bias) bias->fill(0);
      } else {
        detail::fill_rai(weight, bias, stream);
      }
      return true;
  }
  return false;
}

void initialize_layer(WeightedLayer& layer, const Initializer& weights, const Initializer& biases,
    LayerPlace place, Seed seed, uint64_t index) {
  Stream stream(seed, "init", index);
  Tensor* bias = layer.bias.defined() ? &layer.bias.mutable_data() : nullptr;
  if (!weights.fill(layer.weight.mutable_data(), bias, place, stream) && bias)
    biases.fill(*bias, nullptr, place, stream);
}

namespace {

// Calls visit(name, layer, index) for each weighted layer.
template <class Visit>
void each_layer(Module& model, const Visit& visit) {
  uint64_t index = 0;
  for (const auto& [name, module] : model.named_modules())
    if (auto* layer = module->as_weighted()) visit(name, *layer, index++);
}

LayerPlace place_of(uint64_t index) { return index == 0 ? LayerPlace::first : LayerPlace::inner; }

}  // namespace

void initialize(Module& model, const Initializer& weights, Seed seed, const Initializer& biases) {
  each_layer(model, [&](const std::string&, WeightedLayer& layer, uint64_t index) {
    initialize_layer(layer, weights, biases, place_of(index), seed, index);
  });
}

std::vector<LayerAudit> audit(Module& model, const Initializer& weights) {
  std::vector<LayerAudit> rows;
  each_layer(model, [&](const std::string& name, WeightedLayer& layer, uint64_t index) {
    const Tensor w = layer.weight.data().to(Dtype::float64);
    const auto values = w.values<double>();
    const double n = static_cast<double>(values.size());
    double sum = 0, squares = 0, spread = 0;
    for (const double v : values) {
      sum += v;
      squares += v * v;
    }
    for (const double v : values) spread += (v - sum / n) * (v - sum / n);
    const Shape& shape = layer.weight.shape();
    rows.push_back({name, shape, weights.resolved(shape, place_of(index)),
        weights.target_variance(shape, place_of(index)), spread / n,
        std::sqrt(fans(shape).in * squares / n / 2)});
  });
  return rows;
}

}  // namespace lively
