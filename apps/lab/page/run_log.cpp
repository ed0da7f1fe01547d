#include "apps/lab/page/run_log.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "apps/lab/page/json_fields.h"
#include "apps/lab/page/log_events.h"
#include "apps/lab/words/nlohmann.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// "optimizer.lr" = "0.01": the leaves of the config line, but for what is long.
void flatten(const std::string& prefix, const Json& value,
    std::vector<std::pair<std::string, std::string>>& to) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      if (key != "layers" && key != "titles" && key != "schema" && key != "type" &&
          key != "network")
        flatten(prefix.empty() ? key : prefix + "." + key, inner, to);
  } else {
    to.emplace_back(prefix, value.is_string() ? value.get<std::string>() : one_line(value));
  }
}

// The lists of what happened at some step.
void each_list(RunLog& run, const auto& visit) {
  visit(run.train);
  visit(run.eval);
  visit(run.censuses);
  visit(run.rates);
  visit(run.changes);
  visit(run.replays);
  visit(run.prophecies);
  visit(run.scores);
  visit(run.certificates);
  visit(run.plants);
  visit(run.frames);
  visit(run.histograms);
  visit(run.confusions);
}

// How long the lists were before the run's end added to them: what only its last census of all
// images saw is not in the checkpoint that it goes on from.
using Marks = std::vector<std::size_t>;

void mark_end(RunLog& run, Marks& end) {
  end.clear();
  each_list(run, [&](auto& list) { end.push_back(list.size()); });
}

// Back to what was known after `step` steps, from where the run goes on.
void forget_after(RunLog& run, int64_t step, Marks& end) {
  std::size_t i = 0;
  each_list(run, [&](auto& list) {
    if (!end.empty())
      list.erase(
          list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), end[i++])), list.end());
    std::erase_if(list, [&](const auto& event) { return event.step > step; });
  });
  run.units.clear();
  run.mistakes.clear();
  run.evidence.clear();
  run.losses.clear();
  run.birth_loss = std::nan("");
  run.final.reset();
  run.treatment.reset();
  run.consultation.reset();
  end.clear();
}

void add_plant(RunLog::Plant plant, std::vector<RunLog::Plant>& all) {
  const bool known = std::ranges::any_of(all, [&](const RunLog::Plant& p) {
    return p.step == plant.step && p.code == plant.code && p.text == plant.text;
  });
  if (!known) all.push_back(std::move(plant));  // what is in the data is said at each start
}

