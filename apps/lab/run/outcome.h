#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"

namespace lively::lab {

// What a pass over a set without training gives.
struct Examination {
  double loss = 0;
  double accuracy = 0;     // a fraction
  double accuracy_se = 0;  // sqrt(p (1 - p) / n)
  Census census;
};

// Called on a pass over a set, with how many of its samples it has seen.
using Passed = std::function<void(int64_t done, int64_t of)>;

// How many deaths came about how, over a run.
struct DeathTally {
  int64_t deaths = 0, born = 0, unknown = 0;  // of the deaths, those without a cause
  std::array<int64_t, 4> by{};                // by FallBy
  int64_t cliffs = 0, drifts = 0;             // known only where every step has a census

  template <class Archive>
  void keep(Archive& a) {
    a("deaths", deaths), a("born", born), a("unknown", unknown), a("cliffs", cliffs);
    a("drifts", drifts);
    for (std::size_t i = 0; i < by.size(); ++i) a("by." + std::to_string(i), by[i]);
  }
};

// What --early-stop found.
struct BestEpoch {
  int64_t epoch = 0;
  double loss = 0, accuracy = 0, accuracy_se = 0;  // on the test set
  bool stopped = false;                            // did it end the run?
};

// What a run came to.
struct Outcome {
  int64_t epochs = 0, steps = 0;  // completed
  double seconds = 0;
  Examination test;
  std::optional<BestEpoch> best;  // with --early-stop: its weights are the model's at the end
  LifeHistory life;
  DeathTally deaths;
  Evidence evidence;
  Diagnosis diagnosis;
  std::string weights_hash;
  std::string prophecies;  // how they fared; empty: there were none to score
  bool interrupted = false;
  std::string checkpoint;  // where the run can go on from; empty: nothing was saved

  bool diverged() const { return evidence.non_finite.has_value(); }
};

}  // namespace lively::lab
