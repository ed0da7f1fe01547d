#pragma once

#include <cmath>
#include <vector>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/update_watch.h"
#include "lively/nn/module.h"

namespace lively {

// Collects the evidence for a verdict while a run goes on: numbers only, no settings.
class Recorder {
 public:
  explicit Recorder(Module& model, OptimizerView optimizer = {});

  // The loss of a step, and how its samples fared: logits [N, K], the gradient that reached them,
  // or an undefined tensor where nobody saw it, labels int64 [N]. Throws ShapeError, DtypeError.
  void step(double loss, const Tensor& logits, const Tensor& logits_gradient, const Tensor& labels);
  // Sizes of weights, and of their last updates; call before and after an optimizer step at
  // which they are wanted. `rate`: of this step; `gradient_norm`: before it was clipped. Empty: not
  // known, or not clipped.
  void before_update(std::optional<double> rate = {}, std::optional<double> gradient_norm = {});
  void after_update();
  void not_finite(NonFinite origin) { evidence_.non_finite = std::move(origin); }

  int64_t steps() const { return static_cast<int64_t>(evidence_.losses.size()); }
  // Size of the last update over the size of the weights, over all parameters.
  double update_ratio() const { return update_ratio_; }
  bool wants_weights() const;  // is a weight norm due at this step?
  const Evidence& evidence() const { return evidence_; }

  static constexpr std::size_t kWindow = 100;  // steps over which frozen_loss is judged

  // For a checkpoint.
  template <class Archive>
  void keep(Archive& a) {
    bool sampled = evidence_.fates.has_value();
    a("update_ratio", update_ratio_), a("sampled", sampled), a.rows("fates", fates_);
    a.check("fates", fates_.size() == kWindow, "is of another number of steps");
    if (sampled && !evidence_.fates) evidence_.fates.emplace();
    if (sampled) a("fate", *evidence_.fates);
    double deviation = evidence_.first_deviation.value_or(-1);
    a("first_deviation", deviation);
    if (deviation >= 0) evidence_.first_deviation = deviation;
    a("losses", evidence_.losses), a("weight_norms", evidence_.weight_norms);
    a("update_ratios", evidence_.update_ratios), a("first_ratios", evidence_.first_ratios);
    bool stepped = evidence_.last_step.has_value();
    a("stepped", stepped);
    if (!stepped) return;
    if (!evidence_.last_step) evidence_.last_step.emplace();
    for (auto& [name, value] :
        {std::pair{"kept", &evidence_.last_step->kept}, {"gain", &evidence_.last_step->gain},
            {"size", &evidence_.last_step->size}, {"decay", &evidence_.last_step->decay}}) {
      double number = value->value_or(std::nan(""));
      a(name, number);
      *value = std::isnan(number) ? std::nullopt : std::optional(number);
    }
  }

 private:
  StepEvidence step_of(double moved) const;

  std::vector<Named<Variable>> parameters_;
  OptimizerView optimizer_;
  std::vector<Tensor> before_;
  std::vector<double> pulls_;               // of each gradient, the sum of squares
  std::optional<double> rate_, unclipped_;  // of the step under way
  double slope_ = 0;                        // the norm of its gradient
  double update_ratio_ = 0;
  std::vector<SampleFates> fates_ = std::vector<SampleFates>(kWindow);
  Evidence evidence_;
};

}  // namespace lively
