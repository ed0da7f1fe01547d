#include "apps/lab/inquiry/inquest.h"

#include <cmath>

#include "apps/lab/inquiry/dissection.h"
#include "apps/lab/run/examine.h"

namespace lively::lab {
namespace {

constexpr std::size_t kWindow = 101;  // censuses around the last 100 steps

double distance(const std::vector<Variable>& a, const std::vector<Variable>& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = a[i].data().values<float>(), y = b[i].data().values<float>();
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double d = static_cast<double>(x[k]) - static_cast<double>(y[k]);
      squares += d * d;
    }
  }
  return std::sqrt(squares);
}

Tensor sample_of(const Dataset& data, int64_t index) { return data.get(std::array{index}).inputs; }

// Of the first samples of a set.
Peaks peaks_on(Module& model, const Dataset& data, int64_t samples) {
  const int64_t most = batch_of(model);
  return peaks_of(take_census(model, [&, at = int64_t{0}](Tensor& inputs) mutable {
    const int64_t n = std::min(most, samples - at);
    if (n <= 0) return false;
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < n; ++i) indices.push_back(at + i);
    inputs = data.get(indices).inputs;
    at += n;
    return true;
  }));
}

}  // namespace

Inquest::Inquest(const Settings& settings, const Task& task, const Dataset& train, bool each_step)
    : settings_(settings), task_(task), train_(train), each_step_(each_step) {}

void Inquest::step_begins(const Batch& batch, const Tensor& order, int64_t first) {
  if (!each_step_) return;
  const auto all = order.values<int64_t>();
  const auto from = all.begin() + first;
  made_ = {.batch = batch, .samples = {from, from + batch.size()}, .lr = 0, .gradients = {}};
}

void Inquest::step_made(double lr, const std::vector<Variable>& parameters) {
  if (!each_step_) return;
  made_.lr = lr;
  for (const Variable& p : parameters) made_.gradients.push_back(p.grad());
}

Module& Inquest::at_last_census() {
  if (!looker_) looker_ = build_model(settings_, task_);
  put_state(*looker_, kept_.model);
  return *looker_;
}

void Inquest::remember(const Peaks& peaks) {
  std::vector<double>& row = maxima_.emplace_back();
  for (const auto& layer : peaks)
    for (const Peak& p : layer) row.push_back(p.z);
  if (maxima_.size() > kWindow) maxima_.pop_front();
}

FallPace Inquest::pace_of(std::size_t layer, int64_t unit) const {
  if (!each_step_ || maxima_.size() < 2) return FallPace::interval;
  std::size_t at = static_cast<std::size_t>(unit);
  for (std::size_t l = 0; l < layer; ++l) at += last_[l].size();
  std::vector<double> maxima;
  for (const auto& row : maxima_) maxima.push_back(row[at]);
  return pace(maxima);
}

const std::vector<Cause>& Inquest::hold(Module& model, const Optimizer& optimizer,
    const LifeHistory& life, const Census& census, int64_t step) {
  const auto& changes = life.changes();
  causes_.assign(changes.size(), {});
  replays_.clear();
  const bool first = life.censuses() == 1;
  Peaks now = peaks_of(census);
  const int64_t samples = first ? census.samples : std::min(census.samples, kept_.samples);
  bool deaths = false;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!changes[i].death) continue;
    ++(first ? tally_.born : tally_.deaths);
    if (first) causes_[i].what = FallFrom::born;
    deaths |= !first;
  }
  if (each_step_ || deaths) {
    const Peaks same_now = census.samples == samples ? now : peaks_on(model, train_, samples);
    if (!first && kept_.samples != samples) {
      last_ = peaks_on(at_last_census(), train_, samples);
      maxima_.clear();
      if (each_step_) remember(last_);
    }
    if (each_step_ && (first || step != kept_.step)) remember(same_now);
    if (deaths) examine(model, optimizer, life, same_now, step, samples);
  }
  last_ = std::move(now);
  kept_ = keep_state(model, optimizer, step, census.samples);
  return causes_;
}

