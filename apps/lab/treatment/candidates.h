#pragma once

#include <string>
#include <vector>

#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// A change of a recipe that may heal it.
struct Candidate {
  Settings recipe;      // changed
  std::string change;   // in flags: "--lr 0.001", "without --norm batch"
  std::string culprit;  // the flag that was undone, as it was typed: "--dropout 0.8"; else empty
};

// What a recipe becomes, in the flags in which `to` differs.
std::string change_text(const Settings& from, const Settings& to);
Candidate change_of(const Settings& from, Settings to);
// To six digits, so that a command shows 3e-05 and not 2.9999999999999997e-05.
double rounded(double value);

// The flags of a recipe that may be at fault, because they are not as in the program's defaults:
// the least invasive to undo first. Data, seed, epochs, files and what only watches are never among
// them, nor is what its optimizer does not use, nor what makes a ResNet smaller.
std::vector<const Flag*> suspects(const Settings& recipe);
// The recipe with these as in the defaults; the rate as its optimizer likes it.
Candidate undo(const Settings& recipe, const std::vector<const Flag*>& flags);

// Numbers moved on a logarithmic ladder, the nearest first.
std::vector<Candidate> scale(const Settings& recipe);
// What helps networks of this kind to learn, the least invasive first.
std::vector<Candidate> remedies(const Settings& recipe);
// Both changes at once.
Candidate both(const Settings& recipe, const Candidate& a, const Candidate& b);

}  // namespace lively::lab
