// What a log tells of units: counts, deaths, frames, portraits, replays and prophecies.
#include <algorithm>

#include "apps/lab/tell/log.h"
#include "apps/lab/tell/log_event.h"
#include "apps/lab/words/base64.h"
#include "lively/nn/liveness/life_lines.h"

namespace lively::lab {
namespace {

// null where nothing is known; then "cause_unknown" says why.
Json cause_of(const Cause& c) {
  const auto text = [](const auto& v) { return v ? Json(name(*v)) : Json(nullptr); };
  Json e{{"where", text(c.where)}, {"upstream_layer", nullptr}, {"how_fast", text(c.how_fast)},
      {"what", text(c.what)}};
  if (!c.upstream_layer.empty()) e["upstream_layer"] = c.upstream_layer;
  if (!c.where) return e;  // born
  const FallSplit& s = c.split;
  put(e, "fall", s.fall());
  e["shares"] = numbers(
      {{"weights", s.weights}, {"bias", s.bias}, {"upstream", s.upstream}, {"norm", s.norm}});
  e["own"] = nullptr;
  if (c.own)
    e["own"] = numbers(
        {{"gradient", c.own->gradient}, {"residue", c.own->residue}, {"decay", c.own->decay}});
  e.update({{"approximate", c.approximate}, {"sample", c.sample}});
  e.update(numbers({{"z_before", s.z_before}, {"z_after", s.z_after},
      {"fall_of_max", c.fall_of_max}, {"lr", c.lr}, {"update_norm", c.update_norm}}));
  e.update({{"batch_sample", nullptr}, {"batch_sample_share", nullptr}});
  if (c.batch_sample) {
    e["batch_sample"] = *c.batch_sample;
    put(e, "batch_sample_share", c.batch_sample_share);
  }
  return e;
}

// The library's line, written as all others are.
std::string again(const std::string& line) { return line_of(Json::parse(line)); }

}  // namespace

void JsonLog::counted(const LivenessReport& r) {
  const CensusNote note{.epoch = r.epoch,
      .step = r.step,
      .set = r.set,
      .in_training = r.mode != "evaluation",
      .cuts = r.cuts,
      .zero_gradients = r.zero_gradients};
  if (r.totals) write(again(liveness_line(*r.life, note)));
  if (note.in_training) return;  // of batches, an estimate
  if (r.totals)
    for (const std::string& line : unit_lines(*r.life, note)) write(again(line));
  if (!r.changes) return;
  const std::vector<std::string> changes = change_lines(*r.life, note, r.after);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Json change = Json::parse(changes[i]);
    if (r.life->changes()[i].death && r.causes) {
      const Cause& cause = (*r.causes)[i];
      change["cause"] = cause.unknown.empty() ? cause_of(cause) : Json(nullptr);
      if (!cause.unknown.empty()) change["cause_unknown"] = cause.unknown;
    }
    write(line_of(change));
  }
}

void JsonLog::framed(const PlaneFrame& f, const ImageDataset* points) {
  if (points) {
    constexpr int64_t kMost = 1000;
    const int64_t n = std::min(points->size(), kMost);
    const auto xy = points->pixels().values<float>();
    Json all = Json::array();
    for (int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(2 * i);
      all.push_back({xy[at], xy[at + 1], points->labels().data<int64_t>()[i]});
    }
    Json e = event("points");
    e["points"] = std::move(all);
    write(line_of(e));
  }
  Json e = event("frame");
  e.update({{"step", f.step}, {"low", f.low}, {"high", f.high}, {"lines", Json::array()}});
  for (const auto& [w1, w2, b, dead] : f.lines)
    e["lines"].push_back({w1, w2, b, dead != 0 ? 1 : 0});
  e.update({{"width", f.side}, {"height", f.side}, {"field", base64(f.field)}});
  write(line_of(e));
}

void JsonLog::portrayed(const UnitPortrait& u) {
  Json e = event("unit"), pictures = Json::array();
  for (const GreyPicture& p : u.pictures)
    pictures.push_back(
        {{"sample", p.sample}, {"label", p.label}, {"class", p.name}, {"chosen", p.chosen},
            {"width", p.width}, {"height", p.height}, {"pixels", base64(p.pixels)}});
  e.update({{"layer", u.layer}, {"unit", u.unit}, {"why", u.why}, {"portrait", nullptr}});
  if (!u.portrait.pixels.empty()) {
    e["portrait"] = base64(u.portrait.pixels);
    e.update({{"portrait_width", u.portrait.width}, {"portrait_height", u.portrait.height}});
    put(e, "portrait_low", u.low);
    put(e, "portrait_high", u.high);
  }
  e["pictures"] = std::move(pictures);
  write(line_of(e));
}

void JsonLog::replayed(const Replay& r) {
  Json e = event("replay");
  e.update({{"step", r.step}, {"layer", r.layer}, {"unit", r.unit}, {"removed", r.removed},
      {"lives", r.lives}});
  write(line_of(e));
}

void JsonLog::foretold(const ProphecyReport& r) {
  for (const Foretold& f : r.units) {
    Json e = event("prophecy");
    e.update({{"step", r.step}, {"layer", f.layer}, {"unit", f.unit},
        {"kind", name(f.prophecy.fate)}, {"theorem", name(f.prophecy.ground)}});
    e["wakes_at"] = f.prophecy.fate == Fate::wakes_at ? Json(f.prophecy.wakes_at) : Json(nullptr);
    e["text"] = text(f.prophecy);
    write(line_of(e));
  }
}

void JsonLog::scored(const ScoreReport& r) {
  for (const Scored& s : r.units) {
    Json e = event("score");
    e.update({{"step", r.step}, {"layer", s.layer}, {"unit", s.unit},
        {"kind", name(s.prophecy.fate)}, {"right", s.right}, {"text", s.text}});
    write(line_of(e));
  }
}

void JsonLog::certified(const CertificateReport& r) {
  for (const Coverage& c : r.layers) {
    Json e = event("certificate");
    e.update({{"step", r.step}, {"layer", c.layer}, {"method", c.method}, {"dead", c.dead},
        {"certified", c.certified}});
    write(line_of(e));
  }
}

}  // namespace lively::lab
