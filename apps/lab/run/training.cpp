#include "apps/lab/run/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "apps/lab/inquiry/inquest.h"
#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/inquiry/optimizer_view.h"
#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/inquiry/origin.h"
#include "apps/lab/inquiry/probes.h"
#include "apps/lab/recipe/plant.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/checkpoint.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/run/run_config.h"
#include "lively/data/loader.h"
#include "lively/data/transform.h"
#include "lively/nn/liveness/cut.h"
#include "lively/nn/liveness/evidence.h"
#include "lively/nn/weights_hash.h"
#include "lively/optim/clip.h"
#include "lively/optim/schedule.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kStepSet = "train[:1000]";
constexpr int64_t kEpochCensus = 10000;  // training images of the census after each epoch
constexpr int64_t kStepCensus =
    1000;  // and after each step; or at birth, where only batches are counted

// Shifts of up to an eighth of the picture, 4 pixels of 32 as He et al. (2016).
Transform augmentation(const Settings& s, const ImageDataset& train) {
  const Transform crop = pad_crop(train.sample_shape()[2] / 8), flip = horizontal_flip();
  if (s.augment == "crop") return crop;
  if (s.augment == "flip") return flip;
  if (s.augment == "both") return compose({crop, flip});
  return {};
}

// Would the last batch have one sample, where batch norm needs two values a unit?
bool leaves_one(const Settings& s, int64_t samples) {
  if (s.architecture != Architecture::mlp || s.norm == "none") return false;
  if (s.batch_size == 1) fail<ValueError>("--batch-size 1: --norm ", s.norm, " needs at least 2");
  return samples > s.batch_size && samples % s.batch_size == 1;
}

// One run, with what it carries from step to step.
class Run {
 public:
  Run(Module& model, const Settings& s, const DataSplits& data, RunListener& listener)
      : model_(model),
        s_(s),
        plant_(Plant::parse(s.plant)),
        data_(plant_.planted(data, Seed{s.seed})),
        listener_(listener),
        recorder_(model),
        parameters_(model.parameters()),
        loader_(data_.train, {.batch_size = s.batch_size,
                                 .shuffle = true,
                                 .drop_last = leaves_one(s, data_.train.size()),
                                 .seed = Seed{s.seed},
                                 .transform = augmentation(s, data.train),
                                 .prefetch = s.augment != "none" && threads() > 1}),
        optimizer_(build_optimizer(s, parameters_)),
        schedule_(
            make_schedule(s.schedule, loader_.batches() * s.epochs, s.warmup, loader_.batches())),
        motion_(model, view_of(*optimizer_), loader_.batches() * s.epochs),
        oracle_(
            model, s, data_.train, *optimizer_, schedule_, loader_.batches() * s.epochs, listener),
        inquest_(s, task_of(data_), data_.train, s.liveness == Liveness::step),
        log_interval_(s.log_interval
                          ? s.log_interval
                          : std::clamp<int64_t>(loader_.batches() * s.epochs / 100, 1, 100)) {}

  Outcome operator()(const std::string& source, const std::atomic<bool>* interrupt) {
    const auto start = Clock::now();
    plant_.check(model_, loader_.batches() * s_.epochs, data_);
    const RunConfig config = config_of(s_, model_, data_, source, loader_.batches());
    constant_input_ = all(eq(config.box.low, config.box.high)).item() != 0;
    listener_.started(config);
    if (const auto planted = plant_.report(0)) listener_.planted(*planted);
    if (!s_.resume.empty()) {
      load_run(s_.resume, state());
      if (position_.batch > loader_.batches())
        fail<DataError>(s_.resume, ": stands at batch ", position_.batch + 1,
            "; an epoch of this set has ", loader_.batches());
      if (s_.liveness != Liveness::off && outcome_.life.censuses() == 0)
        fail<ValueError>(
            "--liveness: ", s_.resume, " has no census at birth: goes on with --liveness off only");
      if (s_.liveness == Liveness::step && step_life_.censuses() == 0)
        fail<ValueError>("--liveness step: ", s_.resume,
            " has no census of each step from birth on: goes on with epoch or batch");
      epoch_ = position_.epochs;
      listener_.resumed({position_.epochs, recorder_.steps(), position_.batch});
      if (s_.planned_epochs != s_.epochs &&
          (s_.schedule.starts_with("cosine") || s_.schedule.starts_with("one_cycle")))
        listener_.warned(
            "schedule", message("The schedule ", s_.schedule,
                            " runs over all epochs: it goes on as in a run of ", s_.epochs,
                            ", the steps before were made as in one of ", s_.planned_epochs, "."));
    } else if (s_.liveness == Liveness::batch) {
      report_life(kStepSet, census_of(model_, data_.train.first(kStepCensus)), {});
    } else if (s_.liveness != Liveness::off) {
      Census census = census_of(model_, data_.train);
      find_starved(model_, data_.train, s_.loss, census);
      report_life("train", census, {});
      oracle_.counted(census, 0);
      if (s_.liveness == Liveness::step) report_step();
    }
    while (go_on_ && position_.epochs < s_.epochs) run_epoch(interrupt);
    outcome_.epochs = position_.epochs;
    outcome_.steps = recorder_.steps();
    if (!outcome_.interrupted) finish();
    outcome_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    listener_.finished(outcome_);
    return std::move(outcome_);
  }

