#include "apps/lab/inquiry/lives.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/inquiry/plane.h"
#include "apps/lab/run/examine.h"
#include "lively/nn/liveness/cut.h"
#include "lively/nn/liveness/evidence.h"

namespace lively::lab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kStepSet = "train[:1000]";
constexpr int64_t kEpochCensus = 10000;  // training images of the census after each epoch
constexpr int64_t kStepCensus = 1000;    // and after each step; or at birth, if only batches count

}  // namespace

Lives::Lives(Training& t, Oracle& oracle)
    : level_(t.recipe.liveness),
      training_(t),
      oracle_(oracle),
      inquest_(t.recipe, task_of(t.data), t.data.train, level_ == Liveness::step) {}

void Lives::began(Training& t) {
  if (level_ == Liveness::off) return;
  const ImageDataset seen =
      level_ == Liveness::batch ? t.data.train.first(kStepCensus) : t.data.train;
  Examination first = examine(t.model, seen, t.recipe.loss, CensusMode::evaluation,
      tells(t.out, "census at birth"), t.team);
  note_birth(t, first);
  if (level_ == Liveness::batch) return tell(t, kStepSet, first.census, {});
  Census& census = first.census;
  find_starved(t.model, t.data.train, t.recipe.loss, census,
      tells(t.out, "looking for starved units at birth"), t.team);
  tell(t, "train", census, {});
  oracle_.counted(census, 0);
  if (level_ == Liveness::step) tell_step(t);
}

void Lives::before_update(Training& t, const Batch& batch, const Step&) {
  inquest_.step_begins(batch, t.order, t.first_of_batch());
}

void Lives::after_update(Training& t, const Step&) {
  inquest_.step_made(t.optimizer.lr(), t.parameters);
  if (level_ == Liveness::step) tell_step(t);
}

void Lives::epoch_ended(Training& t) {
  if (level_ == Liveness::batch) tell_batches(t);
  if (!by_census()) return;
  const Census census = census_of(
      t.model, t.data.train.first(kEpochCensus), tells(t.out, "census after the epoch"), t.team);
  tell(t, "train[:10000]", census, zero_gradients(t.model));
  oracle_.counted(census, t.position.steps);
}

void Lives::ended(Training& t, Census& census) {
  if (level_ == Liveness::off) return;
  if (by_census())
    find_starved(t.model, t.data.train, t.recipe.loss, census,
        tells(t.out, "looking for starved units at the end"), t.team);
  tell(t, "train", census, zero_gradients(t.model));
  if (by_census()) oracle_.finish(census, t.position.steps);
}

void Lives::check_resumed(const Training& t) const {
  const std::string& from = t.recipe.resume;
  if (level_ != Liveness::off && life_.censuses() == 0)
    fail<ValueError>(
        "--liveness: ", from, " has no census at birth: goes on with --liveness off only");
  if (level_ == Liveness::step && step_life_.censuses() == 0)
    fail<ValueError>("--liveness step: ", from,
        " has no census of each step from birth on: goes on with epoch or batch");
}

void Lives::keep(Archive& a) {
  a("birth", birth_), a("life", life_), a("batch_life", batch_life_), a("step_life", step_life_),
      a("pulse", pulse_);
  inquest_.keep(a, training_.model, training_.optimizer, training_.position.steps);
}

void Lives::note_birth(Training& t, const Examination& first) {
  const std::string copied = copied_layer(t.model);
  const auto modules = t.model.named_modules();
  double at = -1;
  for (std::size_t i = 0; i < modules.size() && !copied.empty(); ++i)
    if (modules[i].name == copied) at = static_cast<double>(i);
  birth_ = {first.loss, first.census.output_deviation,
      saturation(first.census).value_or(std::nan("")), at};
}

void Lives::birth_evidence(const Training& t, Evidence& e) const {
  if (birth_.size() != 4) return;
  e.birth_loss = birth_[0];
  e.birth_deviation = birth_[1];
  if (!std::isnan(birth_[2])) e.birth_saturated = birth_[2];
  const auto modules = t.model.named_modules();
  const double at = birth_[3];  // a checkpoint's may be any number
  const bool named = at >= 0 && at < static_cast<double>(modules.size());
  e.copied_layer = named ? modules[static_cast<std::size_t>(at)].name : "";
}

// What the units did in the epoch's batches, while the weights moved.
void Lives::tell_batches(Training& t) {
  Census estimate;
  estimate.layers = pulse_.layers();
  batch_life_.record(estimate, t.position.steps);
  t.out.on(Counted{.epoch = t.epoch,
      .step = t.position.steps,
      .set = "batches",
      .mode = CensusMode::training,
      .life = &batch_life_,
      .zero_gradients = zero_gradients(t.model)});
  pulse_.reset();
}

// A census of the first images after every step, so that deaths are known to the step.
void Lives::tell_step(Training& t) {
  const auto start = Clock::now();
  const int64_t step = t.position.steps;
  const Census census = census_of(t.model, t.data.train.first(kStepCensus), {}, t.team);
  step_life_.record(census, step);
  const auto& causes = inquest_.hold(t.model, t.optimizer, step_life_, census, step);
  t.out.on(Counted{.epoch = t.epoch,
      .step = step,
      .set = kStepSet,
      .life = &step_life_,
      .after = std::max<int64_t>(0, step - 1),
      .causes = &causes,
      .cuts = dead_cuts(t.model, census),
      .series = Counted::Series::steps,
      .tells = t.tells_step() ? Counted::Tells::all : Counted::Tells::changes});
  for (const Replay& r : inquest_.replays()) t.out.on(r);
  seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
}

void Lives::tell(Training& t, const char* set, const Census& census, std::vector<double> zeros) {
  const int64_t step = t.position.steps;
  life_.record(census, step);
  t.out.on(Counted{.epoch = t.epoch,
      .step = step,
      .set = set,
      .life = &life_,
      .after = life_.after(),
      .causes = level_ == Liveness::epoch
                    ? &inquest_.hold(t.model, t.optimizer, life_, census, step)
                    : nullptr,
      .zero_gradients = std::move(zeros),
      .cuts = dead_cuts(t.model, census),
      // Where every step has its census, changes are known to the step.
      .tells = level_ == Liveness::step ? Counted::Tells::counts : Counted::Tells::all});
  if (is_plane(t.data.train)) frame(t);
}

void Lives::frame(Training& t) {
  if (!box_.low.defined()) box_ = data_box(t.data.train);
  std::vector<bool> dead;
  if (!life_.layers().empty())
    for (const UnitLife& u : life_.units_of(0)) dead.push_back(u.dead);
  PlaneFrame frame = plane_frame(t.model, box_, dead, t.position.steps);
  if (!framed_) frame.points = &t.data.train;
  framed_ = true;
  t.out.on(std::move(frame));
}

}  // namespace lively::lab
