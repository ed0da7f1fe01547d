#include "apps/lab/inquiry/revival.h"

#include "apps/lab/inquiry/go_on.h"
#include "apps/lab/run/examine.h"
#include "lively/nn/liveness/surgery.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {
namespace {

constexpr int kSteps = 600;          // of the probe
constexpr int64_t kRenormed = 1000;  // samples, to set norms by
constexpr double kCured = 0.8;       // loss of the revived copy over that of the plain one
constexpr double kGentle = 0.1;  // of the rate: at that which killed the units it may do so again

double probe(Module& model, const Settings& s, const DataSplits& data) {
  const auto optimizer = build_optimizer(s, model.parameters());
  return go_on(model, *optimizer, s, data, kSteps);
}

}  // namespace

bool revival_cures(
    const Settings& settings, Module& model, const DataSplits& data, const Examination& end) {
  const auto copy = [&] {
    auto m = build_model(settings, task_of(data));
    m->load_state_dict(model.state_dict());
    return m;
  };
  const ImageDataset looked = data.train.first(kRenormed);
  Settings s = settings;
  for (const double factor : {1.0, kGentle}) {
    s.lr = factor * settings.lr;
    const auto plain = copy(), revived = copy();
    (void)redraw_units(*revived, end.census, dead_units(end.census), all_inputs(looked),
        {.fires = {}, .keeps_function = false}, Seed{s.seed});
    if (probe(*revived, s, data) < kCured * probe(*plain, s, data)) return true;
  }
  return false;
}

}  // namespace lively::lab
