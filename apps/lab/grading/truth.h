#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/grading/draw.h"

namespace lively::lab {

// The single changes of a recipe that test a verdict, by its code: if one of them restores the
// run, the verdict names a fault that is there. None for what is no fault, for an unknown code,
// and where the recipe has nothing of the kind. From section "Verdicts" of nn/README.md.
std::vector<Settings> tests_of(std::string_view code, const Settings& recipe);

enum class Rightness : uint8_t { wrong, by_cure, by_mechanism };
const char* name(Rightness r);  // "by_cure"

// What ails a hurt case, as far as it was asked.
class Truth {
 public:
  explicit Truth(const DrawnCase& c) : case_(c) {}

  // Does a verdict name it? If it is among the codes of the fault that was put in, whose undoing
  // restores the run as the clean one shows; or if a change that tests it restores the run. nullopt
  // if stopped.
  std::optional<Rightness> of(std::string_view code, const std::atomic<bool>& stop);
  // The best of several; wrong of none.
  std::optional<Rightness> of(const std::vector<std::string>& codes, const std::atomic<bool>& stop);

 private:
  const DrawnCase& case_;
  std::map<std::string, double> reached_;  // by flags
};

}  // namespace lively::lab