 private:
  RunState state() {
    return {model_, *optimizer_, recorder_, motion_, outcome_.life, batch_life_, step_life_,
        inquest_, pulse_, position_, oracle_};
  }

  void save() {
    if (s_.save.empty()) return;
    save_run(s_, task_of(data_), state());
    outcome_.checkpoint = checkpoint_beside(s_.save);
  }

  void run_epoch(const std::atomic<bool>* interrupt) {
    const int64_t e = epoch_ = position_.epochs + 1;
    const auto start = Clock::now();
    const int64_t seen_before = position_.seen;
    census_seconds_ = 0;
    Epoch pass = loader_.epoch(e, position_.batch);
    for (const Batch& batch : pass) {
      inquest_.step_begins(batch, pass.order(), position_.batch * s_.batch_size);
      const double loss = step(e, batch, pass.order());
      position_.loss_sum += loss * static_cast<double>(batch.size());
      position_.seen += batch.size();
      listener_.progressed(e, ++position_.batch, loss);
      outcome_.interrupted = interrupt && *interrupt;
      go_on_ = std::isfinite(loss) && !outcome_.interrupted;
      if (!go_on_) break;
    }
    if (outcome_.interrupted) save();
    if (!go_on_) return;
    const double seconds =
        std::chrono::duration<double>(Clock::now() - start).count() - census_seconds_;
    const double seen = static_cast<double>(position_.seen);
    outcome_.test = evaluate(model_, data_.test, s_.loss);
    tested_ = true;
    listener_.epoch_ended({.epoch = e,
        .step = recorder_.steps(),
        .train_loss = position_.loss_sum / seen,
        .train_accuracy = static_cast<double>(position_.right) / seen,
        .test = outcome_.test,
        .samples_per_s = static_cast<double>(position_.seen - seen_before) / seconds});
    position_ = {.epochs = e};
    if (s_.liveness == Liveness::batch) report_batches();
    if (by_census()) {
      const Census census = census_of(model_, data_.train.first(kEpochCensus));
      report_life("train[:10000]", census, zero_gradients(model_));
      oracle_.counted(census, recorder_.steps());
    }
    save();
  }

  double step(int64_t epoch, const Batch& batch, const Tensor& order) {
    const int64_t step = recorder_.steps() + 1;
    optimizer_->set_lr_factor(schedule_(step - 1) * plant_.lr_factor(step));
    optimizer_->zero_grad();
    Variable logits;
    if (s_.liveness == Liveness::batch) {
      const Observe scope(pulse_);
      logits = model_(Variable(batch.inputs));
    } else {
      logits = model_(Variable(batch.inputs));
    }
    logits.retain_grad();
    const Variable loss = loss_of(s_.loss, logits, batch.labels);
    loss.backward();
    const double value = loss.item();
    recorder_.step(value, logits.data(), logits.grad(), batch.labels);
    position_.right += correct(logits.data(), batch.labels);
    if (!std::isfinite(value)) {
      const int64_t first = position_.batch * s_.batch_size;
      recorder_.not_finite(
          find_origin(model_, s_.loss, batch, order.slice(0, first, first + batch.size()), step));
      return value;
    }
    if (s_.clip_value > 0) clip_grad_value(parameters_, s_.clip_value);
    double norm = -1;
    if (s_.clip > 0) norm = clip_grad_norm(parameters_, s_.clip);
    const bool report = step % log_interval_ == 0;
    const bool weigh = report || recorder_.wants_weights();
    if (weigh) recorder_.before_update();
    motion_.before_update(step, optimizer_->lr());
    optimizer_->step();
    inquest_.step_made(optimizer_->lr(), parameters_);
    plant_.push(model_, step, data_);
    if (const auto planted = plant_.report(step)) listener_.planted(*planted);
    if (weigh) recorder_.after_update();
    if (by_census()) oracle_.stepped(step);
    if (report) {
      if (norm < 0) norm = grad_norm(parameters_);
      listener_.stepped({epoch, step, value, optimizer_->lr(), norm, recorder_.update_ratio()});
    }
    if (s_.liveness == Liveness::step) report_step();
    return value;
  }

  // Is every epoch's end a census, so that deaths have causes and dead units prophecies?
  bool by_census() const { return s_.liveness >= Liveness::epoch; }

