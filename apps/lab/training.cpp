#include "apps/lab/training.h"

#include <chrono>
#include <cmath>

#include "apps/lab/checkpoint.h"
#include "apps/lab/examine.h"
#include "apps/lab/oracle.h"
#include "apps/lab/revival.h"
#include "apps/lab/weights_hash.h"
#include "lively/data/loader.h"
#include "lively/data/transform.h"
#include "lively/nn/initializer.h"
#include "lively/optim/clip.h"
#include "lively/optim/schedule.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

using Clock = std::chrono::steady_clock;

namespace {

constexpr int64_t kEpochCensus = 10000;  // training images of the census after each epoch

RunConfig config_of(const Settings& s, Module& model, const DataSplits& data,
                    const std::string& source, int64_t steps_per_epoch) {
  RunConfig c;
  c.command = command_of(s);
  c.data_name = data.name;
  c.data_source = source;
  c.train_samples = data.train.size();
  c.test_samples = data.test.size();
  c.box = data_box(data.train);
  c.model = model.describe();
  c.network = network_text(s, task_of(data));
  c.parameters = model.parameter_count();
  for (const LayerAudit& a : audit(model, Initializer::parse(s.init)))
    c.layers.push_back({a.name, a.weight.to_string(), a.law,
                        Initializer::parse(s.init).bounds(a.weight), a.target_variance,
                        a.measured_variance, a.gain});
  c.threads = threads();
  c.blas = blas_name();
  c.steps_per_epoch = steps_per_epoch;
  c.epochs = s.epochs;
  return c;
}

// Shifts of up to an eighth of the picture, 4 pixels of 32 as He et al. (2016).
Transform augmentation(const Settings& s, const ImageDataset& train) {
  const Transform crop = pad_crop(train.sample_shape()[2] / 8), flip = horizontal_flip();
  if (s.augment == "crop") return crop;
  if (s.augment == "flip") return flip;
  if (s.augment == "both") return compose({crop, flip});
  return {};
}

// The share of entries of each weight's gradient that are exactly 0, for the weights that feed
// rectifiers: those of a shortcut do not. It is no measure of death: pixels that are always black and
// ordinary sparsity give zeros too.
std::vector<double> zero_gradients(const Module& model) {
  std::vector<double> shares;
  for (const auto& [name, p] : model.named_parameters()) {
    if (p.rank() < 2 || name.find("downsample") != std::string::npos) continue;
    int64_t zero = 0;
    if (p.grad().defined())
      for (const float g : p.grad().values<float>()) zero += g == 0;
    shares.push_back(static_cast<double>(zero) / static_cast<double>(p.numel()));
  }
  return shares;
}

// Would the last batch have one sample, where batch norm needs two values a unit?
bool leaves_one(const Settings& s, int64_t samples) {
  if (s.architecture != Architecture::mlp || s.norm == "none") return false;
  if (s.batch_size == 1) fail<ValueError>("--batch-size 1: --norm ", s.norm, " needs at least 2");
  return samples > s.batch_size && samples % s.batch_size == 1;
}

void label_evidence(const ImageDataset& data, Evidence& e) {
  std::vector<int64_t> count(static_cast<std::size_t>(data.classes()));
  for (const int64_t y : data.labels().values<int64_t>()) ++count[static_cast<std::size_t>(y)];
  for (const int64_t n : count) {
    const double share = static_cast<double>(n) / static_cast<double>(data.size());
    e.majority_share = std::max(e.majority_share, share);
    if (n) e.label_entropy -= share * std::log(share);
  }
}

std::vector<LayerEvidence> layer_evidence(Module& model, const LifeHistory& life) {
  std::vector<LayerEvidence> layers;
  for (std::size_t i = 0; i < life.layers().size(); ++i) {
    const LayerLife& l = life.layers()[i];
    layers.push_back({.name = l.name, .units = l.units, .born_dead = l.born_dead, .dead = l.dead,
                      .dead_from_birth = life.dead_from_birth(i),
                      .bypassed = is_bypassed(model, l.name.substr(0, l.name.find('#')))});
  }
  return layers;
}

// One run, with what it carries from step to step.
class Run {
 public:
  Run(Module& model, const Settings& s, const DataSplits& data, RunListener& listener)
      : model_(model), s_(s), data_(data), listener_(listener), recorder_(model),
        parameters_(model.parameters()),
        loader_(data.train, {.batch_size = s.batch_size, .shuffle = true,
                             .drop_last = leaves_one(s, data.train.size()), .seed = Seed{s.seed},
                             .transform = augmentation(s, data.train),
                             .prefetch = s.augment != "none" && threads() > 1}),
        optimizer_(make_optimizer(s.optimizer, parameters_,
                                  {.lr = s.lr, .momentum = s.momentum, .nesterov = s.nesterov,
                                   .weight_decay = s.weight_decay})),
        schedule_(make_schedule(s.schedule, loader_.batches() * s.epochs, s.warmup, loader_.batches())),
        oracle_(model, s, data.train, *optimizer_, schedule_, loader_.batches() * s.epochs, listener) {}

