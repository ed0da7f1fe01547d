// Finds out, at length, what heals a run: changes of its recipe on several seeds, from the start
// and on the network that has failed.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/lab/doctor/consult.h"
#include "apps/lab/doctor/surgery_study.h"
#include "apps/lab/page/page.h"
#include "apps/lab/page/run_log.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/cores.h"
#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/tell/log.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/whole_run.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/grid.h"
#include "apps/lab/words/hold.h"
#include "apps/lab/words/interrupt.h"
#include "apps/lab/words/output_file.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/threads.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr double kBudget = 120, kLongBudget = 300;

// Its own flags that a recipe has too.
constexpr std::array<std::string_view, 3> kOwn{"--data", "--repair", "--threads"};

constexpr const char* kAbout =
    "Finds out what heals a run that failed: changes of its recipe, each tried on several seeds "
    "beside the run as it is, from the start and on the network that has failed.\n\n"
    "  doctor run.jsonl                          the run of a log, which it runs again\n"
    "  doctor run.checkpoint                     a network that has failed, to the bit as it is\n"
    "  doctor \"--preset died\"                    flags of mnist_mlp, in one text\n"
    "  doctor \"mnist_resnet --preset died\"       or those of mnist_resnet\n"
    "  doctor run.jsonl --repair well.safetensors  and the best, carried out\n"
    "  doctor --surgery-study                    does unit surgery help? (half an hour)";

// A folder of its own for the failed network, gone with the object.
class Shelf {
 public:
  Shelf() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "lively-doctor-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      fail<Error>(pattern, ": cannot be made, to keep the failed network in");
    path_ = pattern;
  }
  ~Shelf() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// To the log, but the command is that of the patient, without the files that are the doctor's own.
class AsTyped final : public Sink {
 public:
  AsTyped(Sink& log, std::string command) : log_(log), command_(std::move(command)) {}
  void on(const Event& event) override {
    if (const auto* config = std::get_if<RunConfig>(&event)) {
      RunConfig said = *config;
      said.command = command_;
      return log_.on(said);
    }
    if (const auto* made = std::get_if<Progressed>(&event))
      show_status(message("the run as it is: epoch ", made->epoch, ", batch ", made->batch));
    if (const auto* at = std::get_if<Underway>(&event))
      show_status("the run as it is: " + at->what);
    log_.on(event);
  }

 private:
  Sink& log_;
  std::string command_;
};

Patient patient_of(const std::string& who) {
  if (!std::filesystem::is_regular_file(who)) return {recipe_of_command(who), ""};
  if (who.ends_with(".checkpoint") || who.ends_with(".safetensors"))
    return patient_of_checkpoint(who);
  const std::string command = read_run_log(who).command;
  try {
    return {recipe_of_command(command), ""};
  } catch (const ValueError&) {
    fail<DataError>(who, ": its command, ", command.empty() ? "none" : command,
        ", is none of mnist_mlp or mnist_resnet that could be run again");
  }
}

// As the training programs see it.
Settings as_run(Settings s, const std::string& data) {
  if (!data.empty()) s.data = data;
  check(s);
  return s;
}

void progress(const std::string& what, double seconds, double budget) {
  show_status(message(std::lround(seconds), " of ", std::lround(budget), " s: ", what));
}

std::string signed_points(double share) {
  return std::isfinite(share) ? (share <= -5e-4 ? "−" : "+") + percent(std::abs(share)) : "–";
}

void print(const QuestionReport& q) {
  std::printf(
      "\n%s\n", bold(q.failed ? "The network that has failed goes on" : "From the start").c_str());
  if (!q.none.empty()) return say(q.none, "  ");
  say(message(thousands(q.steps), " steps an arm",
          q.steps < q.whole ? " of the run's " + thousands(q.whole) : ", as the run", ", ",
          q.arms[0].seeds, q.arms[0].seeds == 1 ? " seed" : " seeds", "; healed: at least ",
          percent(q.bar), " %"),
      "  ");
  Grid grid{{"change", "accuracy", "dead", "effect", "95 %", "healed"}, {}};
  for (const ArmReport& a : q.arms) {
    const bool as_is = a.change.empty();
    grid.rows.push_back({as_is ? "as it is" : a.change, percent(a.accuracy) + " %",
        percent(a.dead) + " %", as_is ? "" : signed_points(a.effect),
        as_is || !std::isfinite(a.low)
            ? ""
            : "[" + signed_points(a.low) + ", " + signed_points(a.high) + "]",
        message(
            a.healed, " of ", a.seeds, a.diverged ? message(", ", a.diverged, " diverged") : "")});
  }
  std::printf("%s", text_of(grid, "  ").c_str());
}

void repair(const Consultation& c, const DataSplits& data, const std::string& to) {
  const auto accuracy = carry_out(c, data, to, interrupted());
  if (!accuracy)
    return (void)std::printf("\n%s: %s is not written.\n",
        interrupted() ? "Interrupted" : "Nothing to carry out", to.c_str());
  std::printf("\nRepaired by %s, from the %s: %s %% of the test set, saved to %s.\n",
      c.report.change.c_str(), c.report.best_failed ? "failed network on" : "start",
      percent(*accuracy).c_str(), to.c_str());
}

struct Wishes {
  std::string who, data, out = "doctor.html", repair;
  double budget = 0;  // seconds; 0: kBudget, or kLongBudget for a ResNet
  int threads = 0;
};

