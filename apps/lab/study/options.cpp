#include "apps/lab/study/options.h"

#include <algorithm>
#include <array>

#include "apps/lab/cases/company.h"
#include "apps/lab/recipe/cores.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/hold.h"
#include "apps/lab/words/interrupt.h"
#include "apps/lab/words/output_file.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

constexpr std::array<std::string_view, 3> kEndings{".csv", ".md", ".html"};

}  // namespace

bool StudyOptions::wants(const std::string& row) const {
  return only.empty() || std::ranges::find(only, row) != only.end();
}

void StudyOptions::check_only(std::span<const std::string_view> rows) const {
  for (const std::string& name : only)
    if (std::ranges::find(rows, name) == rows.end()) fail_unknown(name, "row of --only", rows);
}

std::string StudyOptions::command() const {
  std::string text = "./apps/" + program;
  if (quick) text += " --quick";
  if (seeds > 0) text += " --seeds " + std::to_string(seeds);
  for (std::size_t i = 0; i < only.size(); ++i) text += (i ? "," : " --only ") + only[i];
  return text;
}

void add_study_arguments(Arguments& arguments, StudyOptions& o) {
  arguments.add(
      {.name = "--quick", .help = "the coarse form, about two minutes on two cores"}, o.quick);
  arguments.add({.name = "--seeds", .value = "N", .help = "for each cell; 0: as the study says"},
      o.seeds, 0, 1'000'000);
  arguments.add({.name = "--only", .value = "ROW,...", .help = "these rows alone"},
      [&o](const std::string& text) { o.only = split(text); });
  arguments.add({.name = "--out",
                    .value = "NAME",
                    .help = "writes NAME.jsonl, NAME.csv, NAME.html and where there is a table for "
                            "it NAME.md; what "
                            "stands in NAME.jsonl is not made again",
                    .otherwise = o.program + ", or " + o.program + "-quick"},
      o.out);
  arguments.add({.name = "--threads",
                    .value = "N",
                    .help = "cases at once; 0: all cores, or one in each rank of mpirun"},
      o.threads, 0, 1'000'000);
}

void check_outputs(const StudyOptions& o, std::span<const std::string_view> endings) {
  check_writable("--out", o.out + ".jsonl");
  check_free("--out", o.out + ".jsonl");
  for (const std::string_view end : endings) check_replaceable("--out", o.out + std::string(end));
}

int cases_at_once() { return threads() * ranks(); }

int run_study(int argc, char** argv, Arguments& arguments, StudyOptions& o,
    const std::function<int()>& body) {
  const auto here = [&] {
    if (const auto code = arguments.read(argc, argv)) return *code;
    o.interrupt = &interrupted();
    heed_interrupts();
    if (o.out.empty()) o.out = o.program + (o.quick ? "-quick" : "");
    if (rank() == 0) check_outputs(o, kEndings);
    use_threads(ranks() > 1 ? std::max(o.threads, 1) : o.threads);
    return body();
  };
  return report_errors(o.program, [&] { return in_company(here); });
}

}  // namespace lively::lab
