#include "apps/lab/study/trial_line.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "apps/lab/whole_run.h"
#include "lively/nn/liveness/verdicts.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr double kLearns = 0.1, kConverged = 0.9;  // of the way from the majority share

double part_of(int64_t part, int64_t of) {
  return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0;
}
int64_t total(const std::vector<int64_t>& all) {
  return std::accumulate(all.begin(), all.end(), int64_t{0});
}

// Writes down what an epoch's end shows.
class Notes final : public Sink {
 public:
  void on(const Event& event) override {
    if (const auto* counted = std::get_if<Counted>(&event); counted && counted->life) {
      if (counted->series != Counted::Series::epochs) return;
      // The last census of an epoch counts: the one at the end is of all samples.
      const auto at = static_cast<std::size_t>(counted->step == 0 ? 0 : counted->epoch);
      if (dead_share.size() <= at) dead_share.resize(at + 1);
      dead_share[at] = part_of(counted->life->dead(), counted->life->units());
    } else if (const auto* ended = std::get_if<EpochEnded>(&event)) {
      accuracies.push_back(ended->test.accuracy);
    }
  }
  std::vector<double> dead_share, accuracies;
};

}  // namespace

bool TrialLine::learns() const {
  return !accuracies.empty() &&
         *std::ranges::max_element(accuracies) >= majority + kLearns * (1 - majority);
}

std::optional<int64_t> TrialLine::converged() const {
  if (!learns()) return std::nullopt;
  const double bar = majority + kConverged * (*std::ranges::max_element(accuracies) - majority);
  const auto found = std::ranges::find_if(accuracies, [bar](double a) { return a >= bar; });
  return found - accuracies.begin() + 1;
}

double TrialLine::born_share() const { return part_of(total(born), total(units)); }
double TrialLine::end_share() const { return part_of(total(dead), total(units)); }

std::string trial_type(const Settings& recipe, const DataSplits& data) {
  Settings s = without_files(recipe);
  s.seed = default_settings(s.architecture).seed;
  return message(program_name(s.architecture), " on ", data.name, ", ", data.train.size(), " + ",
      data.test.size(), ": ", flags_of(s));
}

std::optional<Json> trial_line(
    const Settings& recipe, const DataSplits& data, const std::atomic<bool>& stop) {
  Notes notes;
  const Outcome o = run(recipe, data, notes, {.interrupt = &stop});
  if (o.interrupted) return std::nullopt;
  Json line;
  line["accuracy"] = o.diverged() ? 0 : o.test.accuracy;
  line["loss"] = or_null(o.test.loss);
  line["majority"] = o.evidence.held_out ? o.evidence.held_out->majority_share : 0;
  line["verdict"] = name(o.diagnosis.verdict);
  line["diverged"] = o.diverged();
  line["steps"] = o.steps;
  for (const char* key : {"units", "born", "dead"}) line[key] = Json::array();
  for (const LayerLife& layer : o.life.layers()) {
    line["units"].push_back(layer.units);
    line["born"].push_back(layer.born_dead);
    line["dead"].push_back(layer.dead);
  }
  line["dead_share"] = notes.dead_share;
  line["accuracies"] = notes.accuracies;
  line["seconds"] = o.seconds;
  return line;
}

TrialLine read_trial(const Json& line) {
  TrialLine t;
  t.seed = line.at("seed");
  t.accuracy = line.at("accuracy");
  if (!line.at("loss").is_null()) t.loss = line.at("loss").get<double>();
  t.majority = line.at("majority");
  t.verdict = line.at("verdict");
  t.diverged = line.at("diverged");
  t.steps = line.at("steps");
  t.units = line.at("units").get<std::vector<int64_t>>();
  t.born = line.at("born").get<std::vector<int64_t>>();
  t.dead = line.at("dead").get<std::vector<int64_t>>();
  t.dead_share = line.at("dead_share").get<std::vector<double>>();
  for (const Json& a : line.at("accuracies"))  // null: a poisoned network has none
    t.accuracies.push_back(a.is_null() ? 0 : a.get<double>());
  if (t.born.size() != t.units.size() || t.dead.size() != t.units.size())
    fail<ValueError>("needs as many layers in units, born and dead");
  return t;
}

}  // namespace lively::lab
