#include "lively/nn/liveness/watch.h"

#include <chrono>
#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/cut.h"
#include "lively/nn/liveness/evidence.h"
#include "lively/nn/liveness/evidence_line.h"
#include "lively/nn/liveness/life_lines.h"
#include "lively/nn/liveness/recorder.h"
#include "lively/nn/liveness/watch_lines.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

using Clock = std::chrono::steady_clock;

int64_t right(const Tensor& logits, const Tensor& labels) {
  return static_cast<int64_t>(sum(eq(argmax(logits, 1), labels)).item());
}

double cross_entropy_of(const Tensor& logits, const Tensor& labels) {
  return softmax_cross_entropy(Variable(logits), labels).item();
}

// Are all samples of a set the same to the bit?
class Sameness {
 public:
  void add(const Tensor& inputs) {
    if (!same_ || inputs.size(0) == 0) return;
    if (!first_.defined()) first_ = inputs.slice(0, 0, 1).clone();
    same_ = all(eq(inputs, first_)).item() != 0;
  }
  bool same() const { return same_; }

 private:
  bool same_ = true;
  Tensor first_;
};

double norm_of(const std::vector<Named<Variable>>& parameters) {
  double squares = 0;
  for (const auto& [name, p] : parameters)
    if (p.grad().defined()) squares += sum(mul(p.grad(), p.grad())).item();
  return std::sqrt(squares);
}

}  // namespace

struct Watch::State {
  // Sums over the samples of a set.
  struct Score {
    int64_t samples = 0, right = 0;
    double loss = 0;

    double mean_loss() const { return loss / static_cast<double>(samples); }
    double accuracy() const { return static_cast<double>(right) / static_cast<double>(samples); }
  };

  State(Module& module, LabelledSet census_set, WatchOptions o)
      : net(module),
        set(std::move(census_set)),
        options(std::move(o)),
        parameters(net.named_parameters()),
        recorder(net, options.optimizer),
        updates(net, options.optimizer, options.steps) {}

  void take_own(int64_t step);
  void note(const Census& census, int64_t step, const std::string& name);
  Score score(const LabelledSet& set, LabelCounts& labels);
  void finish_step();
  NonFinite origin(int64_t step) const;
  Evidence gather() const;

  Module& net;
  LabelledSet set;
  WatchOptions options;
  std::vector<Named<Variable>> parameters;
  uint64_t hook = 0;
  Clock::time_point start = Clock::now();
  Recorder recorder;
  UpdateWatch updates;
  LifeHistory life;
  Census last;  // of the own set, after so many steps
  int64_t last_step = 0;
  Score on_census;
  LabelCounts labels;
  bool constant_input = false;
  InputScales scales;
  Evidence birth;                          // what is known of the weights as drawn
  std::optional<bool> softmax_of_outputs;  // is the loss the cross-entropy of their softmax?
  std::optional<HeldOut> held_out;
  Evidence evidence;
  // A step whose update is not yet seen.
  std::optional<detail::TrainNote> open;
  std::vector<std::string> lines;
  std::string final_line;
};

// A pass over the census set, with loss and accuracy on the way.
void Watch::State::take_own(int64_t step) {
  const bool first = life.censuses() == 0;
  const NextLabelled next = set();
  LabelledBatch batch;
  Sameness inputs;
  on_census = {};
  last = take_census(
      net,
      [&](Tensor& x) {
        if (!next(batch)) return false;
        x = batch.inputs;
        if (first) {
          inputs.add(batch.inputs);
          scales.add(batch.inputs);
          labels.add(batch.labels);
        }
        return true;
      },
      [&](const Tensor& logits) {
        const auto n = static_cast<double>(batch.inputs.size(0));
        on_census.loss += options.loss(logits, batch.labels) * n;
        on_census.right += right(logits, batch.labels);
        on_census.samples += batch.inputs.size(0);
      });
  if (on_census.samples == 0) fail<ValueError>("watch: the census set is empty");
  if (first) constant_input = inputs.same();
  if (first && options.at_birth) {
    birth.birth_loss = on_census.mean_loss();
    birth.birth_deviation = last.output_deviation;
    birth.birth_saturated = saturation(last);
    birth.copied_layer = copied_layer(net);
  }
  last_step = step;
  note(last, step, "census");
}

void Watch::State::note(const Census& census, int64_t step, const std::string& name) {
  life.record(census, step);
  const CensusNote note{.step = step,
      .set = name,
      .cuts = dead_cuts(net, census),
      .zero_gradients = step > 0 ? zero_gradients(net) : std::vector<double>()};
  const auto add = [&](const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
  };
  lines.push_back(liveness_line(life, note));
  add(unit_lines(life, note));
  add(change_lines(life, note, life.after()));
}

Watch::State::Score Watch::State::score(const LabelledSet& samples, LabelCounts& counts) {
  const NoGrad no_grad;
  const detail::KeepMode keep(net, false);
  Score s;
  LabelledBatch batch;
  for (const NextLabelled next = samples(); next(batch);) {
    const Tensor logits = net(Variable(batch.inputs)).data();
    const int64_t n = batch.inputs.size(0);
    s.loss += options.loss(logits, batch.labels) * static_cast<double>(n);
    s.right += right(logits, batch.labels);
    s.samples += n;
    counts.add(batch.labels);
  }
  return s;
}

