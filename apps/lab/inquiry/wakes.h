#pragma once

#include <map>
#include <optional>

#include "apps/lab/run/observer.h"

namespace lively::lab {

// Notes in every step of training which sample last fired each unit: the last in time, where a
// census knows the last in the order of its set. It reads results from their end and stops at the
// first that is above 0. Not kept in a checkpoint: it knows what came since the run went on.
class Wakes final : public Observer, public RectifierListener {
 public:
  struct Wake {
    int64_t step = -1, sample = -1;  // of the training set
  };

  // Looks only where there is a log, and units are followed by censuses.
  explicit Wakes(const Training& t)
      : looks_(!t.recipe.log.empty() && t.recipe.liveness >= Liveness::epoch) {}

  RectifierListener* listener() override { return looks_ ? this : nullptr; }
  void before_update(Training& t, const Batch& batch, const Step& step) override;

  UnitCounts* counts(const RectifierSite&) override { return nullptr; }
  bool wants_results() const override { return true; }
  void activated(const RectifierSite& site, Variable& y) override;

  // Of the rectifier call of this number in a pass; empty: nothing is known.
  std::optional<Wake> of(std::size_t call, int64_t unit) const;

 private:
  void join(Team& team);

  bool looks_;
  std::vector<int64_t> open_;
  std::map<int, std::vector<int64_t>> rows_;  // by call and unit: of the batch under way; -1: none
  std::map<int, std::vector<Wake>> last_;
};

}  // namespace lively::lab
