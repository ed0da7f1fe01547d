#pragma once

#include <chrono>
#include <optional>

#include "apps/lab/inquiry/lives.h"
#include "apps/lab/inquiry/mistakes.h"
#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/inquiry/planter.h"
#include "apps/lab/inquiry/recording.h"
#include "apps/lab/inquiry/spreads.h"
#include "apps/lab/inquiry/wakes.h"
#include "apps/lab/run/early_stop.h"
#include "apps/lab/run/training.h"

namespace lively::lab {

// A training with its instruments around it. Who drives it writes the loop:
//
//   Session session(*model, *optimizer, recipe, data, out);
//   TrainStep train_step(*model, *optimizer, recipe);
//   session.begin();                                    // census at birth, or resumed
//   while (session.goes_on()) {
//     for (const Batch& batch : session.next_epoch()) {
//       session.begin_step(batch);
//       const Step step = train_step(batch, session.look());
//       if (!session.end_step(step)) break;
//     }
//     session.end_epoch();                              // test set, census, checkpoint
//   }
//   const Outcome outcome = session.end();              // last census, probes on copies, verdict
//
// Same recipe, data and number of threads: same bits, whatever else runs in the process.
class Session {
 public:
  // `model`, `optimizer` and `out` must outlive it. Throws ValueError where parts of the recipe do
  // not fit.
  Session(Module& model, Optimizer& optimizer, const Settings& recipe, const DataSplits& data,
      Sink& out, const Budget& budget = {});

  void begin();
  bool goes_on() const { return goes_on_ && t_.position.epochs < t_.recipe.epochs; }
  Epoch next_epoch();
  void begin_step(const Batch& batch);
  std::function<void(const Step&)> look();  // the observers, before the update
  bool end_step(const Step& step);          // false: the run is over, or was interrupted
  void end_epoch();
  Outcome end();

 private:
  using Clock = std::chrono::steady_clock;
  void keep(Archive& a);
  void save();
  bool is_interrupted() const;
  void resume();
  void test();
  void conclude();
  void bring_back_best();

  Training t_;
  Oracle oracle_;
  Planter planter_;
  Recording recording_;
  Lives lives_;
  SpreadWatch spreads_;
  Wakes wakes_;
  Mistakes mistakes_;
  const std::vector<Observer*> observers_;
  const Budget budget_;
  std::optional<EarlyStop> early_stop_;
  Outcome outcome_;
  Batch batch_;                     // of the step under way
  std::optional<Observe> listens_;  // while its forward pass runs
  bool goes_on_ = true, constant_input_ = false;
  int64_t tested_at_ = -1;  // the step after which `outcome_.test` was taken
  const Clock::time_point began_ = Clock::now();
  Clock::time_point epoch_began_;
  int64_t seen_before_ = 0;  // of the epoch, by an earlier run
};

}  // namespace lively::lab
