#pragma once

#include <vector>

#include "apps/lab/grading/draw.h"
#include "apps/lab/grading/rounds.h"

namespace lively::lab {

struct VerdictGrade {
  int64_t faults = 300;   // hurt cases wanted
  int64_t healthy = 600;  // recipes wanted that learn and have no fault
  bool rivals = false;    // what would published monitors say?
  bool treated = false;   // and the treatment, which corrects a verdict by what cures?
};

// Draws cases by turns from every kind of fault and every strength, until so many of them are hurt,
// and recipes without a fault, until so many of them learn; what is in the ledger is not made
// again. Each is a line of it:
//
//   fault    seed, data, kind, strength, clean and faulty (flags), majority, clean_accuracy,
//            accuracy (0 if it diverged), hurt, verdict, verdicts, right ("wrong", "by_cure",
//            "by_mechanism"; null where it is not hurt), seconds (of the run), text, rivals
//            {name: {codes, alarm, right}}, treated {verdict, right}
//   healthy  seed, data, clean, majority, accuracy, learns, verdict, text, rivals
//
// All runs have the bits of one thread, so that a line does not depend on who else was at work.
// Throws ValueError where `rounds.out` holds another grading's cases.
Graded grade_verdicts(
    const VerdictGrade& grade, const Rounds& rounds, const std::vector<Place>& places);

}  // namespace lively::lab
