// Makes a folder of small sick runs whose causes were proved by intervention, and grades whoever
// says from their logs what ails them.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "apps/lab/graveyard/answers.h"
#include "apps/lab/page/run_log.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/interrupt.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"
#include "lively/tensor/threads.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr const char* kAbout =
    "Makes small sick runs, some healthy ones among them, whose causes were proved: undoing the "
    "fault restores the run, changes that test other verdicts do not. Whoever reads their logs can "
    "be graded.\n\n"
    "  graveyard make DIR --seed 1             the runs: logs, and answers.sealed\n"
    "  graveyard grade DIR ANSWERS.csv         lines run,code: right, wrong, unsure by cause\n"
    "  graveyard open DIR                      the answers and their proofs";

struct Options {
  std::string what, folder, answers;
  int seed = 1, sick = 66, healthy = 14, workers = 0;
};

int make(const Options& o) {
  check_new(o.folder);
  heed_interrupts();
  std::error_code error;
  const bool made = std::filesystem::create_directories(o.folder, error);
  if (error) fail<ValueError>(o.folder, ": cannot be made: ", error.message());
  const std::vector<Grave> graves =
      dig({.seed = static_cast<uint64_t>(o.seed),
              .sick = o.sick,
              .healthy = o.healthy,
              .workers = o.workers,
              .interrupt = &interrupted(),
              .progress =
                  [](int64_t made, int64_t of) {
                    show_status(thousands(made) + " of " + thousands(of) + " runs");
                  }},
          graveyard_places(), o.folder);
  clear_status();
  if (interrupted()) {
    if (made) std::filesystem::remove(o.folder, error);
    return kInterrupted;
  }
  write_graveyard(o.folder, graves);
  say(o.folder + ": " + thousands(std::ssize(graves)) + " runs, " + thousands(o.sick) +
      " of them sick, each with a proof. Read the logs, write lines run,code to a file, then: "
      "./apps/graveyard grade " +
      o.folder + " FILE");
  return kGood;
}

int grade(const Options& o) {
  const std::vector<Grave> graves = read_graveyard(o.folder);
  for (const Grave& g : graves) read_run_log(o.folder + "/" + g.run + ".jsonl");  // is it a log?
  std::printf("%s", grade_said(read_said(o.answers, graves), graves).c_str());
  return kGood;
}

int open(const Options& o) {
  for (const Grave& g : read_graveyard(o.folder)) std::printf("%s\n", answer_text(g).c_str());
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Arguments arguments(kAbout, "graveyard");
  arguments.add({.name = "what", .value = "WHAT", .help = "make, grade or open", .required = true},
      [&](const std::string& text) {
        constexpr std::array<std::string_view, 3> kKnown{"make", "grade", "open"};
        if (std::ranges::find(kKnown, text) == kKnown.end()) fail_unknown(text, "verb", kKnown);
        o.what = text;
      });
  arguments.add(
      {.name = "folder", .value = "DIR", .help = "of the graveyard", .required = true}, o.folder);
  arguments.add(
      {.name = "answers", .value = "FILE", .help = "of grade: its lines are run,code"}, o.answers);
  const auto number = [&](const char* name, const char* help, int& to, int least) {
    arguments.add({.name = name, .value = "N", .help = help, .otherwise = std::to_string(to)}, to,
        least, 1'000'000);
  };
  number("--seed", "of make: another seed, other runs", o.seed, 0);
  number("--sick", "of make: runs with a fault", o.sick, 0);
  number("--healthy", "of make: runs without one", o.healthy, 0);
  number("--threads", "of make: runs at once; 0: one a core", o.workers, 0);
  if (const auto code = arguments.read(argc, argv)) return *code;
  o.workers = std::min(o.workers, processors());
  return report_errors("graveyard", [&] {
    if ((o.what == "grade") == o.answers.empty())
      fail<ValueError>(o.what, o.answers.empty() ? ": needs a file of lines run,code"
                                                 : ": takes a folder and nothing else");
    return o.what == "make" ? make(o) : o.what == "grade" ? grade(o) : open(o);
  });
}
