#include "lively/nn/liveness/surgery.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/wires.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

using detail::Wires;
using Units = std::vector<int64_t>;

constexpr uint64_t kLayers = 1 << 20;  // more than a network has: draws of one turn

// A layer with units to be drawn.
struct Site {
  std::size_t call;  // of its rectifier, in the census
  Wires wires;
  Units units;
  bool keeps;  // what goes out can be 0
};

void check(const Census& census, const std::vector<Units>& units, const Redraw& how) {
  if (units.size() != census.layers.size())
    fail<ValueError>(
        "redraw_units: units of ", units.size(), " layers; the census has ", census.layers.size());
  for (std::size_t i = 0; i < units.size(); ++i)
    for (const int64_t u : units[i])
      if (u < 0 || u >= census.layers[i].units())
        fail<ValueError>("redraw_units: layer ", census.layers[i].name, ": unit ", u,
            ": there are ", census.layers[i].units());
  if (how.fires && !(*how.fires > 0 && *how.fires < 1))
    fail<ValueError>("redraw_units: share ", number(*how.fires), ": must be between 0 and 1");
}

void set_place(Variable& parameter, int64_t unit, double value) {
  if (parameter.defined()) parameter.mutable_data().select(0, unit).fill(value);
}

// Draws what comes in, and lets nothing go out but to units that are drawn too.
void draw(
    const Site& site, const Site* above, const Initializer& law, LayerPlace place, Stream stream) {
  WeightedLayer& layer = *site.wires.layer;
  Tensor fresh = Tensor::empty(layer.weight.shape(), layer.weight.dtype());
  (void)law.fill(fresh, nullptr, place, stream);
  for (const int64_t u : site.units) {
    layer.weight.mutable_data().select(0, u).copy_from(fresh.select(0, u));
    set_place(layer.bias, u, 0);
    if (BatchNorm* norm = site.wires.norm)
      set_place(norm->weight, u, 1), set_place(norm->bias, u, 0);
    if (!site.keeps) continue;
    WeightedLayer& next = *site.wires.next;
    const int64_t n = site.wires.columns(layer.weight.size(0));
    for (int64_t to = 0; to < next.weight.size(0); ++to)
      if (!above || std::ranges::find(above->units, to) == above->units.end())
        next.weight.mutable_data().select(0, to).slice(0, u * n, (u + 1) * n).fill(0);
  }
}

// What a layer sums up for some units: the moments over samples and positions.
struct Moments {
  double n = 0, sum = 0, squares = 0;
  double mean() const { return sum / n; }
  double variance() const {  // as a norm tracks it
    return n > 1 ? std::max(0.0, squares - sum * sum / n) / (n - 1) : 0;
  }
};

std::vector<Moments> sums_of(Module& model, const Site& site, const VisitInputs& set) {
  std::vector<Moments> all(site.units.size());
  WeightedLayer& layer = *site.wires.layer;
  struct Hook {
    WeightedLayer& layer;
    uint64_t key;
    ~Hook() { layer.remove_forward_hook(key); }
  } const hook{layer, layer.register_forward_hook([&](Module&, const Variable&, const Variable& y) {
                 for (std::size_t k = 0; k < all.size(); ++k) {
                   const Tensor own =
                       y.data().select(1, site.units[k]).to(Dtype::float64).contiguous();
                   for (const double v : own.values<double>())
                     all[k].n += 1, all[k].sum += v, all[k].squares += v * v;
                 }
               })};
  set([&](const Tensor& inputs) { model(Variable(inputs)); });
  return all;
}

// The largest pre-activation of some units on each sample.
class Tops final : public RectifierListener {
 public:
  explicit Tops(const Site& site) : site_(site), tops(site.units.size()) {}
  UnitCounts* counts(const RectifierSite&) override { return nullptr; }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& at, const PreActivations& z) override {
    if (static_cast<std::size_t>(at.call) != site_.call) return;
    const int64_t samples = z.tensor().size(0);
    for (std::size_t k = 0; k < tops.size(); ++k) {
      const Tensor own = z.tensor().select(1, site_.units[k]).to(Dtype::float64).contiguous();
      const double* p = own.data<double>();
      const int64_t each = samples ? own.numel() / samples : 0;
      for (int64_t i = 0; i < samples; ++i, p += each)
        tops[k].push_back(*std::max_element(p, p + each));
    }
  }

 private:
  const Site& site_;

 public:
  std::vector<std::vector<double>> tops;  // by unit
};

// What is to be added so that this share of them is above 0; 0 where they are all alike.
double shift_for(std::vector<double> tops, double share) {
  std::erase_if(tops, [](double v) { return !std::isfinite(v); });
  std::ranges::sort(tops, std::greater<>());
  const auto n = static_cast<int64_t>(tops.size());
  if (n < 2) return 0;
  const auto wanted = std::clamp<int64_t>(std::llround(share * static_cast<double>(n)), 1, n - 1);
  for (int64_t off = 0; off < n; ++off)
    for (const int64_t k : {wanted - off, wanted + off}) {
      if (k < 1 || k >= n) continue;
      const double low = tops[static_cast<std::size_t>(k)],
                   high = tops[static_cast<std::size_t>(k - 1)];
      if (high > low) return -(low + high) / 2;
    }
  return 0;
}