  Outcome operator()(const std::string& source, const std::atomic<bool>* interrupt) {
    const auto start = Clock::now();
    listener_.started(config_of(s_, model_, data_, source, loader_.batches()));
    if (!s_.resume.empty()) {
      load_run(s_.resume, state());
      if (position_.batch > loader_.batches())
        fail<DataError>(s_.resume, ": stands at batch ", position_.batch + 1, "; an epoch of this set has ", loader_.batches());
      if (s_.liveness != Liveness::off && outcome_.life.censuses() == 0)
        fail<ValueError>("--liveness: ", s_.resume, " has no census at birth: goes on with --liveness off only");
      listener_.resumed({position_.epochs, recorder_.steps(), position_.batch});
    } else if (s_.liveness != Liveness::off) {
      const Census birth = examine(model_, data_.train, s_.loss).census;
      outcome_.life.record(birth);
      report_life("train", {});
      if (foretells()) oracle_.counted(birth, 0);
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
  RunState state() { return {model_, *optimizer_, recorder_, outcome_.life, batch_life_, pulse_, position_, oracle_}; }

  void save() {
    if (s_.save.empty()) return;
    save_run(s_, task_of(data_), state());
    outcome_.checkpoint = checkpoint_beside(s_.save);
  }

  void run_epoch(const std::atomic<bool>* interrupt) {
    const int64_t e = position_.epochs + 1;
    const auto start = Clock::now();
    const int64_t seen_before = position_.seen;
    for (const Batch& batch : loader_.epoch(e, position_.batch)) {
      const double loss = step(e, batch);
      position_.loss_sum += loss * static_cast<double>(batch.size());
      position_.seen += batch.size();
      listener_.progressed(e, ++position_.batch, loss);
      outcome_.interrupted = interrupt && *interrupt;
      go_on_ = std::isfinite(loss) && !outcome_.interrupted;
      if (!go_on_) break;
    }
    if (outcome_.interrupted) save();
    if (!go_on_) return;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double seen = static_cast<double>(position_.seen);
    outcome_.test = examine(model_, data_.test, s_.loss);
    tested_ = true;
    listener_.epoch_ended({.epoch = e, .step = recorder_.steps(), .train_loss = position_.loss_sum / seen,
                           .train_accuracy = static_cast<double>(position_.right) / seen, .test = outcome_.test,
                           .samples_per_s = static_cast<double>(position_.seen - seen_before) / seconds});
    position_ = {.epochs = e, .census = position_.census};
    if (s_.liveness == Liveness::batch) report_batches();
    if (s_.liveness != Liveness::off) {
      const Census census = examine(model_, data_.train.first(kEpochCensus), s_.loss).census;
      outcome_.life.record(census);
      report_life("train[:10000]", zero_gradients(model_));
      if (foretells()) oracle_.counted(census, recorder_.steps());
    }
    save();
  }

  double step(int64_t epoch, const Batch& batch) {
    const int64_t step = recorder_.steps() + 1;
    optimizer_->set_lr_factor(schedule_(step - 1));
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
      recorder_.trace_non_finite(step);
      return value;
    }
    if (s_.clip_value > 0) clip_grad_value(parameters_, s_.clip_value);
    double norm = -1;
    if (s_.clip > 0) norm = clip_grad_norm(parameters_, s_.clip);
    const bool report = step % s_.log_interval == 0;
    const bool weigh = report || recorder_.wants_weights();
    if (weigh) recorder_.before_update();
    optimizer_->step();
    if (weigh) recorder_.after_update();
    if (foretells()) oracle_.stepped(step);
    if (report) {
      if (norm < 0) norm = grad_norm(parameters_);
      listener_.stepped({epoch, step, value, optimizer_->lr(), norm, recorder_.update_ratio()});
    }
    return value;
  }

  bool foretells() const { return s_.liveness >= Liveness::epoch; }

  // What the units did in the epoch's batches, while the weights moved.
  void report_batches() {
    Census estimate;
    estimate.layers = pulse_.layers();
    batch_life_.record(estimate);
    listener_.counted({.epoch = position_.epochs, .step = recorder_.steps(), .set = "batches",
                       .mode = "training", .life = &batch_life_, .zero_gradients = zero_gradients(model_)});
    pulse_.reset();
  }

  void report_life(const char* set, std::vector<double> zeros) {
    listener_.counted({.epoch = position_.epochs, .step = recorder_.steps(), .set = set,
                       .life = &outcome_.life, .after = position_.census, .zero_gradients = std::move(zeros)});
    position_.census = recorder_.steps();
  }

  void finish() {
    const Examination end = examine(model_, data_.train, s_.loss);
    if (!tested_) outcome_.test = examine(model_, data_.test, s_.loss);
    Evidence e = recorder_.evidence();
    label_evidence(data_.train, e);
    e.loss = end.loss;
    e.accuracy = end.accuracy;
    e.output_deviation = end.census.output_deviation;
    if (s_.liveness != Liveness::off) {
      outcome_.life.record(end.census);
      e.layers = layer_evidence(model_, outcome_.life);
      report_life("train", zero_gradients(model_));
      if (foretells()) oracle_.finish(end.census, recorder_.steps());
      outcome_.prophecies = oracle_.summary();
    }
    // Only there does a unit's death concern the next layer's weights alone.
    if (s_.architecture == Architecture::mlp && s_.residual.empty() && needs_revival_probe(e)) {
      listener_.warned("probe", "Half of a layer is dead: trying on a copy whether reviving it helps.");
      e.revival_cures = revival_cures(s_, model_, data_, end);
    }
    outcome_.diagnosis = diagnose(e);
    outcome_.evidence = std::move(e);
    outcome_.weights_hash = weights_hash(model_);
  }

  Module& model_;
  const Settings& s_;
  const DataSplits& data_;
  RunListener& listener_;
  Recorder recorder_;
  std::vector<Variable> parameters_;
  DataLoader loader_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Oracle oracle_;
  Pulse pulse_;
  LifeHistory batch_life_;
  Position position_;
  Outcome outcome_;
  bool go_on_ = true, tested_ = false;
};

}  // namespace

Outcome run_training(Module& model, const Settings& settings, const DataSplits& data,
                     const std::string& source, RunListener& listener,
                     const std::atomic<bool>* interrupt) {
  return Run(model, settings, data, listener)(source, interrupt);
}

}  // namespace lively::lab
