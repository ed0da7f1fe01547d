#include "apps/lab/cases/ledger.h"
#include "apps/lab/doctor/patient.h"
#include "apps/lab/judge.h"
#include "apps/lab/page/report.h"
#include "apps/lab/page/run_log.h"
#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/step.h"
#include "apps/lab/session.h"
#include "apps/lab/study/trial_line.h"
#include "lively/nn/initializer.h"
#include "lively/tensor/spec.h"
#include "tests/fuzz/target.h"

namespace fuzz {
namespace {

using namespace lively;
using namespace lively::lab;

void model(const std::string& bytes) {
  const std::string& path = file_of(bytes);
  try {
    (void)load_model(path);
  } catch (const DataError& e) {
    must(std::string_view(e.what()).starts_with(path), e.what());
  }
}

// The set of the seeds: `--data circles`.
const DataSplits& circles_in_plane() {
  static const DataSplits all = load_data(find_data("circles"));
  return all;
}

// Reads a run as --resume does, and makes a step.
void go_on(const std::string& path) {
  Settings s = settings_of_checkpoint(path);
  s.resume = path;
  check(s);
  const DataSplits& data = circles_in_plane();
  check_fits(s, data);
  const auto network = build_model(s, task_of(data));
  const auto optimizer = build_optimizer(s, *network);
  Sinks nobody;
  Session session(*network, *optimizer, s, data, nobody, {.steps = 1});
  TrainStep train_step(*network, *optimizer, s);
  session.begin();
  if (!session.goes_on()) return;
  for (const Batch& batch : session.next_epoch()) {
    session.begin_step(batch);
    const Step step = train_step(batch, session.look());
    if (!session.end_step(step)) break;
  }
}

void checkpoint(const std::string& bytes) {
  const std::string& path = file_of(bytes);
  try {
    go_on(path);
  } catch (const DataError& e) {
    must(std::string_view(e.what()).starts_with(path), e.what());
  } catch (const ValueError&) {  // flags that do not go together, or not with these data
  }
}

void log(const std::string& bytes) {
  const std::string& path = file_of(bytes);
  try {
    RunLog run = read_run_log(path);
    judge(run);
    (void)judgement(run);
    (void)html_report({run});
  } catch (const DataError& e) {
    must(std::string_view(e.what()).starts_with(path), e.what());
  }
}

void ledger(const std::string& bytes) {
  const std::string& path = file_of(bytes);
  try {
    const Ledger all(path, {{"study", "any"}}, [](const Json& line) { (void)read_trial(line); });
  } catch (const DataError& e) {
    must(std::string_view(e.what()).starts_with(path), e.what());
  } catch (const ValueError&) {  // a ledger of something else
  }
}

// Flags as a checkpoint or a ledger has them. What is accepted must come back from its own text.
void flags(const std::string& bytes) {
  for (const Architecture a : {Architecture::mlp, Architecture::resnet}) {
    try {
      Settings s = default_settings(a), again = s;
      parse_flags(bytes, s);
      const std::string said = flags_of(s);
      parse_flags(said, again);
      must(flags_of(again) == said, said + "\nis read back as\n" + flags_of(again));
      (void)goes_together(s);
    } catch (const ValueError&) {
    }
  }
  try {
    (void)recipe_of_command(bytes);
  } catch (const ValueError&) {
  } catch (const DataError&) {
  }
}

// A value of each flag that takes a text: initialisers, activations, schedules, plants …
void specs(const std::string& bytes) {
  for (const Flag& flag : flag_table()) {
    if (flag.value.empty()) continue;
    Settings s = default_settings(Architecture::mlp);
    try {
      flag.read(s, bytes);
      (void)flag.say(s);
    } catch (const ValueError&) {
    }
  }
  try {
    const std::string said = Initializer::parse(bytes).to_string();
    must(Initializer::parse(said).to_string() == said, said);
  } catch (const ValueError&) {
  }
  try {
    const std::string said = parse_spec(bytes).to_string();
    must(parse_spec(said).to_string() == said, said);
  } catch (const ValueError&) {
  }
}

}  // namespace

std::vector<Target> lab_targets() {
  return {{"model", model}, {"checkpoint", checkpoint}, {"log", log}, {"ledger", ledger},
      {"flags", flags}, {"specs", specs}};
}

}  // namespace fuzz
