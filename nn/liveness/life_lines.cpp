#include "lively/nn/liveness/life_lines.h"

#include <cmath>

#include "lively/nn/liveness/json_line.h"

namespace lively {

using detail::json;
using detail::json_array;
using detail::JsonLine;

namespace {

JsonLine event(const char* type, const CensusNote& note) {
  JsonLine e(type);
  if (note.epoch) e.put("epoch", *note.epoch);
  e.put("step", note.step);
  return e;
}

// What a census does not tell is null.
std::string told(int64_t n) { return n < 0 ? "null" : json(n); }

std::string layer_text(const LayerLife& l, const std::string& zero_gradients) {
  JsonLine layer;
  layer.put("name", l.name).put("units", l.units).put("dead", l.dead).put("lasting", l.lasting);
  layer.put("born_dead", l.born_dead).put("died", l.died).put("revived", l.revived);
  layer.put("died_lasting", l.died_lasting).put("revived_lasting", l.revived_lasting);
  layer.put("pinned", l.pinned).put("linear", l.linear);
  layer.put("zero_activations", l.zero_activations);
  layer.raw("dormant", told(l.dormant)).raw("starved", told(l.starved));
  layer.raw("saturated", told(l.saturated));
  layer.raw("numerically_pinned", told(l.numerically_pinned));
  layer.raw("borderline", told(l.borderline));
  layer.raw("zero_gradients", zero_gradients);
  if (l.poisoned) layer.put("poisoned", true);
  return layer.text();
}

}  // namespace

std::string liveness_line(const LifeHistory& life, const CensusNote& note) {
  JsonLine e = event("liveness", note);
  e.put("set", note.set).put("mode", note.in_training ? "training" : "evaluation");
  e.put("units", life.units()).put("dead", life.dead());
  e.raw("cut", note.in_training ? "null" : json_array(note.cuts));
  std::string layers;
  for (std::size_t i = 0; i < life.layers().size(); ++i)
    layers += (i ? "," : "") + layer_text(life.layers()[i], i < note.zero_gradients.size()
                                                                ? json(note.zero_gradients[i])
                                                                : "null");
  e.raw("layers", "[" + layers + "]");
  return e.text();
}

std::vector<std::string> unit_lines(const LifeHistory& life, const CensusNote& note) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < life.layers().size(); ++i) {
    std::vector<double> rates;
    std::vector<int64_t> last;
    for (const UnitLife& u : life.units_of(i)) {
      rates.push_back(std::round(u.rate * 1e4) / 1e4);
      last.push_back(u.last_fired);
    }
    JsonLine e = event("units", note);
    e.put("set", note.set).put("layer", life.layers()[i].name);
    e.raw("rates", json_array(rates)).raw("last_fired", json_array(last));
    lines.push_back(e.text());
  }
  return lines;
}

std::vector<std::string> change_lines(
    const LifeHistory& life, const CensusNote& note, int64_t after) {
  std::vector<std::string> lines;
  for (const LifeChange& c : life.changes()) {
    JsonLine e = event(c.death ? "death" : "revival", note);
    e.put("after", after).put("layer", life.layers()[c.layer].name).put("unit", c.unit);
    if (life.censuses() == 1) e.put("born", true);
    lines.push_back(e.text());
  }
  return lines;
}

}  // namespace lively
