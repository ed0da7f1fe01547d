// A study of two rows whose cases are a formula and a wait.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <thread>

#include "apps/lab/cases/handout.h"
#include "apps/lab/ranks/ranks.h"
#include "apps/lab/study/options.h"
#include "apps/lab/study/sheet.h"
#include "apps/lab/trials/paired.h"
#include "apps/lab/words/errors.h"
#include "lively/tensor/error.h"

namespace {

using namespace lively;
using namespace lively::lab;

struct Tiny {
  int wait = 0;       // milliseconds a case
  std::string trace;  // a line for each case that begins: "first/3 rank process"
  std::string fault;  // "first/3": what throws; "@1": all that rank 1 makes; "@@1": its start
  std::string names[2] = {"first", "second"};
};

std::optional<Json> make(const Tiny& tiny, const Case& c, const std::atomic<bool>& stop) {
  const std::string name = c.type + "/" + std::to_string(c.seed);
  const std::string where = std::to_string(rank());
  if (!tiny.trace.empty())
    std::ofstream(tiny.trace, std::ios::app)
        << (name + " " + where + " " + std::to_string(getpid()) + "\n") << std::flush;
  if (name == tiny.fault || "@" + where == tiny.fault)
    fail<DataError>(name, ": is the one that fails");
  for (int i = 0; i < tiny.wait; ++i) {
    if (stop) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto x = static_cast<double>(c.seed) + (c.type == "first" ? 0.1 : 0.7);
  return object(
      {{"value", std::sin(x) / 3}, {"none", std::nan("")}, {"text", std::string(9000, 'x')}});
}

int study(const StudyOptions& o, const Tiny& tiny) {
  if (tiny.fault == "@@" + std::to_string(rank())) fail<DataError>("no data here");
  std::printf("this takes no time\n");
  std::vector<Case> cases;
  const auto seeds = static_cast<uint64_t>(o.seeds > 0 ? o.seeds : 10);
  for (const std::string& row : tiny.names)
    for (uint64_t s = 1; s <= seeds; ++s) cases.push_back({row, s});
  Ledger ledger(o.out + ".jsonl", object({{"study", "tiny"}}));
  const Limits limits{.interrupt = o.interrupt};
  if (!hand_out(cases, ledger, limits,
          [&](const Case& c, const std::atomic<bool>& stop) { return make(tiny, c, stop); }))
    return kInterrupted;
  Grid grid{{"row", "n", "mean", "low", "high"}, {}};
  for (const std::string& row : tiny.names) {
    std::vector<double> values;
    for (uint64_t s = 1; s <= seeds; ++s)
      values.push_back(ledger.find(row, s)->at("value").get<double>());
    const Estimate e = estimate(values);
    grid.rows.push_back(
        {row, std::to_string(e.n), one_line(e.mean), one_line(e.low), one_line(e.high)});
  }
  std::printf("%s", text_of(grid).c_str());
  write_csv(o.out + ".csv", grid);
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  StudyOptions o{.program = "tiny_study"};
  Tiny tiny;
  Arguments arguments("A study of two rows.", o.program);
  add_study_arguments(arguments, o);
  arguments.add({.name = "--wait", .value = "MS"}, tiny.wait, 0, 10'000);
  arguments.add({.name = "--trace", .value = "FILE"}, tiny.trace);
  arguments.add({.name = "--fault", .value = "CASE"}, tiny.fault);
  return run_study(argc, argv, arguments, o, [&] { return study(o, tiny); });
}
