#include "apps/lab/session.h"

#include <cmath>
#include <span>

#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/inquiry/portraits.h"
#include "apps/lab/inquiry/probes.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/checkpoint.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/run/repair.h"
#include "apps/lab/run/run_config.h"
#include "lively/nn/liveness/evidence.h"
#include "lively/nn/liveness/wording.h"
#include "lively/nn/weights_hash.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {

Session::Session(Module& model, Optimizer& optimizer, const Settings& recipe,
    const DataSplits& data, Sink& out, const Budget& budget)
    : t_(model, optimizer, recipe, data, out, budget.team),
      oracle_(model, t_.recipe, t_.data.train, t_.optimizer, t_.schedule, t_.planned_steps(), out),
      recording_(t_, std::min(t_.planned_steps(), budget.steps)),
      lives_(t_, oracle_),
      wakes_(t_),
      observers_{&planter_, &oracle_, &recording_, &lives_, &spreads_, &wakes_},
      budget_(budget) {
  if (t_.recipe.early_stop > 0) early_stop_.emplace(model, t_.recipe.early_stop);
}

void Session::begin() {
  const RunConfig config = config_of(t_);
  constant_input_ = all(eq(config.box.low, config.box.high)).item() != 0;
  t_.out.on(config);
  if (const int64_t n = t_.data.train.size(); t_.recipe.batch_size > n)
    t_.out.on(Warning{"batch_size",
        message("--batch-size ", detail::thousands(t_.recipe.batch_size), " is more than the ",
            detail::thousands(n), " training samples: each epoch is one step, on all of them.")});
  Planter::tell(t_);
  if (!t_.recipe.resume.empty()) return resume();
  for (Observer* o : observers_) o->began(t_);
}

void Session::resume() {
  const Settings& s = t_.recipe;
  load_run(t_, [&](Archive& a) { keep(a); });
  lives_.check_resumed(t_);
  t_.epoch = t_.position.epochs;
  if (early_stop_ && early_stop_->over()) goes_on_ = false;
  t_.out.on(Resumed{t_.position.epochs, t_.position.steps, t_.position.batch});
  if (s.planned_epochs != s.epochs && runs_over_all(s.schedule))
    t_.out.on(Warning{"schedule",
        message("The schedule ", s.schedule, " runs over all epochs: it goes on as in a run of ",
            s.epochs, ", the steps before were made as in one of ", s.planned_epochs, ".")});
}

void Session::keep(Archive& a) {
  a("recording", recording_), a("lives", lives_), a("oracle", oracle_);
  // A run that goes on may be given another patience, or its first.
  if (early_stop_ && (!a.reads() || a.has("early_stop.epochs"))) a("early_stop", *early_stop_);
}

void Session::save() {
  if (t_.recipe.save.empty()) return;
  if (!t_.team || t_.team->rank() == 0) save_run(t_, [&](Archive& a) { keep(a); });
  outcome_.checkpoint = checkpoint_beside(t_.recipe.save);
}

Epoch Session::next_epoch() {
  t_.epoch = t_.position.epochs + 1;
  if (repair_before_epoch(t_, t_.position.epochs)) oracle_.rewritten();
  epoch_began_ = Clock::now();
  seen_before_ = t_.position.seen;
  Epoch pass = t_.loader.epoch(t_.epoch, t_.position.batch);
  t_.order = pass.order();
  return pass;
}

void Session::begin_step(const Batch& batch) {
  batch_ = batch;
  ++t_.position.steps;
  t_.optimizer.set_lr_factor(t_.rate_factor(t_.position.steps));
  for (Observer* o : observers_)
    if (RectifierListener* listener = o->listener()) listens_.emplace(*listener);
}

std::function<void(const Step&)> Session::look() {
  return [this](const Step& step) {
    for (Observer* o : observers_) o->before_update(t_, batch_, step);
  };
}

// A team stops after the same step, whichever of its members was told to.
bool Session::is_interrupted() const {
  int64_t told = budget_.interrupt && *budget_.interrupt;
  if (t_.team) t_.team->sum(std::span(&told, 1));
  return told > 0;
}

bool Session::end_step(const Step& step) {
  listens_.reset();
  Position& p = t_.position;
  p.right += correct(step.logits.data(), batch_.labels);
  const bool finite = std::isfinite(step.loss);
  for (Observer* o : observers_)
    finite ? o->after_update(t_, step) : o->not_finite(t_, batch_, step);
  p.loss_sum += step.loss * static_cast<double>(batch_.size());
  p.seen += batch_.size();
  t_.out.on(Progressed{t_.epoch, ++p.batch, step.loss});
  outcome_.interrupted = is_interrupted();
  goes_on_ = finite && !outcome_.interrupted && p.steps < budget_.steps;
  if (outcome_.interrupted) save();
  return goes_on_;
}