int consult_on(Wishes w) {
  Patient patient = patient_of(w.who);
  patient.recipe = as_run(patient.recipe, w.data);
  if (w.budget == 0)
    w.budget = patient.recipe.architecture == Architecture::resnet ? kLongBudget : kBudget;
  check_replaceable("--out", w.out);
  const std::string log_path = w.out.substr(0, w.out.size() - 5) + ".jsonl";
  check_writable("--out", log_path);
  check_free("--out", log_path);
  std::error_code none;
  if (std::filesystem::equivalent(log_path, w.who, none))
    fail<ValueError>("--out ", w.out, ": its log, ", log_path,
        ", would take the place of the one that is asked about; give another name");
  if (!w.repair.empty()) check_replaceable("--repair", w.repair);
  use_threads(w.threads > 0 ? w.threads : patient.recipe.threads);
  show_status("reading the data");
  DataSplits data = data_of(patient.recipe);
  check_fits(patient.recipe, data);
  if (patient.recipe.quick) data.train = data.train.first(10000);
  clear_status();
  say_beside("patient", command_of(patient.recipe));
  say_beside("budget",
      message(w.budget, " s (--budget) on ", threads(), threads() == 1 ? " core" : " cores",
          ", after the run itself: changes tried from the start, and on the "
          "network that has failed"));
  std::fflush(stdout);
  heed_interrupts();

  const Shelf shelf;
  Settings s = patient.recipe;
  s.log = log_path;
  s.save = shelf / "failed.safetensors";
  JsonLog log(s.log, program_name(s.architecture), s);
  AsTyped sink(log, command_of(patient.recipe));
  const Outcome outcome = run(s, data, sink, {.interrupt = &interrupted()});
  clear_status();
  if (outcome.interrupted) {
    std::printf("Interrupted before the run had ended: nothing was tried.\n");
    return kInterrupted;
  }
  say(headline(outcome.diagnosis));
  if (patient.checkpoint.empty()) patient.checkpoint = outcome.checkpoint;
  const bool short_of = !wants_treatment(outcome) &&
                        falls_short(patient.recipe, data, outcome,
                            {.seconds = treatment_seconds(outcome), .interrupt = &interrupted()});
  if (!wants_treatment(outcome) && !short_of && patient.checkpoint == outcome.checkpoint) {
    std::printf("Nothing to heal%s.\n",
        w.repair.empty() ? "" : (": " + w.repair + " is not written").c_str());
    return kGood;
  }
  const Consultation c = consult(patient, data, outcome,
      {.seconds = w.budget,
          .interrupt = &interrupted(),
          .progress = [&](const std::string& what, double seconds) {
            progress(what, seconds, w.budget);
          }});
  clear_status();
  for (const QuestionReport& q : c.report.questions) print(q);
  std::printf("\n");
  say(bold(c.report.sentence));
  if (!c.report.command.empty()) say_command(c.report.command);
  if (!w.repair.empty() && !interrupted()) repair(c, data, w.repair);
  sink.on(c.report);
  write_page_of_files(w.out, {s.log});
  std::printf("report    %s\n", w.out.c_str());
  return interrupted() ? kInterrupted : kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(kAbout, "doctor");
  Wishes w;
  std::vector<std::string> who;
  bool study = false;
  int seeds = 20;
  arguments.add(
      {.name = "patient", .value = "RUN", .help = "a log, a checkpoint, or flags in one text"}, who,
      0, 1);
  arguments.add({.name = "--budget",
                    .value = "SECONDS",
                    .help = "for all that is tried",
                    .otherwise = "120, of a ResNet 300"},
      [&](const std::string& text) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), w.budget);
        if (error != std::errc() || end != text.data() + text.size() || !(w.budget > 0) ||
            w.budget > 1e6)
          fail<ValueError>(text, ": must be a number of seconds above 0");
      });
  arguments.add({.name = "--repair",
                    .value = "FILE",
                    .help = "carry out the best change, and save the weights (.safetensors)"},
      [&](const std::string& text) {
        if (!text.ends_with(".safetensors")) fail<ValueError>(text, ": must end with .safetensors");
        w.repair = text;
      });
  arguments.add({.name = "--out",
                    .value = "FILE",
                    .help = "the page; its log lies beside it",
                    .otherwise = w.out},
      [&](const std::string& text) {
        if (!text.ends_with(".html")) fail<ValueError>(text, ": must end with .html");
        w.out = text;
      });
  arguments.add({.name = "--data", .value = "DIR", .help = "in place of the run's own"}, w.data);
  arguments.add(
      {.name = "--threads", .value = "N", .help = "cores to use; 0: all", .otherwise = "0"},
      w.threads, 0, 1'000'000);
  arguments.add(
      {.name = "--surgery-study", .help = "measure unit surgery against three other arms"}, study);
  arguments.add(
      {.name = "--seeds", .value = "N", .help = "of the study", .otherwise = "20"}, seeds, 2, 1000);
  return report_errors("doctor", [&]() -> int {
    std::vector<char*> others;
    std::vector<std::string> recipes;
    for (int i = 0; i < argc; ++i)
      i > 0 && is_recipe(argv[i], kOwn) ? (void)recipes.emplace_back(argv[i])
                                        : others.push_back(argv[i]);
    if (const auto code = arguments.read(static_cast<int>(others.size()), others.data()))
      return *code;
    who.insert(who.end(), recipes.begin(), recipes.end());
    if (who.size() != (study ? 0 : 1))
      fail<ValueError>("needs one log, checkpoint or text of flags, or --surgery-study (--help)");
    if (study) {
      use_threads(w.threads);
      heed_interrupts();
      return surgery_study(w.data, seeds, interrupted());
    }
    w.who = who[0];
    return consult_on(w);
  });
}
