#include "apps/lab/program.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "apps/lab/live_page.h"
#include "apps/lab/page/page.h"
#include "apps/lab/ranks/lockstep.h"
#include "apps/lab/ranks/ranks.h"
#include "apps/lab/recipe/cores.h"
#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/run/find_rate.h"
#include "apps/lab/seeds.h"
#include "apps/lab/tell/log.h"
#include "apps/lab/tell/screen.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/hold.h"
#include "apps/lab/words/interrupt.h"
#include "apps/lab/words/output_file.h"
#include "apps/lab/words/terminal.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

// The names that a run holds, to its end but for the log's: the log, once open, is held itself.
struct Holds {
  std::vector<std::unique_ptr<NameHold>> all;
  std::unique_ptr<NameHold> log;
};

// Lets the name of the log go. To be told of a run's beginning after the log, which opens then.
class LogIsOpen final : public Sink {
 public:
  explicit LogIsOpen(Holds& holds) : holds_(holds) {}
  void on(const Event& event) override {
    if (std::holds_alternative<RunConfig>(event)) holds_.log.reset();
  }

 private:
  Holds& holds_;
};

// What a run of one seed writes, but for the page.
void add_files(const Settings& s, std::vector<Written>& to) {
  if (!s.log.empty()) to.push_back({"--log", s.log});
  if (s.save.empty()) return;
  to.push_back({"--save", s.save});
  to.push_back({"the checkpoint of --save", checkpoint_beside(s.save)});
}

// Is each file of the run, and of its seeds, a file of its own? A log does not go into the
// checkpoint that is read.
void check_one_name_each(const Settings& s, const std::vector<Settings>& seeds) {
  std::vector<Written> all;
  add_files(s, all);
  for (const Settings& one : seeds) add_files(one, all);
  if (!s.report.empty()) all.push_back({"--report", s.report});
  std::erase_if(all, [](const Written& one) { return !may_be_file(one.path); });
  check_apart(all);
  if (s.resume.empty()) return;
  if (!s.log.empty()) check_apart({{"--resume", s.resume}, {"--log", s.log}});
  if (!s.report.empty()) check_apart({{"--resume", s.resume}, {"--report", s.report}});
}

// Can what one run writes be written, and by nobody else? Adds the holds on --save and on the log,
// which `waits` for others to end, or is opened soon.
void hold_files(const Settings& s, bool waits, Holds& to) {
  if (!s.log.empty() && waits) {
    check_replaceable("--log", s.log);
    to.all.push_back(std::make_unique<NameHold>("--log", s.log));
  } else if (!s.log.empty()) {
    check_writable("--log", s.log);
    to.log = hold_name_if_any("--log", s.log);
  }
  if (s.save.empty()) return;
  check_replaceable("--save", s.save);
  check_replaceable("--save", checkpoint_beside(s.save));
  to.all.push_back(std::make_unique<NameHold>("--save", s.save));
}

// The same for all that a run and its seeds write. Gives the holds, for as long as it goes on.
Holds check_files(const Settings& s) {
  const bool many = s.seeds > 1;
  const std::vector<Settings> seeds = many ? seed_recipes(s) : std::vector<Settings>();
  check_one_name_each(s, seeds);
  if (!s.report.empty()) {
    check_replaceable("--report", s.report);
    if (!may_be_file(s.log))
      fail<ValueError>("--report ", s.report, ": is drawn from the log, and --log ", s.log,
          " is a pipe or a device");
  }
  if (many) {
    constexpr std::size_t kOthers = 32;  // libraries, the logs of the runs under way, the data
    const std::size_t each = (s.log.empty() ? 0U : 1U) + (s.save.empty() ? 0U : 1U);
    make_room_for_files(message("--seeds ", s.seeds), each * (seeds.size() + 1) + kOthers);
  }
  Holds holds;
  hold_files(s, many, holds);
  for (const Settings& one : seeds) hold_files(one, true, holds);
  return holds;
}

// Does what --fail-on names hold? Says so. Where a treatment corrected the verdict, what cured is
// the truth, and nothing else holds.
bool failed_on(
    const Settings& s, const Diagnosis& diagnosis, const std::optional<Verdict>& by_cure) {
  if (s.fail_on.empty()) return false;
  std::vector<std::string> holding;
  for (const Verdict v : diagnosis.all) holding.emplace_back(name(v));
  if (by_cure && *by_cure != diagnosis.verdict) holding = {name(*by_cure)};
  const std::string code = first_that_holds(verdict_codes(s.fail_on), holding);
  if (!code.empty())
    print_error(
        program_name(s.architecture), message("--fail-on ", s.fail_on, ": ", code, " holds"));
  return !code.empty();
}

