#pragma once

#include <vector>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Collects the evidence for a verdict while a run goes on: numbers only, no settings.
class Recorder {
 public:
  explicit Recorder(Module& model);

  // The loss of a step, and how its samples fared: logits [N, K], the gradient that reached
  // them, labels [N].
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

  struct Fate {
    int64_t seen = 0, wrong = 0, frozen = 0;

    template <class Archive>
    void keep(Archive& a) {
      a("seen", seen), a("wrong", wrong), a("frozen", frozen);
    }
  };
  static constexpr std::size_t kWindow = 100;  // steps over which frozen_loss is judged

  // For a checkpoint.
  template <class Archive>
  void keep(Archive& a) {
    a("update_ratio", update_ratio_), a.rows("fates", fates_);
    a.check("fates", fates_.size() == kWindow, "is of another number of steps");
    a("samples_seen", evidence_.samples_seen), a("wrong", evidence_.wrong);
    a("wrong_frozen", evidence_.wrong_frozen), a("losses", evidence_.losses);
    a("weight_norms", evidence_.weight_norms), a("update_ratios", evidence_.update_ratios);
  }

 private:
  std::vector<Named<Variable>> parameters_;
  std::vector<Tensor> before_;
  double update_ratio_ = 0;
  std::vector<Fate> fates_ = std::vector<Fate>(kWindow);
  Evidence evidence_;
};

}  // namespace lively::lab
