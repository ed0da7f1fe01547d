#include <cmath>
#include <cstdlib>

#include "apps/lab/study/fixed_point_report.h"
#include "lively/nn/liveness/wording.h"

namespace lively::lab {
namespace {

// Shorter lines: what six digits leave out is far below what one seed differs from the next.
double rounded(double v) { return std::strtod(detail::print("%.6g", v).c_str(), nullptr); }

template <class Of>
Estimate over_seeds(const std::vector<MeasuredSignal>& seeds, const Of& of) {
  std::vector<double> values;
  for (const MeasuredSignal& m : seeds) values.push_back(of(m));
  return estimate(values);
}

Estimate exponential(const Estimate& e) {
  return {std::exp(e.mean), std::exp(e.low), std::exp(e.high), e.n};
}

template <class Ratio>
std::optional<int> settled(int depth, const Ratio& ratio) {
  std::optional<int> from;
  for (int layer = depth; layer >= 0; --layer) {
    if (!(std::abs(ratio(layer) - 1) <= 0.1)) break;
    from = layer;
  }
  return from;
}

}  // namespace

Json line_of(const MeasuredSignal& m) {
  Json mean = Json::array(), shared = Json::array(), own = Json::array();
  for (const Signal& s : m.layers) {
    mean.push_back(rounded(s.mean));
    shared.push_back(rounded(s.shared));
    own.push_back(rounded(s.own));
  }
  return object(
      {{"in_range", rounded(m.in_range)}, {"mean", mean}, {"shared", shared}, {"own", own}});
}

MeasuredSignal signal_of_line(const Json& line) {
  MeasuredSignal m;
  m.in_range = line.at("in_range");
  const Json &mean = line.at("mean"), &shared = line.at("shared"), &own = line.at("own");
  for (std::size_t i = 0; i < own.size(); ++i)
    m.layers.push_back({mean.at(i), shared.at(i), own.at(i)});
  return m;
}

Estimate FixedPointResult::variance(int layer) const {
  const auto l = static_cast<std::size_t>(layer);
  return exponential(
      over_seeds(seeds, [&](const MeasuredSignal& m) { return std::log(m.layers[l].own); }));
}

Estimate FixedPointResult::variance_over(const FixedPointResult& other, int layer) const {
  const auto l = static_cast<std::size_t>(layer);
  std::vector<double> a, b;
  for (const MeasuredSignal& m : seeds) a.push_back(std::log(m.layers[l].own));
  for (const MeasuredSignal& m : other.seeds) b.push_back(std::log(m.layers[l].own));
  return exponential(paired_difference(a, b));
}

Estimate FixedPointResult::square(int layer) const {
  const auto l = static_cast<std::size_t>(layer);
  return exponential(
      over_seeds(seeds, [&](const MeasuredSignal& m) { return std::log(m.layers[l].square()); }));
}

Estimate FixedPointResult::mean(int layer) const {
  const auto l = static_cast<std::size_t>(layer);
  return over_seeds(seeds, [&](const MeasuredSignal& m) { return m.layers[l].mean; });
}

Estimate FixedPointResult::alike(int layer) const {
  const auto l = static_cast<std::size_t>(layer);
  return over_seeds(seeds, [&](const MeasuredSignal& m) { return m.layers[l].alike(); });
}

double FixedPointResult::in_range() const {
  return over_seeds(seeds, [](const MeasuredSignal& m) { return m.in_range; }).mean;
}

std::string FixedPointResult::verdict() const {
  const auto word = [](double v) { return v < 0.5 ? "fades" : v > 2 ? "grows" : "holds"; };
  const std::string variance_word = word(variance(depth()).mean);
  if (!(alike(depth()).mean > 0.5)) return variance_word;
  if (word(square(depth()).mean) == std::string("holds")) return "alike";
  return variance_word + ", alike";
}

std::optional<int> FixedPointResult::back(const FixedPointResult& calm) const {
  return settled(depth(), [&](int layer) { return variance_over(calm, layer).mean; });
}

std::optional<int> FixedPointResult::predicted_back(const FixedPointResult& calm) const {
  return settled(depth(), [&](int layer) {
    const auto l = static_cast<std::size_t>(layer);
    return predicted[l].own / calm.predicted[l].own;
  });
}

}  // namespace lively::lab
