#pragma once

#include <atomic>
#include <functional>
#include <limits>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"
#include "lively/data/source.h"

namespace lively::lab {

// What a treatment may cost, and who may end it.
struct TreatmentBudget {
  double seconds = 10;
  int64_t steps = std::numeric_limits<int64_t>::max();  // of all twins together
  const std::atomic<bool>* interrupt = nullptr;         // true: it ends with what it has
  // Called by the caller's thread: how many twins were made, in how many seconds.
  std::function<void(int64_t twins, double seconds)> progress{};
};

// A run's own time, or ten seconds, whichever is more.
double treatment_seconds(const Outcome& outcome);

// Is there something to heal? Not where the verdict is healthy, or where none was given.
bool wants_treatment(const Outcome& outcome);

// Does a run with a healthy verdict end short of its neighbours: below kNear of what the recipe
// with all its flags undone reaches above the commonest class? Where that run would take long, a
// short twin of each is asked first, and it is made only if they differ. False for other verdicts,
// and where nothing is to be undone or the budget does not do.
bool falls_short(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
    const TreatmentBudget& budget);

// Looks for what heals a run that failed. Changes of its recipe are tried on twins: the same data,
// seed and batches, short, many at once. They come in this order, the least invasive first:
//
//   undo      each flag that is not as in the defaults, alone
//   scale     the learning rate by tens, clipping, momentum
//   undo      the smallest set of flags that heals (ddmin)
//   remedies  loss, initialiser, optimizer, activation, normalisation, shortcuts, size
//   pairs     of those that came furthest
//
// A change *heals* if its twin learns: if it closes kHeals of the way from the share of the
// commonest class to what the best twin of the same length reaches, the recipe with all its flags
// undone among them, while the recipe as it is does not. Where the recipe as it is does, twins are
// too short to show the fault, and longer ones are made, up to the run itself. What heals a short
// twin is a cure once it has done so on a twin as long as the run, or as the budget allows, beside
// the undone recipe. For a run that learns, and comes short of its neighbours only, the bar is
// kNear.
//
// Where the cure is one number, the nearest value that heals is sought between the two by
// bisection. And what cures is the truth: a verdict of which the cure is no test, and of which no
// test heals, is corrected by it (ruling.h); where no change is needed, it is healthy, or unsure if
// less than half was learnt.
//
// With a budget of steps alone, the same recipe, data and number of threads give the same result.
Treated treat(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
    const TreatmentBudget& budget);

inline constexpr double kHeals = 0.8, kNear = 0.93;

}  // namespace lively::lab