void Inquest::examine(Module& model, const Optimizer& optimizer, const LifeHistory& life,
    const Peaks& now, int64_t step, int64_t samples) {
  StateDict after;
  for (const auto& [name, tensor] : model.state_dict()) after.push_back({name, tensor.clone()});
  const double update_norm = distance(model.parameters(), at_last_census().parameters());
  const bool one_step = each_step_ && step == kept_.step + 1;
  if (one_step && !stepper_) stepper_ = build_model(settings_, task_);
  const auto& changes = life.changes();
  {
    Dissection open(
        *looker_, stepper_.get(), settings_, optimizer, kept_, after, one_step ? &made_ : nullptr);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (!changes[i].death) continue;
      const auto unit = static_cast<std::size_t>(changes[i].unit);
      const Peak &was = last_[changes[i].layer][unit], &is = now[changes[i].layer][unit];
      Cause& c = causes_[i];
      if (was.z > 0) {
        c = open.of(changes[i].layer, changes[i].unit, was, sample_of(train_, was.sample));
      } else {
        c.unknown = message(
            "it fired at the census before, but on none of the ", samples, " samples of both");
      }
      c.fall_of_max = was.z - is.z;
      c.update_norm = update_norm;
      c.lr = one_step ? made_.lr : optimizer.lr();
      c.how_fast = one_step ? pace_of(changes[i].layer, changes[i].unit) : FallPace::interval;
      if (!c.where) {
        ++tally_.unknown;
        continue;
      }
      ++tally_.by[static_cast<std::size_t>(*c.where)];
      tally_.cliffs += c.how_fast == FallPace::cliff;
      tally_.drifts += c.how_fast == FallPace::drift;
    }
  }
  if (!one_step || !settings_.replay) return;
  Rerun rerun(*stepper_, settings_, optimizer, kept_, made_, after,
      [&](Module& m) { return peaks_on(m, train_, samples); });
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!changes[i].death || !causes_[i].where) continue;
    for (Replay& r : rerun.of(causes_[i], changes[i].layer, changes[i].unit)) {
      r.layer = life.layers()[changes[i].layer].name;
      replays_.push_back(std::move(r));
    }
  }
}

void Inquest::keep(Archive& a, Module& model, const Optimizer& optimizer, int64_t step) {
  KeptState kept = keep_state(model, optimizer, kept_.step, kept_.samples);
  a("inquest.step", kept.step), a("inquest.samples", kept.samples), a("inquest.tally", tally_);
  kept.samples = std::clamp<int64_t>(kept.samples, 0, train_.size());
  // The state at the last census is the model's where no step came after it.
  if (kept.step != step && kept.samples > 0)
    for (std::size_t i = 0; i < kept.model.size(); ++i)
      a("inquest.model." + kept.model[i].name,
          a.reads() ? kept.model[i].value : kept_.model[i].value);
  std::vector<std::vector<double>> rows(maxima_.begin(), maxima_.end());
  auto n = static_cast<int64_t>(rows.size());
  a("inquest.maxima", n);
  a.check("inquest.maxima", n >= 0 && n <= static_cast<int64_t>(kWindow), "has too many rows");
  rows.resize(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < rows.size(); ++i) a(message("inquest.maxima.", i), rows[i]);
  if (!a.reads()) return;
  kept_ = std::move(kept);
  last_ = peaks_on(at_last_census(), train_, kept_.samples);
  std::size_t units = 0;
  for (const auto& layer : last_) units += layer.size();
  for (std::size_t i = 0; i < rows.size(); ++i)
    a.check(
        message("inquest.maxima.", i), rows[i].size() == units, "is of another number of units");
  maxima_.assign(rows.begin(), rows.end());
}

}  // namespace lively::lab
