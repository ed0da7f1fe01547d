#include "apps/lab/inquiry/portraits.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/lab/run/examine.h"
#include "apps/lab/words/text.h"
#include "lively/data/loader.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/pulse.h"

namespace lively::lab {
namespace {

constexpr std::size_t kMostUnits = 10;
constexpr std::size_t kFew = 4;       // with fewer, living ones are shown too
constexpr std::size_t kPictures = 4;  // of each
constexpr int64_t kLooked = 10000;    // pictures

struct Chosen {
  std::size_t layer;
  int64_t unit;
  std::string why;
};

// One of each kind in turn, of one layer after the other.
std::vector<Chosen> choose(const LifeHistory& life, const Census& census) {
  enum Kind { died, born, revived, kinds };
  constexpr std::array<const char*, kinds> kWhy{"Alive at birth, dead at the end.",
      "Born dead, and dead at the end.", "Born dead, and came to life."};
  std::vector<std::array<std::vector<int64_t>, kinds>> of(life.layers().size());
  for (std::size_t l = 0; l < of.size(); ++l)
    for (int64_t u = 0; u < life.layers()[l].units; ++u)
      if (const UnitLife& of_unit = life.unit(l, u); of_unit.dead || of_unit.born_dead)
        of[l][!of_unit.dead ? revived : of_unit.born_dead ? born : died].push_back(u);
  std::vector<Chosen> chosen;
  bool more = true;
  for (std::size_t round = 0; more && chosen.size() < kMostUnits; ++round) {
    more = false;
    for (std::size_t kind = 0; kind < kinds; ++kind)
      for (std::size_t l = 0; l < of.size() && chosen.size() < kMostUnits; ++l)
        if (round < of[l][kind].size()) {
          chosen.push_back({l, of[l][kind][round], kWhy[kind]});
          more = true;
        }
  }
  if (chosen.size() >= kFew) return chosen;
  std::vector<std::pair<double, Chosen>> rarest;  // of the living, one a layer
  for (std::size_t l = 0; l < census.layers.size(); ++l) {
    const UnitCounts& c = census.layers[l].counts;
    const double places = static_cast<double>(c.samples * c.positions);
    std::pair<double, Chosen> least{1, {l, -1, ""}};
    for (int64_t u = 0; u < c.units(); ++u)
      if (const double share = static_cast<double>(c.active[static_cast<std::size_t>(u)]) / places;
          share > 0 && share < least.first)
        least = {share, {l, u, ""}};
    if (least.second.unit < 0) continue;
    const std::string where =
        c.positions == 1 ? " % of the samples." : " % of the places of all samples.";
    least.second.why = "Alive, but the unit of its layer that fires least: on " +
                       percent(least.first, least.first < 0.01 ? 3 : 1) + where;
    rarest.push_back(std::move(least));
  }
  std::ranges::sort(rarest, {}, [](const auto& r) { return r.first; });
  for (std::size_t i = 0; i < rarest.size() && chosen.size() < kFew; ++i)
    chosen.push_back(std::move(rarest[i].second));
  return chosen;
}

// Keeps the samples with the largest pre-activations of the chosen units.
class Wakers final : public RectifierListener {
 public:
  struct Waker {
    float z;
    int64_t sample;
  };
  explicit Wakers(const std::vector<Chosen>& chosen) : chosen_(chosen), of_(chosen.size()) {}
  UnitCounts* counts(const RectifierSite& site) override { return pulse_.counts(site); }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& pre) override {
    const Tensor z = pre.tensor().contiguous();
    const int64_t units = z.size(1),
                  positions = z.numel() / std::max<int64_t>(1, z.size(0) * units);
    const float* values = z.data<float>();
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      if (static_cast<int64_t>(chosen_[i].layer) != site.call) continue;
      for (int64_t n = 0; n < z.size(0); ++n) {
        const float* row = values + (n * units + chosen_[i].unit) * positions;
        take(of_[i], {*std::max_element(row, row + positions), first_ + n});
      }
    }
  }
  void next_batch(int64_t first) { first_ = first; }
  const std::vector<Waker>& of(std::size_t i) const { return of_[i]; }

