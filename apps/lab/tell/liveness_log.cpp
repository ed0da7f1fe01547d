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
  Json e = object({{"where", text(c.where)}, {"upstream_layer", nullptr},
      {"how_fast", text(c.how_fast)}, {"what", text(c.what)}});
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
  update(e, {{"approximate", c.approximate}, {"sample", c.sample}});
  e.update(numbers({{"z_before", s.z_before}, {"z_after", s.z_after},
      {"fall_of_max", c.fall_of_max}, {"lr", c.lr}, {"update_norm", c.update_norm}}));
  update(e, {{"batch_sample", nullptr}, {"batch_sample_share", nullptr}});
  if (c.batch_sample) {
    e["batch_sample"] = *c.batch_sample;
    put(e, "batch_sample_share", c.batch_sample_share);
  }
  return e;
}

struct UnitTeller {
  const Write& write;

  void operator()(const Counted& r) {
    using enum Counted::Tells;
    const CensusNote note{.epoch = r.epoch,
        .step = r.step,
        .set = r.set,
        .in_training = r.mode == CensusMode::training,
        .cuts = r.cuts,
        .zero_gradients = r.zero_gradients};
    if (r.tells != changes) write(read_back(liveness_line(*r.life, note)));
    if (note.in_training) return;  // of batches, an estimate
    if (r.tells != changes)
      for (const std::string& line : unit_lines(*r.life, note)) write(read_back(line));
    if (r.tells == counts) return;
    const std::vector<std::string> lines = change_lines(*r.life, note, r.after);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      Json change = read_back(lines[i]);
      if (r.life->changes()[i].death && r.causes) {
        const Cause& cause = (*r.causes)[i];
        change["cause"] = cause.unknown.empty() ? cause_of(cause) : Json(nullptr);
        if (!cause.unknown.empty()) change["cause_unknown"] = cause.unknown;
      }
      write(change);
    }
  }

  void operator()(const PlaneFrame& f) {
    if (const ImageDataset* points = f.points) {
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
      write(e);
    }
    Json e = event(
        "frame", {{"step", f.step}, {"low", f.low}, {"high", f.high}, {"lines", Json::array()}});
    for (const auto& [w1, w2, b, dead] : f.lines)
      e["lines"].push_back({w1, w2, b, dead != 0 ? 1 : 0});
    update(e, {{"width", f.side}, {"height", f.side}, {"field", base64(f.field)}});
    write(e);
  }

  void operator()(const UnitPortrait& u) {
    Json e = event("unit"), pictures = Json::array();
    for (const GreyPicture& p : u.pictures) {
      Json j =
          object({{"sample", p.sample}, {"label", p.label}, {"class", p.name}, {"chosen", p.chosen},
              {"width", p.width}, {"height", p.height}, {"pixels", base64(p.pixels)}});
      if (p.step >= 0) j["step"] = p.step;
      pictures.push_back(std::move(j));
    }
    update(e, {{"layer", u.layer}, {"unit", u.unit}, {"why", u.why}, {"portrait", nullptr}});
    if (!u.portrait.pixels.empty()) {
      e["portrait"] = base64(u.portrait.pixels);
      update(e, {{"portrait_width", u.portrait.width}, {"portrait_height", u.portrait.height}});
      put(e, "portrait_low", u.low);
      put(e, "portrait_high", u.high);
    }
    e["pictures"] = std::move(pictures);
    write(e);
  }

  void operator()(const Spreads& r) {
    Json e = event("histogram"), layers = Json::array();
    for (const Spread& s : r.layers)
      layers.push_back(object({{"name", s.layer}, {"low", rounded(s.low)},
          {"high", rounded(s.high)}, {"mean", rounded(s.mean)}, {"deviation", rounded(s.deviation)},
          {"above_zero", rounded(s.above_zero)}, {"counts", s.counts}}));
    update(e, {{"epoch", r.epoch}, {"step", r.step}, {"of", r.of}});
    if (!r.set.empty()) e["set"] = r.set;
    e["layers"] = std::move(layers);
    write(e);
  }

  void operator()(const Mistaken& r) {
    Json e = event("mistakes"), pictures = Json::array();
    for (const Mistaken::One& one : r.worst) {
      const GreyPicture& p = one.picture;
      Json j =
          object({{"sample", p.sample}, {"label", p.label}, {"class", p.name}, {"said", one.said},
              {"said_class", one.said_name}, {"probability", rounded(one.probability)}});
      if (!p.pixels.empty())
        update(j, {{"width", p.width}, {"height", p.height}, {"pixels", base64(p.pixels)}});
      pictures.push_back(std::move(j));
    }
    update(e, {{"step", r.step}, {"set", "test"}, {"pictures", std::move(pictures)}});
    write(e);
  }

  void operator()(const Replay& r) {
    write(event("replay", {{"step", r.step}, {"layer", r.layer}, {"unit", r.unit},
                              {"removed", r.removed}, {"lives", r.lives}}));
  }

  void operator()(const ProphecyReport& r) {
    for (const Foretold& f : r.units) {
      Json e = event(
          "prophecy", {{"step", r.step}, {"layer", f.layer}, {"unit", f.unit},
                          {"kind", name(f.prophecy.fate)}, {"theorem", name(f.prophecy.ground)}});
      e["wakes_at"] = f.prophecy.fate == Fate::wakes_at ? Json(f.prophecy.wakes_at) : Json(nullptr);
      e["text"] = text(f.prophecy);
      write(e);
    }
  }

  void operator()(const ScoreReport& r) {
    for (const Scored& s : r.units) {
      write(event(
          "score", {{"step", r.step}, {"layer", s.layer}, {"unit", s.unit},
                       {"kind", name(s.prophecy.fate)}, {"right", s.right}, {"text", s.text}}));
    }
  }

  void operator()(const CertificateReport& r) {
    for (const Coverage& c : r.layers) {
      write(event("certificate", {{"step", r.step}, {"layer", c.layer}, {"method", c.method},
                                     {"dead", c.dead}, {"certified", c.certified}}));
    }
  }
  template <class Other>
  void operator()(const Other&) {}
};

}  // namespace

void tell_of_units(const Event& event, const Write& write) { std::visit(UnitTeller{write}, event); }

}  // namespace lively::lab
