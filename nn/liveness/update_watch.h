#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/module.h"

namespace lively {

// How an optimizer is asked, whatever it is. What is left empty is not known.
struct OptimizerView {
  std::function<bool(const Variable& parameter)> holds;
  // Entries of the state of a parameter that it holds which are infinite or NaN.
  std::function<int64_t(const Variable& parameter)> non_finite_state;
  // The learning rate that schedule and warm-up scale.
  std::function<double()> nominal_rate{};
  // The factor of a parameter's weight decay; and whether it is a step of its own (adamw), not a
  // part of the gradient.
  struct Decay {
    double strength = 0;
    bool own_step = false;
  };
  std::function<Decay(const Variable& parameter)> decay{};
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

  // For a checkpoint. Begins anew where the run that goes on ends at another step.
  template <class Archive>
  void keep(Archive& a);

 private:
  std::optional<bool> wired(std::size_t parameter, const MotionEvidence& seen) const;
  bool opens(int64_t step) const;

  struct Window {
    int64_t first = 0;                                       // step
    std::vector<Tensor> start;                               // the parameters before it
    std::vector<Tensor> pulled;                              // uint8: had a gradient
    double rate = -std::numeric_limits<double>::infinity();  // the largest since; none was told
  };

  std::vector<Named<Variable>> parameters_;
  OptimizerView optimizer_;
  std::optional<int64_t> last_step_;
  int64_t step_ = 0;                                        // the last one seen
  double rate_ = -std::numeric_limits<double>::infinity();  // the largest
  std::vector<double> rates_;                               // of every step that told one
  std::vector<int64_t> reached_;  // by parameter: did a gradient reach it in that step?
  std::vector<Window> windows_;
};

template <class Archive>
void UpdateWatch::keep(Archive& a) {
  int64_t last_step = last_step_.value_or(-1), windows = static_cast<int64_t>(windows_.size());
  a("last_step", last_step), a("step", step_), a("rate", rate_), a("rates", rates_);
  a("reached", reached_);
  a.check("reached", reached_.empty() || reached_.size() == parameters_.size(),
      "is of another number of parameters");
  a("windows", windows);
  a.check("windows", windows >= 0 && windows <= 2, "has more than two");
  windows_.resize(static_cast<std::size_t>(windows));
  for (std::size_t k = 0; k < windows_.size(); ++k) {
    Window& w = windows_[k];
    const std::string at = "window." + std::to_string(k) + ".";
    a(at + "first", w.first), a(at + "rate", w.rate);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Variable& p = parameters_[i].value;
      if (a.reads()) w.start.push_back(Tensor::empty(p.shape(), p.data().dtype()));
      if (a.reads()) w.pulled.push_back(Tensor::empty(p.shape(), Dtype::uint8));
      a(at + "start." + std::to_string(i), w.start[i]);
      a(at + "pulled." + std::to_string(i), w.pulled[i]);
    }
  }
  if (last_step != last_step_.value_or(-1)) windows_.clear();
}

}  // namespace lively
