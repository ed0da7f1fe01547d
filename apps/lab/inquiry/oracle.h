#pragma once

#include <map>

#include "apps/lab/inquiry/unit_rows.h"
#include "apps/lab/run/observer.h"
#include "lively/data/dataset.h"
#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/optim/schedule.h"

namespace lively::lab {

// Foretells what the dead units of a run will do, before it goes on, and keeps the score when it
// does. Reads weights and optimizer state, and writes to neither.
class Oracle final : public Observer {
 public:
  // `steps`: of the whole run.
  Oracle(Module& model, const Settings& settings, const Dataset& train, const Optimizer& optimizer,
      Schedule schedule, int64_t steps, Sink& out);

  // After a census of all or the first of the training images: scores what it settles, then speaks
  // of every unit that it found dead.
  void counted(const Census& census, int64_t step);
  // After a step: scores the wakings that were foretold for it. What stands is dropped unscored if
  // a plant wrote to weights in it, since prophecies speak of what the optimizer does.
  void stepped(int64_t step);
  // Somebody beside the optimizer wrote to weights: what stands is dropped unscored.
  void rewritten() { standing_.clear(), next_due_ = INT64_MAX; }
  // After the last census, of all training images: scores the rest, and certifies what is dead.
  void finish(const Census& census, int64_t step);
  std::string summary()
      const;  // "Prophecies: 118 of 118 right: …"; empty: there was nothing to score

  void after_update(Training& t, const Step&) override {
    if (t.recipe.liveness >= Liveness::epoch) stepped(t.position.steps);
  }
  void keep(Archive& a) override;

 private:
  // A rectifier with what feeds it.
  struct Site {
    std::string name;
    WeightedLayer* layer = nullptr;  // null: none that a theorem speaks of
    BatchNorm* norm = nullptr;       // between the two
    std::optional<UnitRows> rows{};  // of both, if there is a layer
    bool sums = false;               // with a shortcut, between the two
    bool bypassed = false;
    int64_t positions = 1;  // of a sample
  };
  struct Standing {
    Prophecy prophecy;
    int64_t made = 0;  // after this step
    // Fingerprints of its own parameters, as they were then or, of an open one, when it was last
    // asked; and of all in the layers below.
    uint64_t own = 0, below = 0;
    bool early = false;   // it fired the step before it was to
    int64_t samples = 0;  // on so many images it was dead
  };
  using Key = std::pair<int64_t, int64_t>;  // rectifier, unit
  struct Row;

  std::optional<UpdateLaw> law(const Site& site, int64_t step) const;  // of one with a layer
  uint64_t own(const Site& site, int64_t unit) const;
  uint64_t below(std::size_t site) const;
  std::vector<Prophecy> ask(
      std::size_t site, const std::vector<int64_t>& units, const Outlook& outlook) const;
  bool could_stand(const Row& row) const;
  bool is_due(std::size_t site, int64_t unit, const Standing& s) const;
  int64_t dead_cut(const Census& census, int64_t step);
  void settle(const Census& census, int64_t step, bool last);
  void score(
      const Key& key, const Standing& s, bool right, std::string text, std::vector<Scored>& to);
  void own_up();
  bool fires_on(const Site& site, int64_t unit,
      int64_t sample) const;     // of the training images; -1: on zeros
  std::string overview() const;  // of all that stand

  Module& model_;
  const Settings& s_;
  const Dataset& train_;
  Schedule schedule_;
  Plant plant_;
  int64_t steps_;
  Sink& out_;
  std::vector<Site> sites_;
  std::map<Key, Standing> standing_;
  int64_t right_[4] = {};  // by fate
  int64_t wrong_ = 0, not_due_ = 0;
  int64_t impossible_ = 0;  // of those that are wrong, since this was last told
  std::string first_impossible_;
  int64_t next_due_ = 0;
  int64_t censuses_ = 0;
  uint64_t seen_dead_ =
      0;  // fingerprint of the parameters up to a dead cut, as last seen on all images
  std::string said_;
};

}  // namespace lively::lab
