// Says what a verdict means, what it looks like, where it was described, and what cures it.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/preset.h"
#include "apps/lab/tell/explanation.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace {

using namespace lively;
using namespace lively::lab;

void paragraph(const std::string& text) { std::printf("%s\n", wrap(text, 96).c_str()); }

void print(const Explanation& e) {
  std::printf("%s\n\n", bold(std::string(e.code)).c_str());
  paragraph(std::string("What it is: ") + e.means);
  paragraph(std::string("What you see: ") + e.looks);
  paragraph(std::string("Where it is described: ") + e.paper);
  paragraph(std::string("What cures it: ") + e.cure);
  if (*e.example) std::printf("\nTry it:  ./apps/%s\n", e.example);
}

const Explanation& of(std::string_view code) {
  return *std::ranges::find(explanations(), code, &Explanation::code);
}

// A preset that is named otherwise than the verdict it ends with.
void print(const Preset& p) {
  std::printf("%s\n\n", bold(std::string(p.name)).c_str());
  paragraph(std::string("A run to try: ") + p.about + ". It ends with the verdict " +
            name(p.verdict) + ".");
  std::printf("\nTry it:  ./apps/mnist_mlp --preset %s\n\n", std::string(p.name).c_str());
  Explanation e = of(name(p.verdict));
  e.example = "";
  print(e);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view code = argc == 2 ? argv[1] : "--help";
  std::vector<std::string_view> known;
  for (const Explanation& e : explanations()) known.push_back(e.code);
  const std::size_t codes = known.size();
  for (const Preset& p : presets())
    if (std::ranges::find(known, p.name) == known.end()) known.push_back(p.name);
  if (code == "--help" || code == "-h") {
    std::printf(
        "Says what a verdict means, what it looks like, where it was described, and what cures "
        "it.\n\n  explain CODE\n\n");
    std::string list = "Codes:";
    for (std::size_t i = 0; i < known.size(); ++i)
      list += (i == codes ? "; runs of other names: " : " ") + std::string(known[i]);
    paragraph(list);
    return argc <= 2 ? kGood : kUsage;
  }
  const auto found = std::ranges::find(known, code);
  if (found == known.end())
    return report_errors("explain", [&]() -> int { fail_unknown(code, "verdict", known); });
  if (static_cast<std::size_t>(found - known.begin()) < codes) {
    print(of(code));
  } else {
    print(*std::ranges::find(presets(), code, &Preset::name));
  }
  return kGood;
}
