// Twelve sick networks: shows what a run looked like, asks what is wrong with it, and proves the
// answer.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "apps/lab/graveyard/puzzles.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr const char* kAbout =
    "Twelve sick networks, each trained before your eyes in a second: what is wrong? Reads answers "
    "from stdin, a line each, so that a class can pipe them in.\n\n"
    "  quiz                                    all twelve\n"
    "  quiz 3                                  the third\n"
    "  printf 'died\\n' | quiz 3                with an answer\n"
    "  quiz --answers                          what was wrong with each, and its proof";

std::string title(std::size_t number) {
  return "Puzzle " + std::to_string(number) + " of " + std::to_string(puzzles().size());
}

std::vector<std::string_view> codes() {
  std::vector<std::string_view> all;
  for (int v = 0; v < static_cast<int>(Verdict::healthy); ++v)
    all.emplace_back(name(static_cast<Verdict>(v)));
  return all;
}

void explain(const Puzzle& p, const Place& place) {
  std::string names;
  for (const Verdict v : p.codes) names += (names.empty() ? "" : " or ") + std::string(name(v));
  std::printf("%s\n", bold(names).c_str());
  say(std::string(p.why));
  show_status("proving it");
  const std::string proof = proof_text(p, place);
  clear_status();
  std::printf("\n%s\n", proof.c_str());
  say(std::string("What it is: ") + words(p.codes.front()).means);
  say(std::string("What cures it: ") + words(p.codes.front()).cure);
}

// Asks until there is an answer; none: it was skipped, or stdin ended.
std::optional<Verdict> answer(const Puzzle& p, bool& over) {
  for (;;) {
    std::printf("What is wrong? (a verdict; ? lists them; hint; skip)  ");
    std::fflush(stdout);
    std::string text;
    over = !std::getline(std::cin, text);
    if (!isatty(STDIN_FILENO)) std::printf("%s\n", text.c_str());
    if (over || text == "skip") return std::nullopt;
    const auto known = codes();
    if (text == "?") {
      for (const std::string_view code : known) {
        std::size_t at = 0;
        while (name(static_cast<Verdict>(at)) != code) ++at;
        std::printf(
            "  %s%s\n", pad(std::string(code), 22).c_str(), words(static_cast<Verdict>(at)).what);
      }
    } else if (text == "hint") {
      say(std::string(p.hint));
    } else if (!text.empty()) {
      for (std::size_t v = 0; v < known.size(); ++v)
        if (known[v] == text) return static_cast<Verdict>(v);
      try {
        fail_unknown(text, "verdict", known);
      } catch (const ValueError& e) {
        std::printf("%s\n", e.what());
      }
    }
  }
}

// Gives whether it was found out; nullopt where nobody answers any more.
std::optional<bool> ask(std::size_t number) {
  const Puzzle& p = puzzles()[number - 1];
  show_status("training " + title(number));
  const Place place = place_of(p);
  const std::string evidence = evidence_text(p, place);
  clear_status();
  std::printf("%s\n\n%s\n", bold(title(number)).c_str(), evidence.c_str());
  bool over = false;
  const auto said = answer(p, over);
  if (over) return std::nullopt;
  const bool right = said && std::ranges::find(p.codes, *said) != p.codes.end();
  std::printf("\n%s ", !said ? "It was" : right ? "Right:" : "No, it was");
  explain(p, place);
  std::printf("\n");
  return right;
}

void list() {
  for (std::size_t i = 1; i <= puzzles().size(); ++i) {
    Settings s = sick_recipe(puzzles()[i - 1]);
    std::printf("%3zu  %d × %lld %s on %s, %s\n", i, s.depth, static_cast<long long>(s.width),
        s.activation.c_str(), s.data.c_str(), s.optimizer.c_str());
  }
}

void answers(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i <= to; ++i) {
    std::printf("%s: ", bold(title(i)).c_str());
    explain(puzzles()[i - 1], place_of(puzzles()[i - 1]));
    std::printf("\n");
  }
}

int play(std::size_t from, std::size_t to) {
  std::size_t right = 0, asked = 0;
  for (std::size_t i = from; i <= to; ++i) {
    const auto found = ask(i);
    if (!found) break;
    right += *found, ++asked;
  }
  std::printf("%zu of %zu found out.\n", right, asked);
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  int number = 0;
  bool lists = false, tells = false;
  Arguments arguments(kAbout, "quiz");
  arguments.add({.name = "puzzle", .value = "N", .help = "this one alone"}, number, 1,
      static_cast<int>(puzzles().size()));
  arguments.add({.name = "--list", .help = "the puzzles, without what ails them"}, lists);
  arguments.add({.name = "--answers", .help = "what ails them, and the proof"}, tells);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("quiz", [&]() -> int {
    const std::size_t from = number ? static_cast<std::size_t>(number) : 1,
                      to = number ? from : puzzles().size();
    if (lists) return list(), kGood;
    if (tells) return answers(from, to), kGood;
    return play(from, to);
  });
}