void take(const Json& e, RunLog& run, Marks& end) {
  const std::string type = text(e, "type");
  if (type == "config") {
    run.app = text(e, "app");
    run.version = text(e, "version");
    run.command = text(e, "command");
    run.model = text(e, "model");
    run.network = text(e, "network");
    run.epochs = whole(e, "epochs");
    if (has(e, "data")) run.samples = whole(object_of(e.at("data"), "data"), "train");
    run.weighted = weighted_of(e);
    run.settings.clear();
    flatten("", e, run.settings);
    run.titles.clear();
    if (has(e, "titles"))
      for (const auto& [layer, title] : object_of(e.at("titles"), "titles").items())
        run.titles[layer] = string_of(title, "titles");
  } else if (type == "train") {
    run.train.push_back({whole(e, "epoch"), whole(e, "step"), real(e, "loss"), real(e, "lr"),
        real(e, "gradient_norm"), real(e, "update_ratio"), reals(e, "gradient_norms")});
  } else if (type == "eval") {
    run.eval.push_back(
        {whole(e, "epoch"), whole(e, "step"), real(e, "train_loss"), share(e, "train_accuracy"),
            real(e, "test_loss"), share(e, "test_accuracy"), real(e, "test_accuracy_se")});
  } else if (type == "resume") {
    forget_after(run, whole(e, "step"), end);
  } else if (type == "liveness" && text(e, "mode") == "evaluation") {
    if (text(e, "set") == "train" && whole(e, "step") > 0) mark_end(run, end);
    run.censuses.push_back(census_of(e));
  } else if (type == "units") {
    std::vector<double> rates;
    for (const Json& rate : list(e, "rates")) rates.push_back(number_of(rate, "rates"));
    run.rates.push_back({whole(e, "step"), text(e, "layer"), std::move(rates)});
  } else if (type == "death" || type == "revival") {
    run.changes.push_back(change_of(e, type == "death"));
  } else if (type == "replay") {
    run.replays.push_back({whole(e, "step"), whole(e, "unit"), text(e, "layer"), text(e, "removed"),
        flag(e, "lives")});
  } else if (type == "prophecy") {
    run.prophecies.push_back({whole(e, "step"), whole(e, "unit"), counted(e, "wakes_at"),
        text(e, "layer"), text(e, "kind"), text(e, "theorem"), text(e, "text")});
  } else if (type == "score") {
    run.scores.push_back({whole(e, "step"), whole(e, "unit"), text(e, "layer"), text(e, "kind"),
        text(e, "text"), flag(e, "right")});
  } else if (type == "certificate") {
    run.certificates.push_back({whole(e, "step"), whole(e, "dead"), whole(e, "certified"),
        text(e, "layer"), text(e, "method")});
  } else if (type == "plant") {
    add_plant({whole(e, "step"), text(e, "code"), text(e, "text")}, run.plants);
  } else if (type == "unit") {
    run.units.push_back(unit_of(e));
  } else if (type == "points") {
    run.points.clear();
    for (const Json& p : list(e, "points"))
      run.points.push_back({entry(p, 0, "points"), entry(p, 1, "points"),
          whole_of(list_of(p, "points").size() > 2 ? p.at(2) : Json(), "points")});
  } else if (type == "frame") {
    run.frames.push_back(frame_of(e));
  } else if (type == "histogram") {
    run.histograms.push_back(histograms_of(e));
  } else if (type == "confusion") {
    run.confusions.push_back(confusion_of(e));
  } else if (type == "mistakes") {
    run.mistakes = mistakes_of(e);
  } else if (type == "warning") {
    run.warnings.push_back(text(e, "text"));
  } else if (type == "evidence") {
    run.evidence = one_line(e);
    try {  // to draw them; what is wrong with evidence is said where a verdict is sought in it
      run.birth_loss = real(e, "birth_loss");
      run.losses = reals(e, "losses");
    } catch (const DataError&) {
    }
  } else if (type == "doctor") {
    run.consultation = consultation_of(e);
  } else if (type == "final") {
    run.final = final_of(e);
  } else if (type == "seeds") {
    for (const Json& r : list(e, "runs"))
      run.seed_logs.push_back(text(object_of(r, "runs"), "log"));
  } else if (type == "rate_test") {
    run.rate_test = rate_test_of(e);
  } else if (type == "treatment") {
    run.treatment = treatment_of(e);
  }
}

// Takes the lines of a log one by one; `name` begins its errors.
class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}

  void take_line(const std::string& line) {
    ++number_;
    if (line.empty()) return;
    try {
      const Json e = parsed(line);
      if (!e.is_object() || whole(e, "schema") != 1) fail<DataError>("no event of schema 1");
      take(e, run_, end_);
      ++events_;
    } catch (const DataError& error) {
      fail<DataError>(name_, ": line ", number_, ": ", error.what());
    }
  }

  bool empty() const { return events_ == 0; }
  RunLog finish() { return std::move(run_); }

 private:
  std::string name_;
  RunLog run_;
  Marks end_;
  int64_t number_ = 0, events_ = 0;
};

}  // namespace

RunLog read_run_log(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail<DataError>(path, ": cannot be read");
  Reader reader(path);
  for (std::string line; std::getline(in, line);) reader.take_line(line);
  if (reader.empty()) fail<DataError>(path, ": has no events; a log is written by --log");
  RunLog run = reader.finish();
  run.path = path;
  return run;
}

RunLog run_log_of(const std::vector<std::string>& lines) {
  Reader reader("write_page");
  for (const std::string& line : lines) reader.take_line(line);
  if (reader.empty()) fail<DataError>("write_page: no events: needs the lines of a log");
  return reader.finish();
}

}  // namespace lively::lab
