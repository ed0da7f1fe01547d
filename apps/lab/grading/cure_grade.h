#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/grading/draw.h"
#include "apps/lab/grading/rounds.h"

namespace lively::lab {

// Someone else's way of healing a recipe.
struct Repair {
  std::optional<Settings> recipe{};  // healed; none: it found nothing wrong, or gave up
  std::string text{};                // what it found and did
  int64_t steps = 0;                 // that it trained for
};
struct Healer {
  std::string name;
  std::function<Repair(const Settings& recipe, const DataSplits& data)> repair;
};

struct CureGrade {
  int64_t wanted = 200;  // hurt cases
  std::vector<Healer> rivals{};
};

// Draws recipes with one fault, and every third time with two, until so many are hurt; treats each
// as a program does after its run, and carries out the recipe that the first command prints. Cases
// are made one after the other, since a treatment takes all cores. Each is a line of `rounds.out`:
//
//   cure  seed, data, kinds, strength, clean, faulty, majority, clean_accuracy, accuracy, hurt, and
//         of a hurt one verdict, run_seconds, run_steps, change, why, none, command, whole_run,
//         treated (false: the verdict asked for no treatment), twins, steps, seconds, cured
//         (accuracy of the command's run; null: none was printed), restored, named, needed (the
//         faults whose undoing alone restores), rivals {name: {text, steps, cured, restored}}
//
// Throws ValueError where `rounds.out` holds another grading's cases.
Graded grade_cures(const CureGrade& grade, const Rounds& rounds, const std::vector<Place>& places);

}  // namespace lively::lab
