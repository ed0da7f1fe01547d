#include "apps/lab/page/run_log.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/lab/page/json_fields.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// "optimizer.lr" = "0.01": the leaves of the config line, but for what is long.
void flatten(const std::string& prefix, const Json& value,
    std::vector<std::pair<std::string, std::string>>& to) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      if (key != "layers" && key != "titles" && key != "schema" && key != "type")
        flatten(prefix.empty() ? key : prefix + "." + key, inner, to);
  } else {
    to.emplace_back(prefix, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

RunLog::Census census_of(const Json& e) {
  RunLog::Census c{whole(e, "epoch"), whole(e, "step"), text(e, "set"), {}, {}};
  if (has(e, "cut")) c.cut = texts(e, "cut");
  for (const Json& l : list(e, "layers"))
    c.layers.push_back({text(l, "name"), whole(l, "units"), whole(l, "dead"), whole(l, "lasting"),
        whole(l, "born_dead"), whole(l, "died"), whole(l, "revived"), whole(l, "pinned"),
        whole(l, "linear"), counted(l, "dormant"), counted(l, "starved"), counted(l, "saturated"),
        counted(l, "numerically_pinned"), counted(l, "borderline"), real(l, "zero_activations"),
        real(l, "zero_gradients")});
  return c;
}

RunLog::Shares shares_of(const Json& e, const char* key) {
  RunLog::Shares all;
  if (has(e, key))
    for (const auto& [name, share] : object_of(e.at(key), key).items())
      if (name != "poisoned") all.emplace_back(name, number_of(share, name));
  return all;
}

RunLog::Change change_of(const Json& e, bool death) {
  RunLog::Change c{death, flag(e, "born"), whole(e, "after"), whole(e, "step"), whole(e, "unit"),
      text(e, "layer"), {}};
  if (!has(e, "cause")) return c;
  const Json& j = object_of(e.at("cause"), "cause");
  c.cause = RunLog::Cause{text(j, "where"), text(j, "upstream_layer"), text(j, "how_fast"),
      text(j, "what"), real(j, "fall"), real(j, "lr"), real(j, "z_before"), real(j, "z_after"),
      counted(j, "sample"), flag(j, "approximate"), shares_of(j, "shares"), shares_of(j, "own")};
  return c;
}

RunLog::Unit unit_of(const Json& e) {
  RunLog::Unit u{whole(e, "unit"), text(e, "layer"), text(e, "why"), {}, real(e, "portrait_low"),
      real(e, "portrait_high"), {}};
  if (has(e, "portrait")) {
    const int64_t w = whole(e, "portrait_width", 28), h = whole(e, "portrait_height", 28);
    u.portrait = RunLog::Picture{RunLog::kNotCounted, w, h, "", "", bytes_of(e, "portrait", w, h)};
  }
  if (!has(e, "pictures")) return u;
  for (const Json& p : list(e, "pictures")) {
    const int64_t w = whole(p, "width"), h = whole(p, "height");
    u.pictures.push_back(
        {counted(p, "sample"), w, h, has(p, "class") ? text(p, "class") : text(p, "label"),
            text(p, "chosen"), bytes_of(p, "pixels", w, h)});
  }
  return u;
}

RunLog::Frame frame_of(const Json& e) {
  RunLog::Frame f{whole(e, "step"), whole(e, "width"), whole(e, "height"), real(e, "low"),
      real(e, "high"), {}, {}};
  f.field = bytes_of(e, "field", f.width, f.height);
  if (!(f.high > f.low)) fail<DataError>("high ", f.high, ": must be above low ", f.low);
  for (const Json& l : list(e, "lines"))
    f.lines.push_back({entry(l, 0, "lines"), entry(l, 1, "lines"), entry(l, 2, "lines"),
        entry(l, 3, "lines") != 0});
  return f;
}

RunLog::Final final_of(const Json& e) {
  RunLog::Final f{whole(e, "epochs"), whole(e, "steps"), whole(e, "units"), whole(e, "dead"),
      whole(e, "born_dead"), real(e, "seconds"), real(e, "test_accuracy"),
      real(e, "test_accuracy_se"), text(e, "verdict"), text(e, "verdict_text"),
      text(e, "weights_hash"), text(e, "test_command"), texts(e, "verdicts"),
      texts(e, "looked_for"), {}, {}};
  if (has(e, "early_stop"))
    f.best_accuracy = real(object_of(e.at("early_stop"), "early_stop"), "test_accuracy");
  if (has(e, "deciders"))
    for (const Json& d : list(e, "deciders"))
      f.deciders.push_back({text(d, "what"), text(d, "rule"), real(d, "value")});
  return f;
}

RunLog::Consultation consultation_of(const Json& e) {
  RunLog::Consultation c{real(e, "budget"), text(e, "sentence"), text(e, "command"), {}};
  for (const Json& j : list(e, "questions")) {
    RunLog::Question& q = c.questions.emplace_back(RunLog::Question{text(j, "of") == "failed",
        whole(j, "steps"), whole(j, "whole"), real(j, "bar"), text(j, "none"), {}});
    for (const Json& a : list(j, "arms"))
      q.arms.push_back({text(a, "change"), text(a, "command"), whole(a, "seeds"),
          whole(a, "healed"), whole(a, "diverged"), real(a, "accuracy"), real(a, "dead"),
          real(a, "effect"), real(a, "low"), real(a, "high")});
  }
  return c;
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
}

// How long the lists were before the run's end added to them: what only its last census of all
// images saw is not in the checkpoint that it goes on from.
using Marks = std::vector<std::size_t>;

void mark(RunLog& run, Marks& end) {
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
  run.evidence.clear();
  run.final.reset();
  run.treatment.reset();
  run.consultation.reset();
  end.clear();
}

RunLog::RateTest rate_test_of(const Json& e) {
  RunLog::RateTest t{{}, real(e, "lowest_at"), real(e, "suggested"), text(e, "none")};
  for (const Json& s : list(e, "steps"))
    t.steps.push_back({entry(s, 0, "steps"), entry(s, 1, "steps"), entry(s, 2, "steps")});
  return t;
}

RunLog::Tried tried_of(const Json& e) {
  return {text(e, "change"), real(e, "accuracy"), whole(e, "steps"), whole(e, "train"),
      flag(e, "diverged"), flag(e, "learned")};
}

RunLog::Treatment treatment_of(const Json& e) {
  RunLog::Treatment t;
  if (has(e, "tried"))
    for (const Json& one : list(e, "tried")) t.tried.push_back(tried_of(one));
  if (has(e, "cure")) t.cure = tried_of(e.at("cure"));
  if (has(e, "nearest")) t.nearest = tried_of(e.at("nearest"));
  t.command = text(e, "command"), t.why = text(e, "why"), t.none = text(e, "none");
  t.verdict = text(e, "verdict");
  t.bar = real(e, "bar"), t.seconds = real(e, "seconds"), t.whole_run = flag(e, "whole_run");
  return t;
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
    run.settings.clear();
    flatten("", e, run.settings);
    run.titles.clear();
    if (has(e, "titles"))
      for (const auto& [layer, title] : object_of(e.at("titles"), "titles").items())
        run.titles[layer] = string_of(title, "titles");
  } else if (type == "train") {
    run.train.push_back({whole(e, "epoch"), whole(e, "step"), real(e, "loss"), real(e, "lr"),
        real(e, "gradient_norm"), real(e, "update_ratio")});
  } else if (type == "eval") {
    run.eval.push_back(
        {whole(e, "epoch"), whole(e, "step"), real(e, "train_loss"), real(e, "train_accuracy"),
            real(e, "test_loss"), real(e, "test_accuracy"), real(e, "test_accuracy_se")});
  } else if (type == "resume") {
    forget_after(run, whole(e, "step"), end);
  } else if (type == "liveness" && text(e, "mode") == "evaluation") {
    if (text(e, "set") == "train" && whole(e, "step") > 0) mark(run, end);
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
  } else if (type == "warning") {
    run.warnings.push_back(text(e, "text"));
  } else if (type == "evidence") {
    run.evidence = e.dump();
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
