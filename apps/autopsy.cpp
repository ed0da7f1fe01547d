// Gives the verdict on a run from its log and makes a page of it, or compares several.
#include <filesystem>

#include "apps/lab/judge.h"
#include "apps/lab/page/report.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/output_file.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/visible.h"
#include "lively/tensor/error.h"

namespace {

using namespace lively;
using namespace lively::lab;

// Does one of these verdicts hold in any of the runs? Who asks is not told "no" by a log that has
// no verdict.
int found(const std::string& fail_on, const std::vector<RunLog>& runs) {
  int exit = kGood;
  for (const RunLog& run : runs) {
    std::vector<std::string> holding;
    if (run.final) holding = run.final->verdicts;
    if (run.final && !run.final->verdict.empty()) holding.push_back(run.final->verdict);
    if (run.treatment && run.final && !run.treatment->verdict.empty() &&
        run.treatment->verdict != run.final->verdict)
      holding = {run.treatment->verdict};  // what cures is the truth
    const std::string code = first_that_holds(verdict_codes(fail_on), holding);
    if (!code.empty()) {
      print_error("autopsy", message("--fail-on ", fail_on, ": ", run.path, ": ", code, " holds"));
      exit = kFound;
    } else if (holding.empty()) {
      print_error("autopsy", message("--fail-on ", fail_on, ": ", run.path, ": has no verdict"));
      if (exit == kGood) exit = kData;
    }
  }
  return exit;
}

constexpr int kMostLogs = 32;

// In place of what --seeds wrote to its --log, the logs of its runs, which lie beside it.
std::vector<std::string> logs_of_all(const std::vector<std::string>& logs) {
  std::vector<std::string> all;
  for (const std::string& log : logs) {
    const std::vector<std::string> runs = read_run_log(log).seed_logs;
    const std::string folder = log.substr(0, log.rfind('/') + 1);
    for (const std::string& run : runs) {
      const std::string& path = all.emplace_back(folder + run.substr(run.rfind('/') + 1));
      std::error_code error;  // what is not there is said where it is read
      if (const auto file = std::filesystem::status(path, error);
          std::filesystem::exists(file) && !std::filesystem::is_regular_file(file))
        fail<DataError>(log, ": names ", path, " as a log, which is no regular file");
    }
    if (runs.empty()) all.push_back(log);
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(
      "Gives the verdict on a run from its log, and makes one page of what befell it; several logs "
      "are compared:\n\n"
      "  mnist_mlp --optimizer adam --lr 0.2 --log broken.jsonl\n"
      "  mnist_mlp --optimizer adam --lr 0.001 --log cured.jsonl\n"
      "  autopsy broken.jsonl cured.jsonl --out autopsy.html",
      "autopsy");
  std::vector<std::string> logs;
  std::string out = "autopsy.html", fail_on;
  arguments.add({.name = "logs",
                    .value = "LOG",
                    .help = "one to 32, written by --log or pulse_hook.py; runs that differ "
                            "in\ntheir seed alone are one line with a band",
                    .required = true},
      logs, 1, kMostLogs);
  arguments.add({.name = "--out", .value = "FILE", .help = "the page", .otherwise = out}, out);
  arguments.add(
      {.name = "--fail-on",
          .value = "CODES",
          .help = "exit with 5 if one of these verdicts holds: died,frozen_loss (`explain` "
                  "lists them)"},
      [&](const std::string& codes) { (void)verdict_codes(fail_on = codes); });
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("autopsy", [&] {
    check_replaceable("--out", out);
    std::vector<RunLog> runs;
    for (const std::string& log : logs_of_all(logs)) {
      show_status("reading " + log);
      RunLog& run = runs.emplace_back(read_run_log(log));
      judge(run);
      clear_status();
      say(visible(log + ": " + judgement(run)));
    }
    if (runs.size() > static_cast<std::size_t>(kMostLogs) && !are_seeds(runs))
      fail<ValueError>(runs.size(), " logs: at most ", kMostLogs,
          " are compared, unless they are seeds of one recipe");
    write_report(out, runs);
    say(out + ": open it in a browser");
    return fail_on.empty() ? int{kGood} : found(fail_on, runs);
  });
}