  // What the units did in the epoch's batches, while the weights moved.
  void report_batches() {
    Census estimate;
    estimate.layers = pulse_.layers();
    batch_life_.record(estimate, recorder_.steps());
    listener_.counted({.epoch = epoch_,
        .step = recorder_.steps(),
        .set = "batches",
        .mode = "training",
        .life = &batch_life_,
        .zero_gradients = zero_gradients(model_)});
    pulse_.reset();
  }

  // A census of the first images after every step, so that deaths are known to the step.
  void report_step() {
    const auto start = Clock::now();
    const int64_t step = recorder_.steps();
    const Census census = census_of(model_, data_.train.first(kStepCensus));
    step_life_.record(census, step);
    const auto& causes = inquest_.hold(model_, *optimizer_, step_life_, census, step);
    listener_.counted({.epoch = epoch_,
        .step = step,
        .set = kStepSet,
        .life = &step_life_,
        .after = std::max<int64_t>(0, step - 1),
        .causes = &causes,
        .cuts = dead_cuts(model_, census),
        .each_step = true,
        .totals = step % log_interval_ == 0});
    for (const Replay& r : inquest_.replays()) listener_.replayed(r);
    census_seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
  }

  void report_life(const char* set, const Census& census, std::vector<double> zeros) {
    outcome_.life.record(census, recorder_.steps());
    const bool changes = s_.liveness != Liveness::step;  // else they are known to the step
    const auto* causes =
        s_.liveness == Liveness::epoch
            ? &inquest_.hold(model_, *optimizer_, outcome_.life, census, recorder_.steps())
            : nullptr;
    listener_.counted({.epoch = epoch_,
        .step = recorder_.steps(),
        .set = set,
        .life = &outcome_.life,
        .after = outcome_.life.after(),
        .causes = causes,
        .zero_gradients = std::move(zeros),
        .cuts = dead_cuts(model_, census),
        .changes = changes});
    if (!is_plane(data_.train)) return;
    if (!box_.low.defined()) box_ = data_box(data_.train);
    std::vector<bool> dead;
    if (!outcome_.life.layers().empty())
      for (const UnitLife& u : outcome_.life.units_of(0)) dead.push_back(u.dead);
    listener_.framed(
        plane_frame(model_, box_, dead, recorder_.steps()), framed_ ? nullptr : &data_.train);
    framed_ = true;
  }

  void finish() {
    Examination end = examine(model_, data_.train, s_.loss);
    if (!tested_) outcome_.test = evaluate(model_, data_.test, s_.loss);
    Evidence e = recorder_.evidence();
    label_evidence(data_.train.labels(), e);
    e.constant_input = constant_input_;
    motion_.add_to(e);
    if (!e.learning_rate) e.learning_rate = optimizer_->lr();  // its first step diverged
    e.held_out = held_out(outcome_.test.accuracy, data_.test);
    e.loss = end.loss;
    e.accuracy = end.accuracy;
    e.output_deviation = end.census.output_deviation;
    if (s_.liveness != Liveness::off) {
      if (by_census()) find_starved(model_, data_.train, s_.loss, end.census);
      report_life("train", end.census, zero_gradients(model_));
      e.layers = layer_evidence(model_, outcome_.life);
      if (by_census()) oracle_.finish(end.census, recorder_.steps());
      outcome_.prophecies = oracle_.summary();
      if (!s_.log.empty())
        for (const UnitPortrait& u :
            unit_portraits(model_, outcome_.life, end.census, data_.train, task_of(data_).names))
          listener_.portrayed(u);
    }
    if (s_.liveness == Liveness::off) e.layers = layer_evidence(model_, end.census);
    run_probes(e, s_, model_, *optimizer_, data_, end, listener_);
    outcome_.deaths = inquest_.tally();
    outcome_.diagnosis = diagnose(e);
    outcome_.evidence = std::move(e);
    outcome_.weights_hash = weights_hash(model_);
  }

  Module& model_;
  const Settings& s_;
  Plant plant_;
  DataSplits data_;
  RunListener& listener_;
  Recorder recorder_;
  std::vector<Variable> parameters_;
  DataLoader loader_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  UpdateWatch motion_;
  Oracle oracle_;
  Pulse pulse_;
  LifeHistory batch_life_, step_life_;
  Inquest inquest_;
  int64_t log_interval_;  // steps
  Position position_;
  Outcome outcome_;
  int64_t epoch_ = 0;          // the one under way, from 1
  double census_seconds_ = 0;  // of the epoch, in the censuses after its steps
  DataBox box_;                // of points in the plane
  bool go_on_ = true, tested_ = false, framed_ = false, constant_input_ = false;
};

}  // namespace

Outcome run_training(Module& model, const Settings& settings, const DataSplits& data,
    const std::string& source, RunListener& listener, const std::atomic<bool>* interrupt) {
  return Run(model, settings, data, listener)(source, interrupt);
}

}  // namespace lively::lab
