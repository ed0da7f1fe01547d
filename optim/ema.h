#pragma once

#include <cstdint>
#include <vector>

#include "lively/autograd/variable.h"
#include "lively/tensor/named.h"

namespace lively {

struct EmaOptions {
  double decay = 0.999;
  // The t-th update after the first takes min(decay, (1 + t) / (10 + t)), as TensorFlow's
  // ExponentialMovingAverage with num_updates: early averages forget the start sooner.
  bool warm_up = false;
};

// Running averages of parameters, which often predict better than the parameters themselves
// (Polyak and Juditsky 1992): average = decay · average + (1 - decay) · parameter. The first
// update() copies, so no bias needs correcting; this is torch.optim.swa_utils' AveragedModel with
// get_ema_multi_avg_fn. Batch norm's running moments are averages already, and are not averaged.
class Ema {
 public:
  // Handles to the parameters, as named_parameters() gives. Throws ValueError unless
  // 0 <= decay < 1 and every parameter is defined, row-major and named once.
  explicit Ema(const std::vector<Named<Variable>>& parameters, EmaOptions options = {});

  void update();  // after an optimizer's step; throws StateError while applied
  // Puts the averages in the place of the parameters, which it keeps, and back, both to the bit.
  // Throws StateError if they are there already, or are not. See EmaScope.
  void apply();
  void restore();
  bool is_applied() const { return applied_; }

  // For a checkpoint: the averages (while applied, the parameters) under the parameters' names,
  // sharing their elements, and how many updates they have had.
  const std::vector<Named<Tensor>>& averages() const { return averages_; }
  int64_t updates() const { return updates_; }
  void set_updates(int64_t n) { updates_ = n; }

 private:
  void swap();

  std::vector<Variable> parameters_;
  std::vector<Named<Tensor>> averages_;
  EmaOptions options_;
  int64_t updates_ = 0;
  bool applied_ = false;
};

// While one of these lives, the parameters hold their averages:
//
//   { const EmaScope averaged(ema); accuracy = evaluate(net); }
class [[nodiscard]] EmaScope {
 public:
  explicit EmaScope(Ema& ema) : ema_(ema) { ema_.apply(); }
  ~EmaScope() {
    if (ema_.is_applied()) ema_.restore();
  }
  EmaScope(const EmaScope&) = delete;
  EmaScope& operator=(const EmaScope&) = delete;

 private:
  Ema& ema_;
};

}  // namespace lively
