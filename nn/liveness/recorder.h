#pragma once

#include <array>
#include <vector>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/module.h"

namespace lively {

// Collects the evidence for a verdict while a run goes on: numbers only, no settings.
class Recorder {
 public:
  explicit Recorder(Module& model);

  // The loss of a step, and how its samples fared: logits [N, K], the gradient that reached them,
  // or an undefined tensor where nobody saw it, labels int64 [N]. Throws ShapeError, DtypeError.
  void step(double loss, const Tensor& logits, const Tensor& logits_gradient, const Tensor& labels);
  // Sizes of weights, and of their last updates; call before and after an optimizer step at
  // which they are wanted.
  void before_update();
  void after_update();
  void not_finite(NonFinite origin) { evidence_.non_finite = std::move(origin); }

  int64_t steps() const { return static_cast<int64_t>(evidence_.losses.size()); }
  // Size of the last update over the size of the weights, over all parameters.
  double update_ratio() const { return update_ratio_; }
  bool wants_weights() const;  // is a weight norm due at this step?
  const Evidence& evidence() const { return evidence_; }

  static constexpr std::size_t kWindow = 100;  // steps over which frozen_loss is judged

  // All that it has collected, to be kept in a checkpoint.
  struct State {
    double update_ratio = 0;
    std::array<SampleFates, kWindow> fates{};
    Evidence evidence;
  };
  State state() const { return {update_ratio_, fates_, evidence_}; }
  void restore(State state);

 private:
  std::vector<Named<Variable>> parameters_;
  std::vector<Tensor> before_;
  double update_ratio_ = 0;
  std::array<SampleFates, kWindow> fates_{};
  Evidence evidence_;
};

}  // namespace lively
