#pragma once

#include <cstdint>
#include <vector>

#include "lively/tensor/named.h"
#include "lively/tensor/tensor.h"

// What listens to a metric that is taken once an epoch.

namespace lively {

enum class Better : uint8_t { lower, higher };

struct PlateauOptions {
  double factor = 0.1;      // by which the rate shrinks
  int64_t patience = 10;    // epochs without progress that it bears
  double threshold = 1e-4;  // progress is better than the best by this share of it
  int64_t cooldown = 0;     // epochs after a cut that do not count
  double least = 0;         // the factor goes no lower
  Better better = Better::lower;
};

// Cuts the learning rate when a metric no longer improves, as PyTorch's ReduceLROnPlateau without
// its eps, by one rule for all rates:
//
//   optimizer.set_lr_factor(plateau.update(loss));
//
// The threshold is meant for metrics above 0. NaN is no progress.
class Plateau {
 public:
  // Throws ValueError unless 0 < factor < 1, 0 <= threshold < 1, 0 <= least <= 1 and the epochs
  // are at least 0.
  explicit Plateau(const PlateauOptions& options = {});

  double update(double metric);  // after an epoch; gives the factor for the next
  double factor() const { return state_.factor; }

  struct State {
    double factor = 1;
    double best = 0;
    bool any = false;          // is there a best?
    int64_t bad = 0;           // epochs since then
    int64_t cooling_down = 0;  // epochs that still do not count
  };
  const State& state() const { return state_; }
  void restore(const State& state);  // throws ValueError for one that no updates lead to

 private:
  PlateauOptions options_;
  State state_;
};

struct EarlyStoppingOptions {
  int64_t patience = 10;  // stops after this many epochs in a row that were no better
  double min_delta = 0;   // better means by more than this
  Better better = Better::lower;
};

// Ends a run whose metric no longer improves, and brings back the weights of its best epoch
// (Prechelt 1998). NaN is never better.
//
//   EarlyStopping stopping(net.state_dict());
//   while (!stopping.update(train_and_validate(net))) {}
//   stopping.restore_best();
class EarlyStopping {
 public:
  // `weights`: handles to what is to be kept, buffers included. Throws ValueError for an undefined
  // one, and unless patience >= 1 and min_delta >= 0 is finite.
  explicit EarlyStopping(
      std::vector<Named<Tensor>> weights, const EarlyStoppingOptions& options = {});

  bool update(
      double metric);  // after an epoch; copies the weights if it is the best; is it time to stop?
  bool should_stop() const { return state_.bad >= options_.patience; }
  bool is_best() const { return state_.any && state_.bad == 0; }  // the last epoch
  // Copies the best epoch's weights back. Throws StateError if there is none.
  void restore_best();

  struct State {
    int64_t epochs = 0;  // so far
    double best = 0;
    bool any = false;  // is there a best?
    int64_t bad = 0;   // epochs since then, or of all
  };
  const State& state() const { return state_; }
  int64_t best_epoch() const { return state_.any ? state_.epochs - state_.bad - 1 : -1; }  // from 0
  // For a checkpoint, with state(): the copies, sharing their elements.
  const std::vector<Named<Tensor>>& best_weights() const { return best_; }
  void restore(const State& state);  // throws ValueError for one that no updates lead to

 private:
  std::vector<Named<Tensor>> weights_, best_;
  EarlyStoppingOptions options_;
  State state_;
};

}  // namespace lively
