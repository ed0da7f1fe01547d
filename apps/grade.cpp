// Grades verdicts, and treatments, on random recipes with faults that were put in on purpose.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "apps/lab/cases/progress.h"
#include "apps/lab/grading/cure_grade.h"
#include "apps/lab/grading/verdict_grade.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/cores.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/interrupt.h"
#include "apps/lab/words/output_file.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace {

using namespace lively;
using namespace lively::lab;

struct Options {
  std::string what, data = "/usr/share/datasets/fashion-mnist", target, out;
  int train = 10'000, n = 200, faults = 300, healthy = 600, seed = 100'000, threads = 0;
  bool rivals = false, treated = false;
};

// Names between commas; x.npy,y.npy is one place.
std::vector<std::string> places_in(const std::string& list) {
  std::vector<std::string> places;
  bool open = false;
  for (const std::string& name : split(list)) {
    const bool array = name.ends_with(".npy");
    if (open && array) {
      places.back() += "," + name;
    } else {
      places.push_back(name);
    }
    open = array && !open;
  }
  return places;
}

int run(const Options& o) {
  if (!o.out.empty()) check_writable("--out", o.out);
  use_threads(o.threads);
  Settings as;
  as.target = o.target;
  const std::vector<std::string> names = places_in(o.data);
  if (!o.target.empty() && std::ranges::none_of(names, [](const std::string& name) {
        return find_data(name).format == DataFormat::table;
      }))
    fail<ValueError>("--target ", o.target, ": is for a .csv; there is none in --data ", o.data);
  const std::vector<Place> places = places_of(names, o.train, as);
  heed_interrupts();
  const auto seed = static_cast<uint64_t>(o.seed);
  const Rounds rounds{
      .seed = seed, .out = o.out, .interrupt = &interrupted(), .progress = progress_line()};
  const Graded graded = o.what == "cures"
                            ? grade_cures({.wanted = o.n, .autotrainer = o.rivals}, rounds, places)
                            : grade_verdicts({.faults = o.faults,
                                                 .healthy = o.healthy,
                                                 .rivals = o.rivals,
                                                 .treated = o.treated},
                                  rounds, places);
  std::printf("%s", graded.report.c_str());
  return graded.whole ? kGood : kInterrupted;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Arguments arguments(
      "Grades verdicts, or treatments, on random recipes with faults that were put in on purpose: "
      "what is right is what cures.\n\n"
      "  grade cures --n 200 --out cures.jsonl\n"
      "  grade verdicts --faults 300 --healthy 600 --out verdicts.jsonl",
      "grade");
  arguments.add({.name = "what", .value = "WHAT", .help = "cures or verdicts", .required = true},
      [&](const std::string& text) {
        constexpr std::array<std::string_view, 2> kKnown{"cures", "verdicts"};
        if (std::ranges::find(kKnown, text) == kKnown.end()) fail_unknown(text, "grading", kKnown);
        o.what = text;
      });
  arguments.add(
      {.name = "--data",
          .value = "PLACE[,PLACE...]",
          .help = "as for the training programs, tables (a.csv) and arrays (x.npy,y.npy) too; each "
                  "is a set of its own, of which a part is held out; recipes are drawn for each",
          .otherwise = o.data},
      o.data);
  arguments.add({.name = "--target",
                    .value = "COLUMN",
                    .help = "of a .csv: the column with the classes, by name or number"},
      o.target);
  arguments.add({.name = "--train",
                    .value = "N",
                    .help = "training samples of each, the first ones",
                    .otherwise = std::to_string(o.train)},
      o.train, 100, 1'000'000);
  arguments.add({.name = "--n",
                    .value = "N",
                    .help = "of cures: runs that a fault hurts",
                    .otherwise = std::to_string(o.n)},
      o.n, 0, 1'000'000);
  arguments.add({.name = "--faults",
                    .value = "N",
                    .help = "of verdicts: runs that a fault hurts",
                    .otherwise = std::to_string(o.faults)},
      o.faults, 0, 1'000'000);
  arguments.add({.name = "--healthy",
                    .value = "N",
                    .help = "of verdicts: runs without a fault",
                    .otherwise = std::to_string(o.healthy)},
      o.healthy, 0, 1'000'000);
  arguments.add({.name = "--seed",
                    .value = "N",
                    .help = "of the first case; the next have the next",
                    .otherwise = std::to_string(o.seed)},
      o.seed, 0, 1'000'000'000);
  arguments.add({.name = "--rivals",
                    .help = "beside them, what published monitors say, or AutoTrainer's repairs"},
      o.rivals);
  arguments.add(
      {.name = "--treated", .help = "of verdicts: what they are after the treatment, too"},
      o.treated);
  arguments.add({.name = "--out",
                    .value = "FILE",
                    .help = "a JSON line for each case; those in it are not made again"},
      o.out);
  arguments.add({.name = "--threads", .value = "N", .help = "runs at once; 0: all cores"},
      o.threads, 0, 1'000'000);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("grade", [&] { return run(o); });
}
