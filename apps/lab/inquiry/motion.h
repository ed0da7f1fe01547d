#pragma once

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/module.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// Sees whether the optimizer still moves the parameters, in the last 100 steps of a run: keeps a
// copy of them from before, looks every 20 steps at which gradients are not 0, and compares at the
// end to the bit. So a run pays one copy and six passes over its parameters, whatever its length.
class Motion {
 public:
  static constexpr int64_t kSteps = 100;

  // `last_step`: the number of the run's last step, from 1. A run of fewer than 100 has no evidence
  // but for what is wired.
  Motion(Module& model, const Optimizer& optimizer, int64_t last_step);

  void before_update(int64_t step);
  void after_update(int64_t step);

  // Puts it into the evidence; nothing if the run ended early.
  void add_to(Evidence& evidence) const;

  // For a checkpoint. Begins anew if the run that goes on ends at another step.
  template <class Archive>
  void keep(Archive& a) {
    int64_t last_step = last_step_, copied = start_.empty() ? 0 : 1;
    a("last_step", last_step), a("rate", rate_), a("copied", copied), a.rows("seen", seen_);
    a.check("seen", seen_.empty() || seen_.size() == parameters_.size(),
        "is of another number of parameters");
    if (a.reads()) start_.clear(), pulled_.clear();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const auto& [name, p] = parameters_[i];
      if (!seen_.empty()) seen_[i].name = name;
      if (!copied) continue;
      if (a.reads()) start_.push_back(Tensor::empty(p.shape(), p.dtype()));
      if (a.reads()) pulled_.push_back(Tensor::empty(p.shape(), Dtype::uint8));
      a("start." + std::to_string(i), start_[i]), a("pulled." + std::to_string(i), pulled_[i]);
    }
    if (last_step != last_step_) start_.clear(), pulled_.clear(), seen_.clear();
  }

 private:
  int64_t first_step() const { return last_step_ - kSteps + 1; }
  bool is_wired(const Variable& parameter) const;

  std::vector<Named<Variable>> parameters_;
  const Optimizer& optimizer_;
  int64_t last_step_;
  double rate_ = 0;             // the largest since the first step seen
  std::vector<Tensor> start_;   // parameters before the first step
  std::vector<Tensor> pulled_;  // uint8: had a gradient
  std::vector<MotionEvidence> seen_;
};

}  // namespace lively::lab
