#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/grading/draw.h"
#include "apps/lab/run/outcome.h"
#include "lively/nn/liveness/verdicts.h"

namespace lively::lab {

// A sick run of a second to be found out: recipes only; what is shown of them is run.
struct Puzzle {
  std::string_view clean;      // flags of mnist_mlp with which it learns
  std::string_view fault;      // flags that spoil it
  std::string_view tempting;   // flags of another cure, which does not help
  std::vector<Verdict> codes;  // that name it
  std::string_view hint, why;  // where to look, and what it came from
};
const std::vector<Puzzle>& puzzles();

Settings clean_recipe(const Puzzle& puzzle);
Settings sick_recipe(const Puzzle& puzzle);
Settings tempting_recipe(const Puzzle& puzzle);
Place place_of(const Puzzle& puzzle);  // its data

// The sick run as whoever is to find it out sees it: the course of loss, accuracy, gradients and
// updates as small charts, and its layers; no word that would name the fault.
std::string evidence_text(const Puzzle& puzzle, const Place& place);

// What was done to it, what it does to change that and, beside it, the tempting change: runs of
// their own, made here.
std::string proof_text(const Puzzle& puzzle, const Place& place);

}  // namespace lively::lab
