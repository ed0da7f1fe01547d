#include "apps/lab/seeds.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include "apps/lab/page/page.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/tell/log.h"
#include "apps/lab/tell/log_event.h"
#include "apps/lab/tell/screen.h"
#include "apps/lab/trials/paired.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/words/interrupt.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/data/atomic_file.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

// "run-seed3.jsonl"
std::string with_seed(const std::string& path, uint64_t seed) {
  if (path.empty()) return "";
  const std::size_t slash = path.rfind('/'), dot = path.rfind('.');
  const bool ends = dot != path.npos && (slash == path.npos || dot > slash + 1) && dot > 0;
  const std::size_t at = ends ? dot : path.size();
  return path.substr(0, at) + "-seed" + std::to_string(seed) + path.substr(at);
}

// What is kept of a run that has ended.
struct Row {
  uint64_t seed = 0;
  double accuracy = 0;  // of its best epoch with --early-stop, else at the end; NaN: it diverged
  int64_t dead = 0, units = 0;
  double seconds = 0;
  bool diverged = false;
  Verdict verdict = Verdict::unsure;
  std::vector<std::string> holding;  // all codes that hold
  std::string log;
};

Row row_of(const Settings& recipe, const Outcome& o) {
  Row r{recipe.seed, o.best ? o.best->accuracy : o.test.accuracy, o.life.dead(), o.life.units(),
      o.seconds, o.diverged(), o.diagnosis.verdict, {}, recipe.log};
  if (r.diverged) r.accuracy = std::nan("");
  for (const Verdict v : o.diagnosis.all) r.holding.emplace_back(name(v));
  return r;
}

// The runs under way, as seen by a person: told by the threads that carry them out.
class Board {
 public:
  Board(const Settings& s, std::size_t runs)
      : screen_(program_name(s.architecture), s), rows_(runs) {}

  void on(const Event& event) {
    const std::lock_guard lock(mutex_);
    if (const auto* config = std::get_if<RunConfig>(&event)) {
      if (steps_ == 0) begin(*config);
    } else if (std::holds_alternative<Progressed>(event)) {
      ++made_;
      show();
    }
  }

  void ended(std::size_t i, Row row) {
    const std::lock_guard lock(mutex_);
    rows_[i] = std::move(row);
    clear_status();
    for (; next_ < rows_.size() && rows_[next_]; ++next_) print(*rows_[next_]);
    std::fflush(stdout);
  }

  // Those that have ended, the ones that wait for an earlier seed printed.
  std::vector<Row> finish() {
    clear_status();
    for (; next_ < rows_.size(); ++next_)
      if (rows_[next_]) print(*rows_[next_]);
    std::vector<Row> all;
    for (const auto& row : rows_)
      if (row) all.push_back(*row);
    return all;
  }

 private:
  void begin(const RunConfig& config) {
    steps_ = config.steps_per_epoch * config.epochs * static_cast<int64_t>(rows_.size());
    screen_.on(config);
    say_beside("at once", message(std::min<std::size_t>(rows_.size(),
                                      static_cast<std::size_t>(std::min(threads(), processors()))),
                              " of them, one a core, each as with --threads 1"));
    std::printf("\n");
    say_row("seed        test accuracy    dead units   verdict");
    std::fflush(stdout);
  }

  void show() {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::milliseconds(200)) return;
    shown_ = now;
    const auto ended =
        std::ranges::count_if(rows_, [](const auto& row) { return row.has_value(); });
    show_status(message(ended, " of ", rows_.size(), " runs ended, ",
        percent(static_cast<double>(made_) / static_cast<double>(steps_), 0),
        " % of all steps made"));
  }

  static void print(const Row& r) {
    say_row(pad(std::to_string(r.seed), 12) +
            pad_front(r.diverged ? "diverged" : percent(r.accuracy) + " %", 13) +
            pad_front(thousands(r.dead) + " of " + thousands(r.units), 14) + "   " +
            coloured(name(r.verdict), colour_of(r.verdict)));
  }

  Screen screen_;
  std::mutex mutex_;
  std::vector<std::optional<Row>> rows_;
  std::size_t next_ = 0;  // to be printed
  int64_t steps_ = 0, made_ = 0;
  std::chrono::steady_clock::time_point shown_{};
};

// A run's own log, and the board.
class Teller final : public Sink {
 public:
  Teller(Board& board, const Settings& recipe)
      : board_(board),
        log_(recipe.log, program_name(recipe.architecture), recipe),
        logs_(!recipe.log.empty()) {}
  void on(const Event& event) override {
    if (logs_) log_.on(event);
    board_.on(event);
  }

 private:
  Board& board_;
  JsonLog log_;
  const bool logs_;
};

std::map<std::string, int64_t> counted(const std::vector<Row>& rows) {
  std::map<std::string, int64_t> all;
  for (const Row& r : rows) ++all[name(r.verdict)];
  return all;
}

// Of those that have one.
Estimate accuracy_of(const std::vector<Row>& rows) {
  std::vector<double> all;
  for (const Row& r : rows)
    if (std::isfinite(r.accuracy)) all.push_back(r.accuracy);
  return estimate(all);
}

