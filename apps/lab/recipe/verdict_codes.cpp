#include "apps/lab/recipe/verdict_codes.h"

#include <algorithm>
#include <sstream>

#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/nn/liveness/verdicts.h"
#include "lively/tensor/error.h"

namespace lively::lab {

std::vector<Verdict> all_verdicts() {
  std::vector<Verdict> all;
  for (int i = 0; i <= static_cast<int>(Verdict::unsure); ++i)
    all.push_back(static_cast<Verdict>(i));
  return all;
}

std::vector<std::string> verdict_codes(const std::string& list) {
  std::vector<std::string> known, codes;
  for (const Verdict v : all_verdicts()) known.emplace_back(name(v));
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

Colour colour_of(Severity severity) {
  if (severity == Severity::healthy) return Colour::green;
  return severity == Severity::fault ? Colour::red : Colour::yellow;
}

Colour colour_of(Verdict verdict) { return colour_of(words(verdict).severity); }

std::string headline(const Diagnosis& d) {
  const std::size_t end = std::min(d.text.find(':'), d.text.size());
  return coloured(d.text.substr(0, end), colour_of(d.verdict)) + bold(d.text.substr(end));
}

}  // namespace lively::lab
