#include "lively/nn/liveness/glance.h"

#include <algorithm>

#include "lively/tensor/error.h"
#include "lively/tensor/gemm.h"

namespace lively::detail {
namespace {

// Weights [R, in] of these units, or of their directions.
struct Rows {
  Tensor weights;
  std::vector<float> bias;
};

Rows rows_of(const std::vector<Path>& paths, const std::vector<std::size_t>& which, std::size_t in,
    bool directions) {
  Rows rows{Tensor::empty({static_cast<int64_t>(which.size()), static_cast<int64_t>(in)}), {}};
  float* to = rows.weights.mutable_data<float>();
  for (const std::size_t r : which) {
    const std::vector<float>& from = directions ? paths[r].direction : paths[r].unit->values;
    to = std::copy_n(from.begin(), in, to);
    rows.bias.push_back(paths[r].unit->has_bias ? from.back() : 0);
  }
  return rows;
}

double dropped(const UnitRow& unit, const float* x, double p) {
  const std::size_t in = unit.values.size() - unit.has_bias;
  double z = 0;
  for (std::size_t j = 0; j < in; ++j)
    z += std::max(0.0, static_cast<double>(unit.values[j]) * x[j]);
  return z / (1 - p) + (unit.has_bias ? unit.values.back() : 0);
}

}  // namespace

Firing fire(std::span<const float> row, bool has_bias, const std::vector<float>& x) {
  Firing f;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double term = static_cast<double>(row[j]) * x[j];
    f.z += term;
    f.size += std::abs(term);
  }
  if (has_bias) f.z += row.back(), f.size += std::abs(row.back());
  return f;
}

std::vector<Glance> glance(
    const std::vector<Path>& paths, const VisitInputs& visit, std::optional<double> dropout) {
  std::vector<Glance> seen(paths.size());
  const auto inputs_of = [](const Path& p) { return p.unit->values.size() - p.unit->has_bias; };
  const std::size_t in = inputs_of(paths[0]);
  for (const Path& p : paths)
    if (inputs_of(p) != in)
      fail<ShapeError>("prophesy: units with ", in, " and ", inputs_of(p), " weights");
  std::vector<std::size_t> all, directed;
  for (std::size_t r = 0; r < paths.size(); ++r) {
    all.push_back(r);
    if (!paths[r].direction.empty()) directed.push_back(r);
  }
  const Rows own = rows_of(paths, all, in, false), direction = rows_of(paths, directed, in, true);
  int64_t first = 0;
  visit([&](const Tensor& inputs) {
    const Tensor x = inputs.flatten(1).contiguous();
    const int64_t n = x.size(0);
    if (x.size(1) != static_cast<int64_t>(in))
      fail<ShapeError>("prophesy: inputs ", x.shape(), " for units with ", in, " weights");
    const auto row = [&](int64_t i) {
      const float* from = x.data<float>() + i * static_cast<int64_t>(in);
      return std::vector<float>(from, from + in);
    };
    const Tensor z = gemm(own.weights, x.t());
    const auto at = [&](std::size_t r, int64_t i) {
      return dropout
                 ? dropped(*paths[r].unit, x.data<float>() + i * static_cast<int64_t>(in), *dropout)
                 : static_cast<double>(z.data<float>()[static_cast<int64_t>(r) * n + i]) +
                       own.bias[r];
    };
    for (std::size_t r = 0; r < paths.size(); ++r) {
      Glance& g = seen[r];
      int64_t high = -1;
      for (int64_t i = 0; i < n && !std::isnan(g.highest.z); ++i)
        if (const double zi = at(r, i); !(zi <= g.highest.z)) g.highest.z = zi, high = i;
      if (high >= 0) g.highest.sample = first + high, g.highest.input = row(high);
    }
    const Tensor q = directed.empty() ? Tensor() : gemm(direction.weights, x.t());
    for (std::size_t k = 0; k < directed.size(); ++k) {
      const std::size_t r = directed[k];
      Glance& g = seen[r];
      int64_t soon = -1;
      for (int64_t i = 0; i < n; ++i) {
        const double slope = static_cast<double>(q.data<float>()[static_cast<int64_t>(k) * n + i]) +
                             direction.bias[k];
        if (!(slope > 0)) continue;
        if (const double z0 = at(r, i); - z0 < g.soonest.ratio * slope)
          g.soonest.ratio = -z0 / slope, soon = i;
      }
      if (soon >= 0) g.soonest.sample = first + soon, g.soonest.input = row(soon);
    }
    first += n;
  });
  // Once more in float64, on the inputs that decide.
  for (std::size_t r = 0; r < paths.size(); ++r) {
    const UnitRow& unit = *paths[r].unit;
    Glance& g = seen[r];
    if (g.highest.sample < 0) continue;
    const Firing top = fire(unit.values, unit.has_bias, g.highest.input);
    g.highest.size = top.size / (1 - dropout.value_or(0));
    if (!dropout) g.highest.z = top.z;
    if (g.soonest.sample < 0) continue;
    const Firing z = fire(unit.values, unit.has_bias, g.soonest.input);
    g.soonest.slope = fire(paths[r].direction, unit.has_bias, g.soonest.input).z;
    g.soonest.ratio = g.soonest.slope > 0 ? -z.z / g.soonest.slope : HUGE_VAL;
    g.soonest.size = z.size;
  }
  return seen;
}

}  // namespace lively::detail
