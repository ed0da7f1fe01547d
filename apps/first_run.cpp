// One folklore name, "my ReLU network died", and the different failures behind it, each on
// several seeds; ends with a table of what happened and what a cure made of it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "apps/lab/recipe/cores.h"
#include "apps/lab/recipe/flags.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/trials/paired.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/threads.h"
#include "lively/version.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int kSeeds = 3;

struct Case {
  const char* title;
  Verdict expected;
  void (*change)(Settings&);
  const char* cure = "";  // in words, and as a change of the broken recipe
  void (*heal)(Settings&) = nullptr;
};

const std::vector<Case> kCases{
    {"random_uniform(-1, 1)", Verdict::exploding, [](Settings& s) { s.init = "random_uniform"; },
        "he_uniform", [](Settings& s) { s.init = "he_uniform"; }},
    {"he_uniform, adam, lr 0.2", Verdict::died,
        [](Settings& s) {
          s.optimizer = "adam";
          s.lr = 0.2;
        },
        "lr 0.001", [](Settings& s) { s.lr = 1e-3; }},
    {"random_uniform(-1, 1), clipped loss, adam", Verdict::frozen_loss,
        [](Settings& s) {
          s.init = "random_uniform";
          s.loss = "clipped_cross_entropy";
          s.optimizer = "adam";
          s.lr = 1e-3;
        },
        "softmax_cross_entropy", [](Settings& s) { s.loss = "softmax_cross_entropy"; }},
    {"he_uniform", Verdict::healthy, [](Settings&) {}},
};

// Says on stderr, on a terminal, how many runs have ended.
void tell_progress(int64_t made, int64_t of) {
  show_status(message(made, " of ", of, " runs"));
  if (made == of) clear_status();
}

// The runs of all cases and of their cures, by recipe: a cure may be a case of its own.
class Runs {
 public:
  Runs(const Settings& base, const DataSplits& data) : base_(base) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed)
      for (const Case& c : kCases)
        for (const bool healed : {false, true})
          if (const Settings s = recipe(c, healed, seed); !contains(s)) trials_.push_back({s});
    outcomes_ = run_trials(trials_, data, {.progress = tell_progress});
  }
  // One a seed, as many as there are.
  std::vector<Outcome> of(const Case& c, bool healed = false) const {
    std::vector<Outcome> all;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed)
      all.push_back(*outcomes_[index(recipe(c, healed, seed))]);
    return all;
  }

 private:
  Settings recipe(const Case& c, bool healed, uint64_t seed) const {
    Settings s = base_;
    s.seed = seed;
    c.change(s);
    if (healed && c.heal) c.heal(s);
    return s;
  }
  std::size_t index(const Settings& s) const {
    return static_cast<std::size_t>(
        std::ranges::find(trials_, s, &Trial::recipe) - trials_.begin());
  }
  bool contains(const Settings& s) const { return index(s) < trials_.size(); }

  const Settings base_;
  std::vector<Trial> trials_;
  std::vector<std::optional<Outcome>> outcomes_;
};

// "86.1 ± 0.3 %": the mean over the seeds and its standard error; "–" where one diverged.
std::string accuracy(const std::vector<Outcome>& runs) {
  if (std::ranges::any_of(runs, &Outcome::diverged)) return "–";
  std::vector<double> all;
  for (const Outcome& o : runs) all.push_back(o.test.accuracy);
  const Estimate e = estimate(all);
  return percent(e.mean) + " ± " + percent(e.error) + " %";
}

// Dead units of each layer, averaged over the seeds; none after a NaN, where nothing counts.
std::string dead(const std::vector<Outcome>& runs) {
  if (std::ranges::all_of(runs, &Outcome::diverged)) return "–";
  std::string text;
  for (std::size_t i = 0; i < runs[0].life.layers().size(); ++i) {
    double mean = 0;
    for (const Outcome& o : runs) mean += static_cast<double>(o.life.layers()[i].dead) / kSeeds;
    text += (i ? " " : "") + std::to_string(std::lround(mean));
  }
  return text;
}

