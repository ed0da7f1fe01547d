#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "apps/lab/doctor/arms.h"
#include "apps/lab/doctor/patient.h"
#include "lively/data/source.h"

namespace lively::lab {

struct ConsultBudget {
  double seconds = 120;
  const std::atomic<bool>* interrupt = nullptr;  // true: it ends with what it has
  // What is under way, and for how long all of it has been.
  std::function<void(const std::string& what, double seconds)> progress{};
};

// What was found, and what it takes to do it.
struct Consultation {
  Consulted report;
  Arm best;                // as report.change; where that is empty, the recipe as it is
  std::string checkpoint;  // of the failed network; empty: there is none
};

// Asks what heals a run that failed: changes of its recipe tried from the start, and on the network
// that has failed, from one checkpoint, each on as many seeds as there is time for, side by side,
// one network a core. `outcome` is that of the run as it is. An arm is *healed* on a seed if it
// closes kHeals of the way from the share of the commonest class to the best arm's mean accuracy,
// as in treatment.h, or kNear where the verdict is healthy and the run falls short; its effect is
// the difference to the recipe as it is on the same seed. Where there is no time for whole runs,
// arms are shorter, and the report says so.
Consultation consult(const Patient& patient, const DataSplits& data, const Outcome& outcome,
    const ConsultBudget& budget);

// Carries out the best change and saves the weights to `save`: from the start as a run of the
// program does, with a checkpoint beside them; on the failed network as its arm was. nullopt: there
// is none, or `interrupt` came first. Gives the accuracy on the test set.
std::optional<double> carry_out(const Consultation& found, const DataSplits& data,
    const std::string& save, const std::atomic<bool>& interrupt);

}  // namespace lively::lab
