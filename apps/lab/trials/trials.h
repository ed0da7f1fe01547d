#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/outcome.h"
#include "lively/data/source.h"

namespace lively::lab {

// A recipe to be carried out, its seed among it, and how far it may go.
struct Trial {
  Settings recipe;
  int64_t steps = std::numeric_limits<int64_t>::max();  // at most; see Budget
};

// Whose bits a trial gives. Products that are split among threads have other last bits than whole
// ones.
enum class Bits : uint8_t {
  of_one_thread,   // of a run with --threads 1: the same wherever the trial is made
  of_all_threads,  // of a run with as many threads() as here: what a person gets who repeats it
};

// How a list of trials may be carried out. But for `bits`, none of it changes what a trial comes
// to, only whether it is made.
struct Limits {
  Bits bits = Bits::of_one_thread;
  int workers = 0;                               // trials at once; 0: threads()
  const std::atomic<bool>* interrupt = nullptr;  // true: as if `until` had come
  // Then no trial begins, and those under way stop after their step and count as not made.
  std::optional<std::chrono::steady_clock::time_point> until{};
  // Called by the thread that asked for the list, from time to time and at the end.
  std::function<void(int64_t made, int64_t of)> progress{};
};

// Calls one(i, stop) for each i of [0, n), in that order, on threads of their own, each of which
// keeps one core busy; one alone that is to have the bits of all threads may use them. `one` is to
// return early, and give false, once `stop` is true. Gives for each i whether it was made to its
// end. Throws what the first of them (by i) threw, when all have ended; the others then stop.
using One = std::function<bool(int64_t i, const std::atomic<bool>& stop)>;
std::vector<bool> side_by_side(int64_t n, const Limits& limits, const One& one);

// What each trial came to, in the order of the list, whatever order they end in: bit for bit as
// `run` of whole_run.h gives it alone. nullopt: not made, or not to its end.
std::vector<std::optional<Outcome>> run_trials(
    const std::vector<Trial>& trials, const DataSplits& data, const Limits& limits = {});

}  // namespace lively::lab
