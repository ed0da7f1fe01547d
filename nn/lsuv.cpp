#include "lively/nn/lsuv.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lively/nn/initializer.h"
#include "lively/nn/keep_mode.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

struct Reached {
  std::string name;
  WeightedLayer* layer;
};

std::vector<Reached> weighted_layers(Module& model) {
  std::vector<Reached> layers;
  for (const auto& [name, module] : model.named_modules())
    if (auto* layer = module->as_weighted()) layers.push_back({name, layer});
  return layers;
}

// One forward pass of the batch, with `see` called on what each of these layers puts out.
template <class See>
void run(Module& model, const Tensor& batch, const std::vector<Reached>& layers, const See& see) {
  struct Hooks {
    const std::vector<Reached>& layers;
    ~Hooks() {
      for (const Reached& r : layers) r.layer->clear_forward_hooks();
    }
  } const hooks{layers};
  for (const Reached& r : layers)
    r.layer->register_forward_hook(
        [&see, &r](Module&, const Variable&, const Variable& y) { see(r, y.data()); });
  model(Variable(batch));
}

std::vector<Reached> in_forward_order(Module& model, const Tensor& batch) {
  std::vector<Reached> order;
  run(model, batch, weighted_layers(model), [&](const Reached& r, const Tensor&) {
    if (std::ranges::find(order, r.layer, &Reached::layer) == order.end()) order.push_back(r);
  });
  return order;
}

double output_variance(Module& model, const Tensor& batch, const Reached& of) {
  double variance = 0;
  bool first = true;
  run(model, batch, {of}, [&](const Reached&, const Tensor& y) {
    if (std::exchange(first, false)) variance = var(y.to(Dtype::float64), {}, false).item();
  });
  return variance;
}

void scale(WeightedLayer& layer, double factor) {
  Tensor& weight = layer.weight.mutable_data();
  visit_float("lsuv", weight.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (T& w : weight.mutable_values<T>()) w = static_cast<T>(w * factor);
  });
}

}  // namespace

std::vector<LsuvLayer> lsuv(
    Module& model, const Tensor& batch, const LsuvOptions& options, Seed seed) {
  check_defined("lsuv", batch);
  if (!(options.variance > 0) || !std::isfinite(options.variance))
    fail<ValueError>("lsuv: variance ", number(options.variance), ": needs a number above 0");
  if (!(options.tolerance > 0))
    fail<ValueError>("lsuv: tolerance ", number(options.tolerance), ": needs more than 0");
  if (options.max_iterations < 1)
    fail<ValueError>("lsuv: max_iterations ", options.max_iterations, ": needs at least 1");
  if (batch.numel() == 0)
    fail<ValueError>("lsuv: batch ", batch.shape(), ": needs at least one sample");
  for (const Reached& r : weighted_layers(model))
    if (r.layer->has_forward_hooks())
      fail<StateError>("lsuv: ", r.name, ": has forward hooks, which must be cleared first");

  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  const std::vector<Reached> order = in_forward_order(model, batch);
  initialize(model, Initializer::parse("orthogonal"), seed);

  std::vector<LsuvLayer> report;
  for (const Reached& r : order) {
    LsuvLayer row{r.name, output_variance(model, batch, r), 0, 0};
    row.after = row.before;
    while (row.iterations < options.max_iterations &&
           !(std::abs(row.after - options.variance) <= options.tolerance)) {
      if (!(row.after > 0) || !std::isfinite(row.after)) break;
      scale(*r.layer, std::sqrt(options.variance / row.after));
      row.after = output_variance(model, batch, r);
      ++row.iterations;
    }
    report.push_back(row);
  }
  return report;
}

}  // namespace lively
