// Says what a verdict means, what it looks like, where it was described, and measures what cures
// it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/doctor/patient.h"
#include "apps/lab/doctor/question.h"
#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/data_flags.h"
#include "apps/lab/recipe/preset.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/treatment/candidates.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/grid.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/nn/liveness/verdicts.h"
#include "lively/tensor/spec.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int kSeconds = 20;  // for all that is tried, at most
constexpr int kSeeds = 3;

std::vector<Arm> arms_of(const Settings& sick) {
  std::vector<Arm> arms{{sick, ""}};
  const auto add = [&](const Candidate& c) {
    if (std::ranges::find(arms, c.recipe, &Arm::recipe) == arms.end() && goes_together(c.recipe))
      arms.push_back({c.recipe, c.change});
  };
  const auto typed_flags = suspects(sick);
  for (const Flag* flag : typed_flags) add(undo(sick, {flag}));
  add(undo(sick, typed_flags));  // what learning is
  for (const Candidate& c : scale(sick)) add(c);
  for (const Candidate& c : remedies(sick)) add(c);
  return arms;
}

// Carries out the example with each change that might heal it, and shows which do.
void measure(const std::string& example, const DataFlags& wanted) {
  const Settings sick = recipe_of_command(example);
  show_status("reading the data");
  const DataSplits data = wanted.load(sick.quick ? 10'000 : 1'000'000'000, "synthetic");
  show_status(message("measuring its cures, at most ", kSeconds, " s"));
  Question question(arms_of(sick), "");
  std::atomic<bool> enough{false};
  question.ask(data, std::chrono::steady_clock::now() + std::chrono::seconds(kSeconds), &enough,
      [&](int64_t round) { enough = round == kSeeds; });
  clear_status();
  QuestionReport r = question.report(held_out(0, data.test).majority_share, question.best());
  if (!r.none.empty()) return say("Its cures were not measured: " + r.none);
  say(message("What cured it, measured: ./apps/", example, " on ", data.name, ", ", r.arms[0].seeds,
      r.arms[0].seeds == 1 ? " seed" : " seeds", ", ", thousands(r.steps),
      " steps each; healed: at least ", percent(r.bar), " %."));
  std::ranges::stable_sort(r.arms, std::greater{}, &ArmReport::healed);
  std::string helpless;
  Grid grid{{"change", "healed", "accuracy"}, {}};
  for (const ArmReport& a : r.arms) {
    const std::string change = a.change.empty() ? "as it is" : a.change;
    if (a.healed == 0 && !a.change.empty()) {
      helpless += (helpless.empty() ? "" : "; ") + change;
    } else {
      grid.rows.push_back({change, message(a.healed, " of ", a.seeds), percent(a.accuracy) + " %"});
    }
  }
  std::printf("%s", text_of(grid, "  ").c_str());
  if (!helpless.empty()) say("Tried, and healed none: " + helpless + ".");
}

void print(const VerdictWords& e) {
  std::printf("%s\n\n", coloured(e.name, colour_of(e.severity)).c_str());
  say(std::string("What it is: ") + e.means);
  say(std::string("What you see: ") + e.looks);
  if (*e.paper) say(std::string("Where it is described: ") + e.paper);
  say(std::string("What may cure it: ") + e.cure);
  if (*e.example) std::printf("\nTry it:\n"), say_command(std::string("./apps/") + e.example);
}

const VerdictWords& of(std::string_view code) {
  return *std::ranges::find(
      explanations(), code, [](const VerdictWords& e) { return std::string_view(e.name); });
}

// A preset that is named otherwise than the verdict it ends with.
void print(const Preset& p) {
  std::printf("%s\n\n", bold(std::string(p.name)).c_str());
  say(std::string("A run to try: ") + p.about + ". It ends with the verdict " + name(p.verdict) +
      ".");
  std::printf("\nTry it:  ./apps/mnist_mlp --preset %s\n\n", std::string(p.name).c_str());
  VerdictWords e = words(p.verdict);
  e.example = "";
  print(e);
}

// "Codes: exploding …; runs of other names: …"
std::string listed(const std::vector<std::string_view>& known, std::size_t codes) {
  std::string list = "Codes:";
  for (std::size_t i = 0; i < known.size(); ++i)
    list += (i == codes ? "; runs of other names: " : " ") + std::string(known[i]);
  return list;
}

struct Wishes {
  std::string code;
  DataFlags data;
  bool words_only = false;
};

int explain(const Wishes& w, const std::vector<std::string_view>& known, std::size_t codes) {
  const auto found = std::ranges::find(known, w.code);
  if (found == known.end()) {
    if (nearest(w.code, known).empty())
      fail<ValueError>(
          w.code.empty() ? "\"\"" : w.code, ": no such verdict. ", listed(known, codes));
    fail_unknown(w.code, "verdict", known);
  }
  const bool preset = static_cast<std::size_t>(found - known.begin()) >= codes;
  VerdictWords e;
  std::string example;
  if (preset) {
    const Preset& p = *std::ranges::find(presets(), w.code, &Preset::name);
    print(p);
    e = words(p.verdict);
    example = "mnist_mlp --preset " + w.code;
  } else {
    e = of(w.code);
    example = e.example;
    print(e);
  }
  if (w.words_only || example.empty() || e.severity == Severity::healthy ||
      e.severity == Severity::unsure)
    return kGood;
  std::printf("\n");
  std::fflush(stdout);
  measure(example, w.data);
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> known;
  for (const VerdictWords& e : explanations()) known.push_back(e.name);
  const std::size_t codes = known.size();
  for (const Preset& p : presets())
    if (std::ranges::find(known, p.name) == known.end()) known.push_back(p.name);
  Wishes w;
  Arguments arguments(
      "Says what a verdict means, what it looks like, where it was described, and measures what "
      "cures it.",
      "explain");
  arguments.footer(wrap(listed(known, codes), screen_width()));
  arguments.add(
      {.name = "code", .value = "CODE", .help = "a verdict, or a preset", .required = true},
      w.code);
  w.data.add_to_study(
      arguments, "on which cures are measured, as for the training programs; else `synthetic`");
  arguments.add({.name = "--words-only", .help = "measure nothing"}, w.words_only);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("explain", [&] { return explain(w, known, codes); });
}