// Sets a norm to what its new units give, and the bias so that they fire as wanted.
void tune(Module& model, const Site& site, const VisitInputs& set, const Redraw& how) {
  BatchNorm* norm = site.wires.norm;
  if (norm) {
    const std::vector<Moments> sums = sums_of(model, site, set);
    for (std::size_t k = 0; k < sums.size(); ++k) {
      norm->running.mean.select(0, site.units[k]).fill(sums[k].mean());
      norm->running.variance.select(0, site.units[k])
          .fill(sums[k].variance() > 0 ? sums[k].variance() : 1);
    }
  }
  Variable& bias = norm ? norm->bias : site.wires.layer->bias;
  if (!how.fires || !bias.defined()) return;
  Tops seen(site);
  set([&](const Tensor& inputs) {
    const Observe scope(seen);
    model(Variable(inputs));
  });
  for (std::size_t k = 0; k < site.units.size(); ++k)
    set_place(bias, site.units[k], shift_for(std::move(seen.tops[k]), *how.fires));
}

void report(const Site& site, const Rewritten& rewritten) {
  const Wires& w = site.wires;
  for (const int64_t u : site.units) {
    rewritten(w.layer->weight, 0, u, 1);
    if (w.layer->bias.defined()) rewritten(w.layer->bias, 0, u, 1);
    if (w.norm) rewritten(w.norm->weight, 0, u, 1), rewritten(w.norm->bias, 0, u, 1);
    const int64_t n = site.keeps ? w.columns(w.layer->weight.size(0)) : 0;
    if (n > 0) rewritten(w.next->weight, 1, u * n, n);
  }
}

// Of the first batch.
Tensor outputs(Module& model, const VisitInputs& set) {
  Tensor first;
  set([&](const Tensor& inputs) {
    if (!first.defined()) first = model(Variable(inputs)).data().contiguous();
  });
  return first;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(
             a.bytes(), b.bytes(), static_cast<std::size_t>(a.numel()) * item_size(a.dtype())) == 0;
}

}  // namespace

std::vector<Operated> redraw_units(Module& model, const Census& census,
    const std::vector<Units>& units, const VisitInputs& set, const Redraw& how, Seed seed,
    uint64_t turn, const Rewritten& rewritten) {
  check(census, units, how);
  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  const std::vector<Wires> wires = detail::wires_of(model, census);
  std::vector<Operated> done;
  std::vector<Site> sites;
  bool silent = true;
  for (std::size_t i = 0; i < units.size(); ++i) {
    Operated& o = done.emplace_back(Operated{census.layers[i].name, {}, {}});
    if (units[i].empty()) continue;
    o.refused = !wires[i].unknown.empty() ? wires[i].unknown
                : how.keeps_function      ? wires[i].shared
                                          : "";
    if (!o.refused.empty()) continue;
    sites.push_back({i, wires[i], units[i], wires[i].next != nullptr});
    for (const int64_t u : units[i]) silent = silent && census.layers[i].is_silent(u);
  }
  if (sites.empty()) return done;
  const bool compare = silent && how.keeps_function;
  StateDict before;
  Tensor was;
  if (compare) {
    was = outputs(model, set);
    for (const auto& [name, t] : model.state_dict()) before.push_back({name, t.clone()});
  }
  WeightedLayer* first = nullptr;
  for (auto& [path, module] : model.named_modules())
    if (!first) first = module->as_weighted();
  // From above, so that what a layer lets go out to new units above it is not drawn over.
  for (std::size_t k = sites.size(); k-- > 0;) {
    const Site* above = k + 1 < sites.size() && sites[k + 1].wires.layer == sites[k].wires.next
                            ? &sites[k + 1]
                            : nullptr;
    draw(sites[k], above, how.weights,
        sites[k].wires.layer == first ? LayerPlace::first : LayerPlace::inner,
        Stream(seed, "redraw", turn * kLayers + sites[k].call));
  }
  for (const Site& site : sites)
    tune(model, site, set, how);  // from below: inputs are as they go on
  const bool kept = !compare || same_bits(was, outputs(model, set));
  if (!kept) {
    StateDict now = model.state_dict();
    for (std::size_t e = 0; e < now.size(); ++e) now[e].value.copy_from(before[e].value);
  }
  for (const Site& site : sites) {
    Operated& o = done[site.call];
    if (!kept) {
      o.refused = "more than " + site.wires.next_path + " takes what its units give";
      continue;
    }
    o.units = site.units;
    if (rewritten) report(site, rewritten);
  }
  return done;
}

std::vector<Units> dead_units(const Census& census) {
  std::vector<Units> all;
  for (const LayerPulse& layer : census.layers) {
    Units& own = all.emplace_back();
    for (int64_t u = 0; u < layer.units(); ++u)
      if (layer.is_dead(u)) own.push_back(u);
  }
  return all;
}

std::vector<Units> dormant_units(const Census& census, double tau) {
  std::vector<Units> all;
  for (const LayerPulse& layer : census.layers) {
    Units& own = all.emplace_back();
    const std::vector<double> scores = layer.dormancy();
    for (int64_t u = 0; u < layer.units(); ++u)
      if (scores[static_cast<std::size_t>(u)] <= tau) own.push_back(u);
  }
  return all;
}

}  // namespace lively