// What became of the weights since the last step was told.
void Watch::State::finish_step() {
  if (!open) return;
  recorder.after_update();
  open->update_ratio = recorder.update_ratio();
  lines.push_back(detail::train_line(*open));
  open.reset();
}

NonFinite Watch::State::origin(int64_t step) const {
  for (auto p = parameters.rbegin(); p != parameters.rend(); ++p)
    if (!all_finite(p->value.data()))
      return {.step = step - 1,
          .where = "parameter " + p->name,
          .layer = p->name.substr(0, p->name.rfind('.'))};
  return {.step = step, .where = "the loss"};
}

Evidence Watch::State::gather() const {
  Evidence e = recorder.evidence();
  e.label_entropy = labels.entropy();
  e.majority_share = labels.majority_share();
  e.constant_input = constant_input;
  e.inputs = scales.scale();
  e.birth_loss = birth.birth_loss;
  e.birth_deviation = birth.birth_deviation;
  e.birth_saturated = birth.birth_saturated;
  e.copied_layer = birth.copied_layer;
  e.saturated = saturation(last);
  e.outputs = output_shape(last);
  e.softmax_twice = last.probabilities && softmax_of_outputs.value_or(false);
  e.loss = on_census.mean_loss();
  e.accuracy = on_census.accuracy();
  e.output_deviation = last.output_deviation;
  e.held_out = held_out;
  e.layers = options.at_birth ? layer_evidence(net, life) : layer_evidence(net, last);
  e.titles = Titles(net, last);
  updates.add_to(e);
  return e;
}

Watch::Watch(Module& net, LabelledSet census, WatchOptions options)
    : s_(std::make_unique<State>(net, std::move(census), std::move(options))) {
  if (!s_->options.loss) s_->options.loss = cross_entropy_of;
  s_->lines.push_back(detail::config_line(net, s_->options.command));
  s_->take_own(0);
  s_->hook = net.register_forward_hook([](Module& module, const Variable&, const Variable& y) {
    Variable logits = y;
    if (module.is_training() && logits.requires_grad()) logits.retain_grad();
  });
}

Watch::~Watch() { s_->net.remove_forward_hook(s_->hook); }

void Watch::step(const Variable& logits, const Variable& loss, const Tensor& labels,
    std::optional<double> learning_rate) {
  s_->finish_step();
  s_->final_line.clear();
  const double value = loss.item();
  s_->recorder.step(value, logits.data(), logits.grad(), labels);
  const int64_t step = s_->recorder.steps();
  if (!std::isfinite(value)) {
    if (!s_->recorder.evidence().non_finite) s_->recorder.not_finite(s_->origin(step));
    s_->lines.push_back(detail::train_line({.step = step, .loss = value, .lr = learning_rate}));
    return;
  }
  if (s_->recorder.wants_weights()) {
    s_->recorder.before_update(learning_rate);
    const double from_logits = cross_entropy_of(logits.data(), labels);
    s_->softmax_of_outputs = std::abs(value - from_logits) <= 1e-4 * std::abs(from_logits);
    s_->open = {
        .step = step, .loss = value, .lr = learning_rate, .gradient_norm = norm_of(s_->parameters)};
  }
  s_->updates.before_update(step, learning_rate);
}

void Watch::census() {
  s_->finish_step();
  s_->final_line.clear();
  s_->take_own(steps());
}

void Watch::census(const LabelledSet& set, const std::string& name) {
  s_->finish_step();
  s_->final_line.clear();
  LabelledBatch batch;
  const NextLabelled next = set();
  const Census census = take_census(s_->net, [&](Tensor& x) {
    const bool more = next(batch);
    if (more) x = batch.inputs;
    return more;
  });
  s_->note(census, steps(), name);
}

HeldOut Watch::held_out(const LabelledSet& set) {
  s_->finish_step();
  LabelCounts counts;
  const State::Score score = s_->score(set, counts);
  if (score.samples == 0) fail<ValueError>("watch: no samples are held out");
  s_->held_out = {score.samples, score.accuracy(), counts.majority_share()};
  s_->lines.push_back(detail::eval_line(steps(), score.mean_loss(), *s_->held_out));
  return *s_->held_out;
}

Diagnosis Watch::verdict(const Probes& probes) {
  s_->finish_step();
  if (s_->last_step != steps()) s_->take_own(steps());
  s_->evidence = s_->gather();
  try_probes(s_->evidence, probes);
  const Diagnosis d = diagnose(s_->evidence);
  const std::chrono::duration<double> seconds = Clock::now() - s_->start;
  s_->final_line = detail::final_line(s_->net, s_->life, s_->evidence, d, seconds.count());
  return d;
}

int64_t Watch::steps() const { return s_->recorder.steps(); }
const LifeHistory& Watch::life() const { return s_->life; }
const Evidence& Watch::evidence() const { return s_->evidence; }

std::vector<std::string> Watch::history() const {
  std::vector<std::string> lines = s_->lines;
  if (s_->final_line.empty()) return lines;
  lines.push_back(evidence_line(s_->evidence));
  lines.push_back(s_->final_line);
  return lines;
}

}  // namespace lively