void Session::end_epoch() {
  Position& p = t_.position;
  if (!goes_on_) return;
  const double seconds =
      std::chrono::duration<double>(Clock::now() - epoch_began_).count() - lives_.take_seconds();
  const double seen = static_cast<double>(p.seen);
  test();
  t_.out.on(EpochEnded{.epoch = t_.epoch,
      .step = p.steps,
      .train_loss = p.loss_sum / seen,
      .train_accuracy = static_cast<double>(p.right) / seen,
      .test = outcome_.test,
      .samples_per_s = static_cast<double>(p.seen - seen_before_) / seconds});
  if (auto confused = mistakes_.confused(task_of(t_.data).names)) {
    confused->epoch = t_.epoch, confused->step = p.steps;
    t_.out.on(*confused);
  }
  p = {.epochs = t_.epoch, .steps = p.steps};
  for (Observer* o : observers_) o->epoch_ended(t_);
  if (early_stop_) early_stop_->epoch_ended(t_.epoch, outcome_.test);
  save();
  if (early_stop_ && early_stop_->over()) goes_on_ = false;
}

// Loss and accuracy on the test set, and for a log what is taken for what.
void Session::test() {
  SeeLogits see;
  if (!t_.recipe.log.empty()) {
    mistakes_.begin(task_of(t_.data).classes);
    see = [this](const Tensor& logits, const Tensor& labels, int64_t first) {
      mistakes_.see(logits, labels, first);
    };
  }
  outcome_.test = evaluate(t_.model, t_.data.test, t_.recipe.loss, see,
      tells(t_.out, "accuracy on the test set"), t_.team);
  tested_at_ = t_.position.steps;
}

Outcome Session::end() {
  outcome_.epochs = t_.position.epochs;
  outcome_.steps = t_.position.steps;
  if (!outcome_.interrupted) {
    conclude();
    bring_back_best();
  } else if (!t_.recipe.save.empty()) {
    bring_back_best();  // the checkpoint keeps the last, to go on from
  }
  outcome_.life = lives_.life();
  outcome_.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  t_.out.on(Ended{outcome_});
  return std::move(outcome_);
}

// After the verdict, which is about the training as it went, to its last step, and after save().
void Session::bring_back_best() {
  if (!early_stop_ || !(outcome_.best = early_stop_->best())) return;
  early_stop_->restore_best();
  if (!t_.recipe.save.empty() && (!t_.team || t_.team->rank() == 0))
    save_weights(t_, t_.recipe.save);
}

// The verdict, from what the instruments saw, a last look at everything, and probes on copies.
void Session::conclude() {
  const Settings& s = t_.recipe;
  Examination end = examine(t_.model, t_.data.train, s.loss, CensusMode::evaluation,
      tells(t_.out, "census at the end"), t_.team);
  if (tested_at_ != t_.position.steps) test();
  Evidence e = recording_.evidence(t_);
  label_evidence(t_.data.train.labels(), e);
  e.constant_input = constant_input_;
  e.held_out = held_out(outcome_.test.accuracy, t_.data.test);
  e.loss = end.loss;
  e.accuracy = end.accuracy;
  e.output_deviation = end.census.output_deviation;
  e.outputs = output_shape(end.census);
  e.softmax_twice = end.census.probabilities;  // every loss here is of logits
  e.saturated = saturation(end.census);
  lives_.birth_evidence(t_, e);
  e.inputs = input_scale(t_.data.train);
  lives_.ended(t_, end.census);
  t_.out.on(Underway{"looking for what ails it"});
  const LifeHistory& life = lives_.life();
  const bool born = s.liveness != Liveness::off;  // did anybody see it?
  e.layers = born ? layer_evidence(t_.model, life) : layer_evidence(t_.model, end.census);
  e.titles = Titles(t_.model, end.census);
  if (born) outcome_.prophecies = oracle_.summary();
  if (born && !s.log.empty())
    for (const UnitPortrait& u :
        unit_portraits(t_.model, life, end.census, t_.data.train, task_of(t_.data).names, wakes_))
      t_.out.on(u);
  if (!s.log.empty())
    t_.out.on(Mistaken{t_.position.steps, mistakes_.worst(t_.data.test, task_of(t_.data).names)});
  run_probes(e, s, t_.model, t_.optimizer, t_.data, end, t_.out);
  outcome_.deaths = lives_.tally();
  outcome_.diagnosis = diagnose(e);
  outcome_.evidence = std::move(e);
  outcome_.weights_hash = weights_hash(t_.model);
}

}  // namespace lively::lab
