#include "apps/lab/run/repair.h"

#include <algorithm>

#include "apps/lab/run/examine.h"

namespace lively::lab {
namespace {

using Units = std::vector<std::vector<int64_t>>;

constexpr int64_t kCensus = 10'000;  // images

// As many units of each layer as are dead there that fire on some image, drawn at random.
Units live_instead(const Census& census, const Units& dead, Seed seed, int64_t turn) {
  Units all;
  for (std::size_t i = 0; i < dead.size(); ++i) {
    const LayerPulse& layer = census.layers[i];
    std::vector<int64_t> alive, &chosen = all.emplace_back();
    for (int64_t u = 0; u < layer.units(); ++u)
      if (layer.counts.fired[static_cast<std::size_t>(u)] > 0) alive.push_back(u);
    Stream stream(seed, message("live units, turn ", turn), i);
    for (std::size_t k = 0; k < dead[i].size() && !alive.empty(); ++k) {
      const auto at = static_cast<std::ptrdiff_t>(stream.below(alive.size()));
      chosen.push_back(alive[static_cast<std::size_t>(at)]);
      alive.erase(alive.begin() + at);
    }
    std::ranges::sort(chosen);
  }
  return all;
}

}  // namespace

Repaired repair_units(Module& model, Optimizer& optimizer, const ImageDataset& train,
    const RepairSetting& setting, Seed seed, int64_t turn) {
  const ImageDataset set = train.first(kCensus);
  const Census census = census_of(model, set);
  Units units = setting.units == RepairSetting::Units::dormant ? dormant_units(census, setting.tau)
                                                               : dead_units(census);
  if (setting.units == RepairSetting::Units::alive) units = live_instead(census, units, seed, turn);
  const auto forget = [&](const Variable& p, int axis, int64_t first, int64_t count) {
    optimizer.renew(optimizer.index_of(p), axis, first, count);
  };
  Repaired done;
  done.layers = redraw_units(model, census, units, all_inputs(set), setting.how, seed,
      static_cast<uint64_t>(turn), forget);
  return done;
}

bool repair_before_epoch(Training& t, int64_t epochs) {
  if (t.recipe.repair.empty() || epochs == 0 || t.position.batch > 0) return false;
  Repaired done = repair_units(t.model, t.optimizer, t.data.train,
      RepairSetting::parse(t.recipe.repair), Seed{t.recipe.seed}, epochs);
  done.epoch = epochs, done.step = t.position.steps, done.setting = t.recipe.repair;
  const bool wrote =
      std::ranges::any_of(done.layers, [](const Operated& o) { return !o.units.empty(); });
  t.out.on(std::move(done));
  return wrote;
}

}  // namespace lively::lab
