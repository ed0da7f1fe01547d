#include "apps/lab/inquiry/replay.h"

#include "lively/nn/liveness/titles.h"
#include "lively/tensor/ops.h"

namespace lively::lab {
namespace {

StateDict copied_state(Module& model) {
  StateDict copy;
  for (const auto& [name, tensor] : model.state_dict()) copy.push_back({name, tensor.clone()});
  return copy;
}

}  // namespace

Rerun::Rerun(Module& model, const Settings& settings, const Optimizer& of_run,
    const KeptState& before, const MadeStep& step, const StateDict& after,
    std::function<Peaks(Module&)> peaks)
    : model_(model),
      settings_(settings),
      of_run_(of_run),
      before_(before),
      step_(step),
      after_(after),
      peaks_(std::move(peaks)),
      layers_(layers_of_state(model)) {}

StateDict Rerun::undone(const std::function<bool(std::size_t)>& wanted, int64_t row) const {
  StateDict state;
  for (std::size_t e = 0; e < after_.size(); ++e) {
    Tensor t = after_[e].value.clone();
    if (wanted(e)) {
      Tensor part = row < 0 ? t : t.slice(0, row, row + 1);
      part.copy_from(
          row < 0 ? before_.model[e].value : before_.model[e].value.slice(0, row, row + 1));
    }
    state.push_back({after_[e].name, t});
  }
  return state;
}

// What was done to the state beside the step stays done: exactly nothing, as a rule.
StateDict Rerun::after_without(const Without& without) {
  if (made_.empty()) {
    step_again(model_, settings_, of_run_, before_, step_, {});
    made_ = copied_state(model_);
  }
  step_again(model_, settings_, of_run_, before_, step_, without);
  StateDict state = copied_state(model_);
  for (std::size_t e = 0; e < state.size(); ++e)
    if (Tensor& t = state[e].value; t.dtype() == Dtype::float32)
      t = add(t, sub(after_[e].value, made_[e].value));
  return state;
}

bool Rerun::lives_with(const StateDict& state, std::size_t site, int64_t unit) {
  put_state(model_, state);
  return peaks_(model_)[site][static_cast<std::size_t>(unit)].z > 0;
}

std::vector<Replay> Rerun::of(const Cause& c, std::size_t site, int64_t unit) {
  std::vector<Replay> replays;
  const auto is = [&](std::size_t e, const std::string& module, const char* what) {
    return after_[e].name == module + what;
  };
  const auto tell = [&](const std::string& removed, bool lives) {
    replays.push_back(
        {.step = before_.step + 1, .layer = {}, .unit = unit, .removed = removed, .lives = lives});
    return lives;
  };
  const auto by_state = [&](const std::string& removed, const StateDict& state) {
    tell(removed, lives_with(state, site, unit));
  };
  // Removed for all units at once: looked at once.
  const auto for_all = [&](const std::string& removed, const auto& make) {
    auto found = seen_.find(removed);
    if (found == seen_.end()) {
      put_state(model_, make());
      found = seen_.emplace(removed, peaks_(model_)).first;
    }
    return tell(removed, found->second[site][static_cast<std::size_t>(unit)].z > 0);
  };
  if (c.where == FallBy::weights)
    by_state("the change of its weights",
        undone([&](std::size_t e) { return is(e, c.layer, ".weight"); }, unit));
  if (c.where == FallBy::bias)
    by_state("the change of its bias",
        undone([&](std::size_t e) { return is(e, c.layer, ".bias"); }, unit));
  if (c.where == FallBy::norm)
    by_state("the change of its norm", undone(
                                           [&](std::size_t e) {
                                             return after_[e].name.starts_with(c.norm + ".") &&
                                                    after_[e].value.rank() == 1;
                                           },
                                           unit));
  if (c.where == FallBy::upstream && !c.upstream_layer.empty()) {
    const auto in = [&](std::size_t e, const std::string& layer) {
      return layers_.names[layers_.of[e]] == layer;
    };
    const auto blamed = [&] {
      return undone([&](std::size_t e) { return in(e, c.upstream_layer); });
    };
    const auto others = [&] { return undone([&](std::size_t e) { return !in(e, c.layer); }); };
    const Titles titles(model_);
    if (!for_all("the change of " + titles.of(c.upstream_layer), blamed))
      for_all("the change of all layers but " + titles.of(c.layer), others);
  }
  if (c.what == FallFrom::residue)
    for_all("the momentum's residue", [&] { return after_without({.residue = true}); });
  if (c.what == FallFrom::decay)
    for_all("the weight decay", [&] { return after_without({.decay = true}); });
  if (c.what == FallFrom::outlier_sample && step_.batch.size() > 1)
    for_all(message("training sample ", *c.batch_sample),
        [&] { return after_without({.sample = c.batch_place}); });
  return replays;
}

}  // namespace lively::lab
