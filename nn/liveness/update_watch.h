#pragma once

#include <functional>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/module.h"

namespace lively {

// How an optimizer is asked, whatever it is. What is left empty is not known.
struct OptimizerView {
  std::function<bool(const Variable& parameter)> holds;
  // Entries of the state of a parameter that it holds which are infinite or NaN.
  std::function<int64_t(const Variable& parameter)> non_finite_state;
};

// Sees whether the optimizer still moves the parameters: keeps a copy of them, looks every 20 steps
// at which gradients are not 0, and compares in the end to the bit. Where the run's last step is
// known, the copy is of 100 steps before it, and a run pays one copy and six passes over its
// parameters, whatever its length. Else a copy is taken every 100 steps and the last two are kept,
// so that the comparison is over the last 100 to 199 steps, or all of them.
class UpdateWatch {
 public:
  static constexpr int64_t kSteps = 100;

  // `last_step`: the number of the run's last step, from 1. A run of fewer than 100 has then no
  // evidence but for what is wired.
  explicit UpdateWatch(
      Module& model, OptimizerView optimizer = {}, std::optional<int64_t> last_step = {});

  // To be called when the gradients of a step are there, and the parameters are as before it.
  void before_update(int64_t step, std::optional<double> learning_rate);

  // Puts what is known after the last step into the evidence.
  void add_to(Evidence& evidence) const;

  struct Window {
    int64_t first = 0;             // step
    std::vector<Tensor> start;     // the parameters before it
    std::vector<Tensor> pulled;    // uint8: had a gradient
    std::optional<double> rate{};  // the largest since
  };
  // All that it has seen, to be kept in a checkpoint.
  struct State {
    std::optional<int64_t> last_step;
    int64_t step = 0;              // the last one seen
    std::optional<double> rate{};  // the largest
    std::vector<bool> reached{};   // by parameter: did a gradient reach it in that step?
    std::vector<Window> windows{};
  };
  const State& state() const { return s_; }
  // Begins anew where the run that goes on ends at another step. Throws ValueError, and changes
  // nothing, where a tensor does not fit its parameter.
  void restore(State state);

 private:
  std::optional<bool> wired(std::size_t parameter, const MotionEvidence& seen) const;
  bool opens(int64_t step) const;

  std::vector<Named<Variable>> parameters_;
  OptimizerView optimizer_;
  State s_;
};

}  // namespace lively
