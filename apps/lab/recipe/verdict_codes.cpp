#include "apps/lab/recipe/verdict_codes.h"

#include <algorithm>
#include <sstream>

#include "lively/nn/liveness/verdicts.h"
#include "lively/tensor/error.h"

namespace lively::lab {

std::vector<std::string> verdict_codes(const std::string& list) {
  std::vector<std::string> known, codes;
  for (int i = 0; i <= static_cast<int>(Verdict::unsure); ++i)
    known.emplace_back(name(static_cast<Verdict>(i)));
  std::istringstream words(list + ",");  // so that an empty last one is seen
  for (std::string code; std::getline(words, code, ',');) {
    if (std::ranges::find(known, code) == known.end()) {
      std::string all;
      for (const std::string& k : known) all += (all.empty() ? "" : ", ") + k;
      fail<ValueError>(code.empty() ? list : code, ": no such verdict; codes are ", all);
    }
    codes.push_back(code);
  }
  return codes;
}

std::string first_that_holds(
    const std::vector<std::string>& codes, const std::vector<std::string>& holding) {
  const auto found = std::ranges::find_if(codes,
      [&](const std::string& code) { return std::ranges::find(holding, code) != holding.end(); });
  return found == codes.end() ? "" : *found;
}

}  // namespace lively::lab