void print_summary(const Settings& s, const std::vector<Row>& rows) {
  const Estimate a = accuracy_of(rows);
  const auto ran = static_cast<int64_t>(rows.size());
  std::printf("\n");
  if (a.n == 0) {
    say_beside("accuracy", "none: every run diverged");
  } else {
    say_beside("accuracy",
        bold(percent(a.mean, 2) + (a.n > 1 ? " ± " + percent(a.error, 2) : "") + " %") +
            message(a.n > 1 ? ", mean ± standard error over " : ", over ", a.n,
                a.n == 1 ? " seed" : " seeds", s.early_stop > 0 ? ", each at its best epoch" : "",
                a.n < ran ? message("; ", ran - a.n, " diverged and ",
                                ran - a.n == 1 ? "is" : "are", " not in it")
                          : ""));
  }
  std::string verdicts;
  for (const Verdict v : all_verdicts())
    if (const auto n = std::ranges::count(rows, v, &Row::verdict))
      verdicts += (verdicts.empty() ? "" : ", ") + coloured(name(v), colour_of(v)) + " " +
                  std::to_string(n);
  say_beside("verdicts", verdicts + message(", of ", ran));
  const auto ill =
      std::ranges::find_if(rows, [](const Row& r) { return r.verdict != Verdict::healthy; });
  if (ill == rows.end()) return;
  Settings one = without_files(s);
  one.seeds = 1, one.seed = ill->seed, one.no_treatment = false;
  say("Look closer, and see what heals it:");
  say_command(command_of(one));
}

void write_log(const Settings& s, const std::vector<Row>& rows) {
  if (s.log.empty()) return;
  Json e = event("seeds"), runs = Json::array(), verdicts = Json::object();
  for (const Row& r : rows) {
    Json one = object({{"seed", r.seed}, {"log", r.log}});
    put(one, "test_accuracy", r.accuracy);
    update(one, {{"dead", r.dead}, {"units", r.units}, {"diverged", r.diverged},
                    {"verdict", name(r.verdict)}, {"seconds", r.seconds}});
    runs.push_back(std::move(one));
  }
  for (const auto& [code, n] : counted(rows)) verdicts[code] = n;
  const Estimate a = accuracy_of(rows);
  update(e, {{"app", program_name(s.architecture)}, {"command", command_of(s)},
                {"runs", std::move(runs)}, {"verdicts", std::move(verdicts)}});
  e["test_accuracy"] = or_null(a.mean);
  e["test_accuracy_se"] = or_null(a.error);
  const std::string line = one_line(e) + "\n";
  detail::AtomicFile file(s.log);
  file.write(line.data(), line.size());
  file.commit();
}

// How each run under way is gone on with; `checkpoints`: its own, "" where it has none.
void say_interrupted(const std::vector<Settings>& recipes, std::size_t ended,
    const std::vector<std::string>& checkpoints) {
  const bool some =
      std::ranges::any_of(checkpoints, [](const std::string& c) { return !c.empty(); });
  say(message("Interrupted: ", ended, " of ", recipes.size(), " runs had ended",
      some                      ? ". Go on with:"
      : recipes[0].save.empty() ? "; nothing of the others was saved (--save FILE)."
                                : "."));
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    const Settings& s = recipes[i];
    if (!checkpoints[i].empty())
      say_command("./apps/" + program_name(s.architecture) + " --resume " + quoted(checkpoints[i]) +
                  (s.log.empty() ? "" : " --log " + quoted(s.log)));
  }
}

// Does what --fail-on names hold for any? Says so.
bool failed_on(const Settings& s, const std::vector<Row>& rows) {
  if (s.fail_on.empty()) return false;
  for (const Row& r : rows) {
    const std::string code = first_that_holds(verdict_codes(s.fail_on), r.holding);
    if (code.empty()) continue;
    print_error(program_name(s.architecture),
        message("--fail-on ", s.fail_on, ": ", code, " holds for seed ", r.seed));
    return true;
  }
  return false;
}

}  // namespace

std::vector<Settings> seed_recipes(const Settings& s) {
  std::vector<Settings> all;
  for (int64_t k = 0; k < s.seeds; ++k) {
    Settings& one = all.emplace_back(s);
    one.seeds = 1;
    one.seed = s.seed + static_cast<uint64_t>(k);
    one.threads = 1;
    one.report.clear();
    one.log = with_seed(s.log, one.seed);
    one.save = with_seed(s.save, one.seed);
  }
  return all;
}

int run_seeds(const Settings& s, const DataSplits& data, Train& train) {
  const std::vector<Settings> recipes = seed_recipes(s);
  Board board(s, recipes.size());
  std::vector<std::string> cut(recipes.size());  // checkpoints of those that an interrupt cut short
  const auto made = side_by_side(static_cast<int64_t>(recipes.size()),
      {.interrupt = &interrupted()}, [&](int64_t i, const std::atomic<bool>& stop) {
        const auto at = static_cast<std::size_t>(i);
        Teller out(board, recipes[at]);
        const Outcome o = train(recipes[at], data, out, {.interrupt = &stop});
        if (o.interrupted) {
          cut[at] = o.checkpoint;
          return false;
        }
        board.ended(at, row_of(recipes[at], o));
        return true;
      });
  const std::vector<Row> rows = board.finish();
  const bool whole = std::ranges::all_of(made, [](bool ended) { return ended; });
  if (!whole) say_interrupted(recipes, rows.size(), cut);
  if (rows.empty()) return kInterrupted;
  print_summary(s, rows);
  write_log(s, rows);
  if (!s.report.empty()) {
    std::vector<std::string> logs;
    for (const Row& r : rows) logs.push_back(r.log);
    write_page_of_files(s.report, logs);
    say_beside("report", s.report);
  }
  if (!whole) return kInterrupted;
  if (failed_on(s, rows)) return kFound;
  return std::ranges::any_of(rows, &Row::diverged) ? kDiverged : kGood;
}

}  // namespace lively::lab