void report(const Settings& s) {
  if (s.report.empty()) return;
  show_status("writing the page");
  write_page_of_files(s.report, {s.log});
  clear_status();
  say_beside("report", s.report);
}

// The recipe as the run went: one that stopped early was to have so many epochs, where that makes
// no other schedule.
Settings as_it_went(Settings s, const Outcome& outcome) {
  if (s.early_stop > 0 && !runs_over_all(s.schedule))
    s.epochs = std::max<int64_t>(1, outcome.epochs);
  s.early_stop = 0;
  return s;
}

void check_ranks(const Settings& s) {
  if (s.seeds > 1)
    fail<ValueError>("--seeds ", s.seeds,
        ": its runs are made side by side in one process, not by ", team()->size(),
        " ranks; start it once, without mpirun");
}

// Where another rank is gone, says how to go on.
Outcome trained(const Settings& s, const DataSplits& data, Sink& out, Train& train) {
  const auto how_to_go_on = [&] {
    const std::string file = s.save.empty() ? "" : checkpoint_beside(s.save);
    return std::filesystem::exists(file)
               ? "; go on from the last checkpoint: --resume " + quoted(file)
               : std::string();
  };
  try {
    return train(s, data, out, {.interrupt = &interrupted(), .team = team()});
  } catch (const RankLost& e) {
    fail<Error>(e.what(), how_to_go_on());
  } catch (const RankEnded& e) {
    fail<Error>(e.what(), how_to_go_on());
  }
}

int train_and_tell(Settings s, Train& train) {
  if (!s.report.empty() && s.log.empty())
    s.log = s.report.substr(0, s.report.size() - 5) + ".jsonl";
  check(s);
  use_threads(s.threads);
  if (team()) check_ranks(s);
  Holds held = leads() ? check_files(s) : Holds();
  show_status("reading the data");
  DataSplits data = data_of(s);
  check_fits(s, data);
  if (s.quick) data.train = data.train.first(10000);
  clear_status();
  if (team()) set_threads(all_ready(threads(), command_of(s) + ", data " + hash_of(data)));
  if (s.seeds > 1) {
    heed_interrupts();
    return run_seeds(s, data, train);
  }
  if (!leads()) {  // the first speaks, writes, and does alone what is not training
    Sinks nobody;
    heed_interrupts();
    if (!s.find_lr) (void)trained(s, data, nobody, train);
    return kGood;
  }
  const std::string program = program_name(s.architecture);
  JsonLog log(s.log, program, s);
  Screen screen(program, s);
  Sinks sinks;
  sinks.add(screen);
  if (!s.log.empty()) sinks.add(log);
  LogIsOpen open(held);
  sinks.add(open);
  LivePage live(program, s.report, s.log);
  if (s.live) {
    sinks.add(live);
    say_beside("page", s.report + ", written after epochs, at most every 5 s");
  }
  heed_interrupts();
  if (s.find_lr) {
    const RateRun made = find_rate(s, data, sinks, interrupted());
    if (made.interrupted) {
      clear_status();
      say(message(
          "Interrupted after ", made.steps, " of ", kRateSteps, " steps: no rate is told."));
      return kInterrupted;
    }
    report(s);
    return kGood;
  }
  const Outcome outcome = trained(s, data, sinks, train);
  std::optional<Verdict> by_cure;
  if (!s.no_treatment && s.resume.empty()) {
    const TreatmentBudget budget{.seconds = treatment_seconds(outcome),
        .interrupt = &interrupted(),
        .progress = [&](int64_t twins, double seconds) {
          screen.treating(twins, seconds, treatment_seconds(outcome));
        }};
    const auto began = std::chrono::steady_clock::now();
    const Settings went = as_it_went(s, outcome);
    if (wants_treatment(outcome)) screen.treating(0, 0, budget.seconds);
    if (wants_treatment(outcome) || falls_short(went, data, outcome, budget)) {
      TreatmentBudget rest = budget;
      rest.seconds -=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      const Treated treated = treat(went, data, outcome, rest);
      by_cure = treated.verdict;
      sinks.on(treated);
    }
    screen.treated();
  }
  report(s);
  if (outcome.interrupted) return kInterrupted;
  if (failed_on(s, outcome.diagnosis, by_cure)) return kFound;
  return outcome.diverged() ? kDiverged : kGood;
}

}  // namespace

int run_program(Settings settings, Train& train) {
  return report_errors(program_name(settings.architecture),
      [&] { return train_and_tell(std::move(settings), train); });
}

}  // namespace lively::lab
