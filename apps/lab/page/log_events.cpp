#include "apps/lab/page/log_events.h"

#include <cmath>

#include "apps/lab/page/json_fields.h"
#include "apps/lab/words/nlohmann.h"
#include "lively/tensor/error.h"

namespace lively::lab {

namespace {

RunLog::Shares shares_of(const Json& e, const char* key) {
  RunLog::Shares all;
  if (has(e, key))
    for (const auto& [name, share] : object_of(e.at(key), key).items())
      if (name != "poisoned") all.emplace_back(name, number_of(share, name));
  return all;
}

RunLog::Tried tried_of(const Json& e) {
  return {text(e, "change"), real(e, "accuracy"), whole(e, "steps"), whole(e, "train"),
      flag(e, "diverged"), flag(e, "learned")};
}

}  // namespace

RunLog::Census census_of(const Json& e) {
  RunLog::Census c{whole(e, "epoch"), whole(e, "step"), text(e, "set"), {}, {}};
  if (has(e, "cut")) c.cut = texts(e, "cut");
  for (const Json& l : list(e, "layers"))
    c.layers.push_back({text(l, "name"), whole(l, "units"), whole(l, "dead"), whole(l, "lasting"),
        whole(l, "born_dead"), whole(l, "died"), whole(l, "revived"), whole(l, "pinned"),
        whole(l, "linear"), counted(l, "dormant"), counted(l, "starved"), counted(l, "saturated"),
        counted(l, "numerically_pinned"), counted(l, "borderline"), share(l, "zero_activations"),
        share(l, "zero_gradients")});
  return c;
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
    u.portrait = RunLog::Picture{
        RunLog::kNotCounted, w, h, "", "", bytes_of(e, "portrait", w, h), RunLog::kNotCounted};
  }
  if (!has(e, "pictures")) return u;
  for (const Json& p : list(e, "pictures")) {
    const int64_t w = whole(p, "width"), h = whole(p, "height");
    u.pictures.push_back(
        {counted(p, "sample"), w, h, has(p, "class") ? text(p, "class") : text(p, "label"),
            text(p, "chosen"), bytes_of(p, "pixels", w, h), counted(p, "step")});
  }
  return u;
}

RunLog::Frame frame_of(const Json& e) {
  RunLog::Frame f{whole(e, "step"), whole(e, "width"), whole(e, "height"), real(e, "low"),
      real(e, "high"), {}, {}};
  f.field = bytes_of(e, "field", f.width, f.height);
  if (!(f.high > f.low)) fail<DataError>("high ", f.high, ": must be above low ", f.low);
  if (!std::isfinite(f.high - f.low)) fail<DataError>("high ", f.high, ": too far above ", f.low);
  for (const Json& l : list(e, "lines"))
    f.lines.push_back({entry(l, 0, "lines"), entry(l, 1, "lines"), entry(l, 2, "lines"),
        entry(l, 3, "lines") != 0});
  return f;
}

RunLog::Final final_of(const Json& e) {
  RunLog::Final f{whole(e, "epochs"), whole(e, "steps"), whole(e, "units"), whole(e, "dead"),
      whole(e, "born_dead"), real(e, "seconds"), share(e, "test_accuracy"),
      real(e, "test_accuracy_se"), text(e, "verdict"), text(e, "verdict_text"),
      text(e, "weights_hash"), text(e, "test_command"), texts(e, "verdicts"),
      texts(e, "looked_for"), {}, {}};
  if (has(e, "early_stop"))
    f.best_accuracy = share(object_of(e.at("early_stop"), "early_stop"), "test_accuracy");
  if (has(e, "deciders"))
    for (const Json& d : list(e, "deciders"))
      f.deciders.push_back({text(d, "what"), text(d, "rule"), text(d, "counts"), real(d, "value")});
  return f;
}

RunLog::RateTest rate_test_of(const Json& e) {
  RunLog::RateTest t{{}, real(e, "lowest_at"), real(e, "suggested"), text(e, "none")};
  for (const Json& s : list(e, "steps"))
    t.steps.push_back({entry(s, 0, "steps"), entry(s, 1, "steps"), entry(s, 2, "steps")});
  return t;
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

std::vector<RunLog::Weighted> weighted_of(const Json& config) {
  std::vector<RunLog::Weighted> all;
  if (has(config, "layers"))
    for (const Json& l : list(config, "layers")) all.push_back({text(l, "name"), text(l, "shape")});
  return all;
}

RunLog::Histograms histograms_of(const Json& e) {
  RunLog::Histograms h{whole(e, "epoch"), whole(e, "step"), text(e, "of"), text(e, "set"), {}};
  for (const Json& l : list(e, "layers"))
    h.layers.push_back({text(l, "name"), real(l, "low"), real(l, "high"), real(l, "mean"),
        real(l, "deviation"), share(l, "above_zero"), reals(l, "counts")});
  return h;
}

RunLog::Confusion confusion_of(const Json& e) {
  RunLog::Confusion c{whole(e, "epoch"), whole(e, "step"), text(e, "set"), texts(e, "classes"), {}};
  for (const Json& row : list(e, "counts")) {
    auto& counts = c.counts.emplace_back();
    for (const Json& n : list_of(row, "counts")) counts.push_back(whole_of(n, "counts"));
    if (counts.size() != c.classes.size()) fail<DataError>("counts: need a number for each class");
  }
  if (c.counts.size() != c.classes.size()) fail<DataError>("counts: need a row for each class");
  return c;
}

std::vector<RunLog::Mistake> mistakes_of(const Json& e) {
  std::vector<RunLog::Mistake> all;
  for (const Json& p : list(e, "pictures")) {
    RunLog::Mistake m{{counted(p, "sample"), whole(p, "width"), whole(p, "height"),
                          has(p, "class") ? text(p, "class") : text(p, "label"), "", "", -1},
        has(p, "said_class") ? text(p, "said_class") : text(p, "said"), share(p, "probability")};
    if (has(p, "pixels"))
      m.picture.pixels = bytes_of(p, "pixels", m.picture.width, m.picture.height);
    all.push_back(std::move(m));
  }
  return all;
}

}  // namespace lively::lab