 private:
  Pulse pulse_;  // every listener counts
  static void take(std::vector<Waker>& best, Waker w) {
    if (std::isnan(w.z) || (best.size() == kPictures && !(w.z > best.back().z))) return;
    best.insert(std::upper_bound(best.begin(), best.end(), w,
                    [](const Waker& a, const Waker& b) { return a.z > b.z; }),
        w);
    if (best.size() > kPictures) best.pop_back();
  }
  const std::vector<Chosen>& chosen_;
  std::vector<std::vector<Waker>> of_;
  int64_t first_ = 0;
};

// The weights into a unit of the first layer, where that takes whole pictures.
void paint(Module& model, const Shape& shape, UnitPortrait& unit) {
  for (const auto& [name, module] : model.named_modules()) {
    const WeightedLayer* layer = module->as_weighted();
    if (!layer) continue;
    const Tensor w = layer->weight.data();
    if (w.rank() != 2 || w.size(1) != shape.numel() || w.dtype() != Dtype::float32 ||
        unit.unit >= w.size(0))
      return;
    const Tensor row = w.select(0, unit.unit).contiguous();
    const auto values = row.values<float>();
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) return;
    const auto [low, high] = std::ranges::minmax(values);
    const double most =
        std::max({std::abs(static_cast<double>(low)), std::abs(static_cast<double>(high)), 1e-30});
    const int64_t area = shape[1] * shape[2];
    unit.low = low, unit.high = high;
    unit.portrait = {.width = shape[2], .height = shape[1], .pixels = {}};
    for (int64_t i = 0; i < area; ++i) {
      double mean = 0;
      for (int64_t c = 0; c < shape[0]; ++c)
        mean += values[static_cast<std::size_t>(c * area + i)] / static_cast<double>(shape[0]);
      unit.portrait.pixels += static_cast<char>(std::lround(128 + 127 * mean / most));
    }
    return;
  }
}

}  // namespace

GreyPicture picture_of(
    const ImageDataset& set, int64_t sample, const std::vector<std::string>& names) {
  const int64_t label = set.labels().data<int64_t>()[sample];
  GreyPicture p{.sample = sample,
      .label = label,
      .name = names.at(static_cast<std::size_t>(label)),
      .pixels = {}};
  if (set.pixels().dtype() != Dtype::uint8) return p;
  const Shape shape = set.sample_shape();
  const int64_t area = shape[1] * shape[2];
  p.width = shape[2], p.height = shape[1];
  const uint8_t* from = set.pixels().data<uint8_t>() + sample * shape.numel();
  for (int64_t i = 0; i < area; ++i) {
    int64_t sum = 0;
    for (int64_t c = 0; c < shape[0]; ++c) sum += from[c * area + i];
    p.pixels += static_cast<char>(sum / shape[0]);
  }
  return p;
}

std::vector<UnitPortrait> unit_portraits(Module& model, const LifeHistory& life,
    const Census& census, const ImageDataset& set, const std::vector<std::string>& class_names,
    const Wakes& wakes) {
  const std::vector<Chosen> chosen = choose(life, census);
  std::vector<UnitPortrait> all;
  for (const Chosen& c : chosen)
    all.push_back({.layer = life.layers()[c.layer].name,
        .unit = c.unit,
        .why = c.why,
        .portrait = {},
        .pictures = {}});
  if (all.empty() || set.pixels().dtype() != Dtype::uint8) return all;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (chosen[i].layer == 0) paint(model, set.sample_shape(), all[i]);

  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  Wakers nearest(chosen);
  const ImageDataset part = set.first(kLooked);
  const DataLoader loader(part, {.batch_size = batch_of(model)});
  int64_t seen = 0;
  for (const Batch& batch : loader.epoch(0)) {
    nearest.next_batch(seen);
    const Observe scope(nearest);
    (void)model(Variable(batch.inputs));
    seen += batch.size();
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const UnitLife& of_unit = life.unit(chosen[i].layer, chosen[i].unit);
    const auto woke = wakes.of(chosen[i].layer, chosen[i].unit);
    const int64_t last = woke ? woke->sample : of_unit.last_fired;
    if (of_unit.dead && last >= 0 && last < set.size()) {
      all[i].pictures.push_back(picture_of(set, last, class_names));
      all[i].pictures.back().chosen = "last_fired";
      if (woke) all[i].pictures.back().step = woke->step;
    }
    for (const Wakers::Waker& w : nearest.of(i))
      if (w.sample != last || all[i].pictures.empty())
        all[i].pictures.push_back(picture_of(set, w.sample, class_names));
  }
  return all;
}

}  // namespace lively::lab
