#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/grading/draw.h"

namespace lively::lab {

// The single changes of a recipe that test a verdict, by its code: if one of them restores the
// run, the verdict names a fault that is there. None for what is no fault, for an unknown code,
// and where the recipe has nothing of the kind. From section "Verdicts" of nn/README.md.
std::vector<Settings> tests_of(std::string_view code, const Settings& recipe);

// Does this verdict name what ails a hurt case? If it is among the codes of the fault that was put
// in, whose undoing restores the run as the clean one shows; or if a change that tests it restores
// the run. nullopt if stopped.
enum class Rightness : uint8_t { wrong, by_cure, by_mechanism };
std::optional<Rightness> rightness(
    std::string_view code, const Case& c, const std::atomic<bool>& stop);

}  // namespace lively::lab
