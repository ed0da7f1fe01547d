#include "apps/lab/training.h"

#include <chrono>
#include <cmath>

#include "apps/lab/recorder.h"
#include "apps/lab/revival.h"
#include "apps/lab/weights_hash.h"
#include "lively/autograd/ops.h"
#include "lively/data/loader.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/optim/clip.h"
#include "lively/optim/optimizer.h"
#include "lively/optim/schedule.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

using Clock = std::chrono::steady_clock;

namespace {

constexpr int64_t kEpochCensus = 10000;  // training images of the census after each epoch
constexpr int64_t kExamineBatch = 500;

int64_t correct(const Tensor& logits, const Tensor& labels) {
  const Tensor best = argmax(logits, 1);
  int64_t n = 0;
  for (int64_t i = 0; i < labels.numel(); ++i)
    n += best.data<int64_t>()[i] == labels.data<int64_t>()[i];
  return n;
}

RunConfig config_of(const Settings& s, Module& model, const DataSplits& data,
                    const std::string& source, int64_t steps_per_epoch) {
  RunConfig c;
  c.command = command_of("mnist_mlp", s);
  c.data_name = data.name;
  c.data_source = source;
  c.train_samples = data.train.size();
  c.test_samples = data.test.size();
  c.model = model.describe();
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

// The share of entries of each weight's gradient that are exactly 0. It is no measure of
// death: pixels that are always black and ordinary sparsity give zeros too.
std::vector<double> zero_gradients(const Module& model) {
  std::vector<double> shares;
  for (const Variable& p : model.parameters()) {
    if (p.rank() < 2) continue;
    int64_t zero = 0;
    if (p.grad().defined())
      for (const float g : p.grad().values<float>()) zero += g == 0;
    shares.push_back(static_cast<double>(zero) / static_cast<double>(p.numel()));
  }
  return shares;
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

std::vector<LayerEvidence> layer_evidence(const Census& birth, const Census& end) {
  std::vector<LayerEvidence> layers;
  for (std::size_t i = 0; i < end.layers.size(); ++i) {
    const LayerPulse &then = birth.layers[i], &now = end.layers[i];
    LayerEvidence l{.name = now.name, .units = now.units(), .born_dead = then.dead(), .dead = now.dead()};
    for (int64_t u = 0; u < l.units; ++u) l.dead_from_birth += then.is_dead(u) && now.is_dead(u);
    layers.push_back(std::move(l));
  }
  return layers;
}

// One run, with what it carries from step to step.
class Run {
 public:
  Run(Module& model, const Settings& s, const DataSplits& data, RunListener& listener)
      : model_(model), s_(s), data_(data), listener_(listener), recorder_(model),
        parameters_(model.parameters()),
        loader_(data.train, {.batch_size = s.batch_size, .shuffle = true, .seed = Seed{s.seed}}),
        optimizer_(make_optimizer(s.optimizer, parameters_,
                                  {.lr = s.lr, .momentum = s.momentum, .nesterov = s.nesterov,
                                   .weight_decay = s.weight_decay})),
        schedule_(make_schedule(s.schedule, loader_.batches() * s.epochs, s.warmup, loader_.batches())) {}

  Outcome operator()(const std::string& source, const std::atomic<bool>* interrupt) {
    const auto start = Clock::now();
    listener_.started(config_of(s_, model_, data_, source, loader_.batches()));
    Census birth;
    if (s_.liveness != Liveness::off) {
      birth = examine(model_, data_.train, s_.loss).census;
      outcome_.life.record(birth);
      report_life("train", {});
    }
    for (int64_t e = 1; e <= s_.epochs && go_on_; ++e) run_epoch(e, interrupt);
    finish(birth);
    outcome_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    listener_.finished(outcome_);
    return std::move(outcome_);
  }

 private:
  void run_epoch(int64_t e, const std::atomic<bool>* interrupt) {
    const auto start = Clock::now();
    double loss_sum = 0;
    int64_t right = 0, seen = 0, in_epoch = 0;
    for (const Batch& batch : loader_.epoch(e)) {
      const double loss = step(e, batch, right);
      loss_sum += loss * static_cast<double>(batch.size());
      seen += batch.size();
      listener_.progressed(e, ++in_epoch, loss);
      outcome_.interrupted = interrupt && *interrupt;
      go_on_ = std::isfinite(loss) && !outcome_.interrupted;
      if (!go_on_) break;
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!go_on_) return;
    ++outcome_.epochs;
    EpochReport report{.epoch = e, .step = recorder_.steps(),
                       .train_loss = loss_sum / static_cast<double>(seen),
                       .train_accuracy = static_cast<double>(right) / static_cast<double>(seen),
                       .test = examine(model_, data_.test, s_.loss),
                       .samples_per_s = static_cast<double>(seen) / seconds};
    listener_.epoch_ended(report);
    if (s_.liveness == Liveness::batch) report_batches();
    // The last epoch's census is the one over the whole set, at the end.
    if (s_.liveness == Liveness::off || e == s_.epochs) return;
    outcome_.life.record(examine(model_, data_.train.first(kEpochCensus), s_.loss).census);
    report_life("train[:10000]", zero_gradients(model_));
  }

  double step(int64_t epoch, const Batch& batch, int64_t& right) {
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
    right += correct(logits.data(), batch.labels);
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
    if (report) {
      if (norm < 0) norm = grad_norm(parameters_);
      listener_.stepped({epoch, step, value, optimizer_->lr(), norm, recorder_.update_ratio()});
    }
    return value;
  }

  // What the units did in the epoch's batches, while the weights moved.
  void report_batches() {
    Census estimate;
    estimate.layers = pulse_.layers();
    batch_life_.record(estimate);
    listener_.counted({.epoch = outcome_.epochs, .step = recorder_.steps(), .set = "batches",
                       .mode = "training", .life = &batch_life_, .zero_gradients = zero_gradients(model_)});
    pulse_.reset();
  }

  void report_life(const char* set, std::vector<double> zeros) {
    listener_.counted({.epoch = outcome_.epochs, .step = recorder_.steps(), .set = set,
                       .life = &outcome_.life, .zero_gradients = std::move(zeros)});
  }

  void finish(const Census& birth) {
    outcome_.steps = recorder_.steps();
    const Examination end = examine(model_, data_.train, s_.loss);
    outcome_.test = examine(model_, data_.test, s_.loss);
    Evidence e = recorder_.evidence();
    label_evidence(data_.train, e);
    e.loss = end.loss;
    e.accuracy = end.accuracy;
    e.output_deviation = end.census.output_deviation;
    if (s_.liveness != Liveness::off) {
      outcome_.life.record(end.census);
      e.layers = layer_evidence(birth, end.census);
      report_life("train", zero_gradients(model_));
    }
    if (needs_revival_probe(e)) {
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
  Pulse pulse_;
  LifeHistory batch_life_;
  Outcome outcome_;
  bool go_on_ = true;
};

}  // namespace

Variable loss_of(const std::string& name, const Variable& logits, const Tensor& labels) {
  return name == "clipped_cross_entropy" ? clipped_cross_entropy(logits, labels)
                                         : softmax_cross_entropy(logits, labels);
}

std::unique_ptr<Module> build_model(const Settings& s, const ImageDataset& train) {
  auto model = mlp({.inputs = train.sample_shape().numel(), .depth = s.depth, .width = s.width,
                    .classes = train.classes(), .activation = s.activation, .dropout = s.dropout},
                   Seed{s.seed});
  initialize(*model, Initializer::parse(s.init), Seed{s.seed}, Initializer::parse(s.bias_init));
  return model;
}

Outcome run_training(Module& model, const Settings& settings, const DataSplits& data,
                     const std::string& source, RunListener& listener,
                     const std::atomic<bool>* interrupt) {
  return Run(model, settings, data, listener)(source, interrupt);
}

Examination examine(Module& model, const Dataset& data, const std::string& loss) {
  const DataLoader loader(data, {.batch_size = kExamineBatch});
  Epoch pass = loader.epoch(0);
  Batch batch;
  Examination e;
  int64_t right = 0;
  e.census = take_census(
      model,
      [&](Tensor& inputs) {
        const bool more = pass.next(batch);
        inputs = batch.inputs;
        return more;
      },
      [&](const Tensor& logits) {
        const double mean = loss_of(loss, Variable(logits), batch.labels).item();
        e.loss += mean * static_cast<double>(batch.size());
        right += correct(logits, batch.labels);
      });
  const double n = static_cast<double>(data.size());
  e.loss /= n;
  e.accuracy = static_cast<double>(right) / n;
  e.accuracy_se = std::sqrt(e.accuracy * (1 - e.accuracy) / n);
  return e;
}

}  // namespace lively::lab
