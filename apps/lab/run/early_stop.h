#pragma once

#include "apps/lab/run/archive.h"
#include "apps/lab/run/outcome.h"
#include "lively/nn/module.h"
#include "lively/optim/progress.h"

namespace lively::lab {

// --early-stop: ends a run when `patience` epochs in a row had no lower test loss than the best,
// and keeps the weights of the best (Prechelt 1998, Early Stopping – But When?). Since the test set
// chooses the epoch, its accuracy there is a little better than on pictures never seen.
class EarlyStop {
 public:
  // `model` must outlive it. Throws ValueError if patience < 1.
  EarlyStop(const Module& model, int64_t patience);

  void epoch_ended(int64_t epoch, const Examination& test);
  bool over() const { return stopping_.should_stop(); }
  // The best epoch so far; nullopt: none had a loss that is a number.
  std::optional<BestEpoch> best() const;
  // Gives the model its weights back, if there is one.
  void restore_best();

  void keep(Archive& a);

 private:
  EarlyStopping stopping_;
  BestEpoch best_;
};

}  // namespace lively::lab
