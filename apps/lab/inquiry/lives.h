#pragma once

#include <chrono>

#include "apps/lab/inquiry/inquest.h"
#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/run/observer.h"
#include "lively/nn/liveness/pulse.h"

namespace lively::lab {

// Follows the units through a run, as closely as the recipe's level of liveness asks: takes the
// censuses, keeps the lives, and tells of both, with the causes of deaths.
class Lives final : public Observer {
 public:
  // `oracle` is told of each census that it can speak of.
  Lives(Training& training, Oracle& oracle);

  void began(Training& t) override;
  RectifierListener* listener() override { return level_ == Liveness::batch ? &pulse_ : nullptr; }
  void before_update(Training& t, const Batch& batch, const Step&) override;
  void after_update(Training& t, const Step&) override;
  void epoch_ended(Training& t) override;
  void keep(Archive& a) override;

  // Of a run that goes on from a checkpoint: throws ValueError where the level asks for more than
  // the run before had looked at.
  void check_resumed(const Training& t) const;
  // After the last step, with the census of all training images that the verdict rests on.
  void ended(Training& t, Census& census);

  const LifeHistory& life() const { return life_; }
  // What was seen of the weights as drawn, for the verdict.
  void birth_evidence(const Training& t, Evidence& e) const;
  const DeathTally& tally() const { return inquest_.tally(); }
  // Is every epoch's end a census, so that deaths have causes and dead units prophecies?
  bool by_census() const { return level_ >= Liveness::epoch; }
  // What the censuses after steps took since this was last asked.
  double take_seconds() { return std::exchange(seconds_, 0); }

 private:
  void tell_batches(Training& t);
  void tell_step(Training& t);
  void note_birth(Training& t, const Examination& first);
  void tell(Training& t, const char* set, const Census& census, std::vector<double> zeros);
  void frame(Training& t);

  const Liveness level_;
  Training& training_;
  Oracle& oracle_;
  Inquest inquest_;
  Pulse pulse_;
  LifeHistory life_, batch_life_, step_life_;
  // Of the weights as drawn: loss, output deviation, saturated share (NaN: no layer has one), and
  // the number of the module whose units are copies (-1: none); empty: nobody looked.
  std::vector<double> birth_;
  DataBox box_;  // of points in the plane
  bool framed_ = false;
  double seconds_ = 0;
};

}  // namespace lively::lab
