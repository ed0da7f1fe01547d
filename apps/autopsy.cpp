// Gives the verdict on a run from its log and makes a page of it, or compares several.
#include <cstdio>

#include "apps/lab/judge.h"
#include "apps/lab/page/report.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/output_file.h"

int main(int argc, char** argv) {
  using namespace lively;
  using namespace lively::lab;
  Arguments arguments(
      "Gives the verdict on a run from its log, and makes one page of what befell it; several logs "
      "are compared:\n\n"
      "  mnist_mlp --optimizer adam --lr 0.2 --log broken.jsonl\n"
      "  mnist_mlp --optimizer adam --lr 0.001 --log cured.jsonl\n"
      "  autopsy broken.jsonl cured.jsonl --out autopsy.html",
      "autopsy");
  std::vector<std::string> logs;
  std::string out = "autopsy.html";
  arguments.add({.name = "logs",
                    .value = "LOG",
                    .help = "one to four, written by --log or pulse_hook.py",
                    .required = true},
      logs, 1, 4);
  arguments.add({.name = "--out", .value = "FILE", .help = "the page", .otherwise = out}, out);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("autopsy", [&] {
    check_writable("--out", out);
    std::vector<RunLog> runs;
    for (const std::string& log : logs) {
      RunLog& run = runs.emplace_back(read_run_log(log));
      judge(run);
      std::printf("%s: %s\n", log.c_str(), judgement(run).c_str());
    }
    write_report(out, runs);
    std::printf("%s: open it in a browser\n", out.c_str());
    return int{kGood};
  });
}
