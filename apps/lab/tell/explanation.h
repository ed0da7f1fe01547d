#pragma once

#include <string_view>
#include <vector>

namespace lively::lab {

// A verdict in the words of a course.
struct Explanation {
  std::string_view code;
  const char* means;
  const char* looks;
  const char* paper;
  const char* cure;
  const char* example;  // a command that shows it, without "./apps/"; empty: none can
};

// One for each verdict, in order of precedence, and one for what no verdict can tell: a broken
// instrument.
const std::vector<Explanation>& explanations();

}  // namespace lively::lab
