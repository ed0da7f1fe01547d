#include "lively/nn/liveness/watch_lines.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/deciders.h"
#include "lively/nn/liveness/evidence_line.h"
#include "lively/nn/liveness/json_line.h"
#include "lively/nn/weights_hash.h"
#include "lively/tensor/threads.h"
#include "lively/version.h"

namespace lively::detail {
namespace {

std::string names(const std::vector<Verdict>& verdicts) {
  std::vector<const char*> all;
  for (const Verdict v : verdicts) all.push_back(name(v));
  return json_array(all);
}

double standard_error(const HeldOut& h) {
  return std::sqrt(h.accuracy * (1 - h.accuracy) / static_cast<double>(h.samples));
}

}  // namespace

std::string config_line(Module& net, const std::string& command) {
  std::string layers;
  for (const auto& [name, p] : net.named_parameters()) {
    if (p.rank() < 2) continue;
    JsonLine layer;
    layer.put("name", name.substr(0, name.rfind('.'))).put("shape", p.shape().to_string());
    layers += (layers.empty() ? "" : ",") + layer.text();
  }
  JsonLine e("config");
  e.put("app", "lively").put("version", LIVELY_VERSION).put("command", command);
  e.put("model", net.describe()).put("parameters", net.parameter_count());
  const Titles names(net);
  JsonLine titles;
  for (const auto& [path, title] : names.all()) titles.put(path, title);
  e.raw("layers", "[" + layers + "]")
      .raw("titles", titles.text())
      .put("threads", threads())
      .put("compiler", __VERSION__);
  return e.text();
}

std::string train_line(const TrainNote& n) {
  JsonLine e("train");
  e.put("step", n.step).put_finite("loss", n.loss);
  if (n.lr) e.put_finite("lr", *n.lr);
  if (n.gradient_norm) e.put_finite("gradient_norm", *n.gradient_norm);
  if (n.update_ratio) e.put_finite("update_ratio", *n.update_ratio);
  return e.text();
}

std::string eval_line(int64_t step, double loss, const HeldOut& h) {
  JsonLine e("eval");
  e.put("step", step).put_finite("test_loss", loss).put_finite("test_accuracy", h.accuracy);
  e.put_finite("test_accuracy_se", standard_error(h));
  return e.text();
}

std::string final_line(const Module& net, const LifeHistory& life, const Evidence& e,
    const Diagnosis& d, double seconds) {
  JsonLine f("final");
  f.put("steps", e.losses.size()).put("seconds", seconds);
  if (e.held_out) {
    f.put_finite("test_accuracy", e.held_out->accuracy);
    f.put_finite("test_accuracy_se", standard_error(*e.held_out));
  }
  const auto unseen = [](const LayerEvidence& l) { return !l.born_dead; };
  const bool birth = e.layers && std::ranges::none_of(*e.layers, unseen);
  f.put("units", life.units()).put("dead", life.dead());
  f.raw("born_dead", birth ? json(life.born_dead()) : "null");
  f.put("verdict", name(d.verdict)).raw("verdicts", names(d.all));
  f.raw("looked_for", names(d.looked_for)).put("verdict_text", d.text);
  std::string decided;
  for (const Decider& one : deciders(d, e)) {
    JsonLine object;
    object.put("what", one.what).put_finite("value", one.value).put("rule", one.rule);
    if (!one.counts.empty()) object.put("counts", one.counts);
    decided += (decided.empty() ? "" : ",") + object.text();
  }
  f.put("weights_hash", weights_hash(net)).raw("deciders", "[" + decided + "]");
  if (e.non_finite) f.put("poisoned", true).raw("origin", non_finite_text(*e.non_finite));
  return f.text();
}

}  // namespace lively::detail
