#pragma once

#include <string>
#include <vector>

#include "apps/lab/grading/draw.h"
#include "apps/lab/grading/rounds.h"

namespace lively::lab {

struct CureGrade {
  int64_t wanted = 200;      // hurt cases
  bool autotrainer = false;  // repair them in its order too
};

// Draws recipes with one fault, and every third time with two, until so many are hurt; treats each
// as a program does after its run, and carries out the recipe that the first command prints. Cases
// are made one after the other, since a treatment takes all cores. Each is a line of `rounds.out`:
//
//   cure  seed, data, kinds, strength, clean, faulty, majority, clean_accuracy, accuracy, hurt, and
//         of a hurt one verdict, run_seconds, run_steps, treated (false: it was not asked for),
//         ruling (the verdict that it comes to), change, why, none, command, measured, confirmed,
//         whole_run, twins, steps, seconds, cured (accuracy of the command's run; null: none was
//         printed), restored, named, needed (the faults whose undoing alone restores; none: all),
//         undo (the fewest flags whose undoing does), autotrainer {issue, repair, tried, steps,
//         seconds, cured, restored}
//
// Throws ValueError where `rounds.out` holds another grading's cases.
Graded grade_cures(const CureGrade& grade, const Rounds& rounds, const std::vector<Place>& places);

}  // namespace lively::lab