std::string verdicts(const std::vector<Outcome>& runs) {
  std::map<std::string, int> count;
  for (const Outcome& o : runs) ++count[name(o.diagnosis.verdict)];
  std::string text;
  for (const auto& [verdict, n] : count) {
    if (!text.empty()) text += ", ";
    text += verdict + (n == kSeeds ? "" : " " + std::to_string(n) + "/" + std::to_string(kSeeds));
  }
  std::ranges::replace(text, '_', ' ');
  return text;
}

// Where nothing was asked for and no pictures are installed, the built-in ones will do.
DataSource source_of(const std::string& wanted) {
  try {
    return find_data(wanted);
  } catch (const DataError&) {
    if (!wanted.empty()) throw;
    std::printf(
        "No Fashion-MNIST here (package dataset-fashion-mnist): taking the built-in synthetic "
        "digits.\n");
    return find_data("synthetic");
  }
}

int run(const Settings& base, bool check) {
  use_threads(base.threads);
  const DataSource source = source_of(base.data);
  show_status("reading the data");
  const DataSplits data = load_data(source);
  clear_status();
  say(message("Lively ", LIVELY_VERSION, "   ", data.name, " ", thousands(data.train.size()), " + ",
      thousands(data.test.size()), "   ", threads(), " threads   ", short_blas(blas_name())));
  say(message("\"My ReLU network died\": one name, several failures. ",
      data.train.sample_shape().numel(), " – ", base.depth, " × ", base.width, " – 10, ", kSeeds,
      " seeds each.\n"));
  std::fflush(stdout);

  const Runs runs(base, data);
  std::vector<std::vector<Outcome>> outcomes;
  for (const Case& c : kCases) outcomes.push_back(runs.of(c));

  bool as_expected = true;
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    std::printf("%s\n%s\n\n", bold(kCases[i].title).c_str(),
        wrap(headline(outcomes[i][0].diagnosis), screen_width(), "  ").c_str());
    for (const Outcome& o : outcomes[i]) as_expected &= o.diagnosis.verdict == kCases[i].expected;
  }
  const auto row = [](const std::string& title, const std::string& acc, const std::string& units,
                       const std::string& what) {
    say_row("  " + pad(title, 42) + pad(acc, 15) + pad(units, 22) + what);
  };
  row("training", "accuracy", "dead, layer by layer", "what happened");
  for (std::size_t i = 0; i < kCases.size(); ++i)
    row(kCases[i].title, accuracy(outcomes[i]), dead(outcomes[i]), verdicts(outcomes[i]));
  std::printf("\n");
  say_row("  " + pad("one change that cures it", 70) + "accuracy");
  for (const Case& c : kCases)
    if (c.heal)
      say_row("  " + pad(std::string(c.title) + ": " + c.cure, 70) + accuracy(runs.of(c, true)));
  std::printf("\n");
  say(message("Accuracy on the test set and dead units of 128 a layer: means over ", kSeeds,
      " seeds, ± standard error."));
  say("One symptom, different causes: only the second network has died. Look closer:");
  say_command("./apps/mnist_mlp --optimizer adam --lr 0.2" +
              (base.data.empty() ? "" : " --data " + base.data));
  if (check && !as_expected) {
    std::fprintf(stderr, "first_run: --check: a verdict is not the expected one\n");
    return kUnexpected;
  }
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  bool check = false;
  const CommandLine line{
      .about =
          "Shows the failures behind \"my ReLU network died\", and their cure, on several seeds.",
      .flags = {"--data", "--epochs", "--threads"},
      .switches = {{"--check", "exit with 1 unless every run gets the expected verdict", &check}}};
  if (const auto code = read_flags(argc, argv, line, settings)) return *code;
  return report_errors("first_run", [&] { return run(settings, check); });
}
