#include "apps/lab/rivals/onlooker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "apps/lab/run/examine.h"
#include "apps/lab/session.h"
#include "lively/autograd/observe.h"

namespace lively::lab {
namespace {

const double kNaN = std::nan("");

TensorSight sight_of(const std::string& name, const Tensor& t) {
  TensorSight s{.name = name, .kernel = t.shape().rank() >= 2, .entries = t.numel()};
  double squares = 0;
  const Tensor whole = t.contiguous();
  for (const float v : whole.values<float>()) {
    const double x = v;
    s.zeros += x == 0;
    s.mean += x, s.mean_abs += std::abs(x), squares += x * x;
  }
  const double n = static_cast<double>(s.entries);
  s.norm = std::sqrt(squares), s.mean /= n, s.mean_abs /= n;
  return s;
}

// What the rectifiers of one forward pass get and give.
class Rectified final : public RectifierListener {
 public:
  UnitCounts* counts(const RectifierSite&) override { return nullptr; }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& pre) override {
    LayerSight l{.name = std::string(site.path), .op = std::string(site.op)};
    const Tensor z = pre.tensor().contiguous(), y = site.activations.contiguous();
    const double n = static_cast<double>(z.numel());
    for (const float v : z.values<float>()) l.mean_z += v, l.beyond_five += std::abs(v) >= 5;
    for (const float v : y.values<float>()) l.mean += v, l.off += v <= 0;
    l.mean_z /= n, l.beyond_five /= n, l.mean /= n, l.off /= n;
    layers.push_back(std::move(l));
  }
  std::vector<LayerSight> layers;
};

// Is the activation after the first, or after another, weighted layer one with it?
bool fused(const Settings& s, bool first) {
  if (s.architecture == Architecture::resnet || s.norm == "batch") return false;
  return first || s.residual.empty() || s.residual.ends_with(":pre");
}

}  // namespace

Onlooker::Onlooker(Module& model, Optimizer& optimizer, const Settings& recipe,
    const DataSplits& data, const Budget& budget, Scope scope)
    : t_(model, optimizer, recipe, data, nobody_),
      steps_(std::min(t_.planned_steps(), budget.steps)),
      parts_(std::min(steps_, std::max(recipe.epochs, kParts))),
      scope_(scope) {
  sight_.parts = static_cast<std::size_t>(parts_);
  sight_.lr = recipe.lr, sight_.dropout = recipe.dropout;
  sight_.input_low = INFINITY, sight_.input_high = -INFINITY;
  all_inputs(t_.data.train)([this](const Tensor& inputs) {
    for (const float v : inputs.values<float>()) {
      sight_.input_low = std::min<double>(sight_.input_low, v);
      sight_.input_high = std::max<double>(sight_.input_high, v);
      sight_.input_finite &= std::isfinite(v);
    }
  });
}

void Onlooker::after_step(const Batch& batch, const Step& step) {
  ++step_;
  if (!std::isfinite(step.loss)) {
    while (std::ssize(sight_.looks) < parts_)
      sight_.looks.push_back({.step = step_,
          .loss = kNaN,
          .accuracy = kNaN,
          .test_loss = kNaN,
          .test_accuracy = kNaN,
          .weights = {},
          .gradients = {},
          .layers = {}});
    return;
  }
  loss_sum_ += step.loss * static_cast<double>(batch.size());
  right_ += correct(step.logits.data(), batch.labels);
  seen_ += batch.size();
  if (step_ >= (std::ssize(sight_.looks) + 1) * steps_ / parts_) look();
}

void Onlooker::look() {
  const double seen = static_cast<double>(seen_);
  const Examination test = evaluate(t_.model, t_.data.test, t_.recipe.loss);
  Look l{.step = step_,
      .loss = loss_sum_ / seen,
      .accuracy = static_cast<double>(right_) / seen,
      .test_loss = test.loss,
      .test_accuracy = test.accuracy,
      .weights = {},
      .gradients = {},
      .layers = {}};
  loss_sum_ = 0, seen_ = right_ = 0;

  std::vector<int64_t> rows(
      static_cast<std::size_t>(std::min(t_.recipe.batch_size, t_.data.train.size())));
  std::iota(rows.begin(), rows.end(), 0);
  const Batch first = t_.data.train.get(rows);
  const auto copy = build_model(t_.recipe, task_of(t_.data));
  copy->load_state_dict(t_.model.state_dict());
  copy->eval();
  Rectified rectified;
  Variable logits;
  if (scope_ == Scope::all) {
    const Observe scope(rectified);
    logits = (*copy)(Variable(first.inputs));
  } else {
    logits = (*copy)(Variable(first.inputs));
  }
  loss_of(t_.recipe.loss, logits, first.labels).backward();
  for (const auto& [name, p] : copy->named_parameters()) {
    l.weights.push_back(sight_of(name, p.data()));
    if (p.grad().defined()) l.gradients.push_back(sight_of(name, p.grad()));
  }
  l.layers = std::move(rectified.layers);
  if (scope_ == Scope::all) look_at_units(l);
  sight_.looks.push_back(std::move(l));
}

void Onlooker::look_at_units(Look& l) {
  const Settings& s = t_.recipe;
  const Census census = census_of(t_.model, t_.data.train);
  const bool as_in_training =
      s.dropout > 0 || s.norm != "none" || s.architecture == Architecture::resnet;
  const Census training =
      as_in_training ? examine(t_.model, t_.data.train, s.loss, CensusMode::training).census
                     : census;
  for (std::size_t i = 0; i < l.layers.size(); ++i) {
    const LayerPulse& pulse = census.layers.at(i);
    LayerSight& layer = l.layers[i];
    layer.fused = fused(s, i == 0);
    for (int64_t u = 0; u < pulse.units(); ++u) {
      layer.rates.push_back(pulse.rate(u));
      layer.silent += training.layers.at(i).is_silent(u);
    }
  }
}

Watched run_watched(
    const Settings& recipe, const DataSplits& data, Sink& out, const Budget& budget) {
  const auto model = build_model(recipe, task_of(data));
  const auto optimizer = build_optimizer(recipe, *model);
  Session session(*model, *optimizer, recipe, data, out, budget);
  Onlooker onlooker(*model, *optimizer, recipe, data, budget);
  TrainStep train_step(*model, *optimizer, recipe);
  session.begin();
  while (session.goes_on()) {
    for (const Batch& batch : session.next_epoch()) {
      session.begin_step(batch);
      const Step step = train_step(batch, session.look());
      const bool goes_on = session.end_step(step);
      onlooker.after_step(batch, step);
      if (!goes_on) break;
    }
    session.end_epoch();
  }
  return {session.end(), onlooker.sight()};
}

}  // namespace lively::lab
