#include "lively/nn/liveness/evidence_line.h"

#include "lively/nn/liveness/json_line.h"

namespace lively {

using detail::json;
using detail::JsonLine;

namespace {

std::string text_of(const HeldOut& h) {
  JsonLine o;
  o.put("samples", h.samples).put_finite("accuracy", h.accuracy);
  o.put_finite("majority_share", h.majority_share);
  return o.text();
}

std::string text_of(const SampleFates& f) {
  JsonLine o;
  o.put("seen", f.seen).put("wrong", f.wrong).put("frozen", f.frozen);
  return o.text();
}

void put(JsonLine& e, const char* key, const std::optional<double>& value) {
  if (value) e.put_finite(key, *value);
}

std::string text_of(const StepEvidence& s) {
  JsonLine o;
  put(o, "kept", s.kept), put(o, "gain", s.gain), put(o, "size", s.size);
  put(o, "decay", s.decay);
  return o.text();
}

std::string text_of(const InputScale& s) {
  JsonLine o;
  o.put_finite("rms", s.rms).put_finite("outlier", s.outlier).put_finite("columns", s.columns);
  return o.text();
}

std::string text_of(const OutputShape& s) {
  JsonLine o;
  o.put_finite("lowest", s.lowest).put_finite("zeros", s.zeros);
  return o.text();
}

std::string text_of(const LayerEvidence& l) {
  JsonLine o;
  o.put("name", l.name).put("units", l.units).put("dead", l.dead);
  if (l.born_dead) o.put("born_dead", *l.born_dead);
  if (l.dead_from_birth) o.put("dead_from_birth", *l.dead_from_birth);
  if (l.bypassed) o.put("bypassed", *l.bypassed);
  return o.text();
}

std::string text_of(const MotionEvidence& m) {
  JsonLine o;
  o.put("name", m.name);
  if (m.wired) o.put("wired", *m.wired);
  o.put("pulled", m.pulled).put("unmoved", m.unmoved);
  if (m.non_finite_state) o.put("non_finite_state", *m.non_finite_state);
  return o.text();
}

template <class T>
std::string text_of(const std::vector<T>& all) {
  std::string text;
  for (const T& one : all) text += (text.empty() ? "" : ",") + text_of(one);
  return "[" + text + "]";
}

void put(JsonLine& e, const char* key, const std::optional<bool>& value) {
  if (value) e.put(key, *value);
}

template <class T>
void put(JsonLine& e, const char* key, const std::optional<T>& value) {
  if (value) e.raw(key, text_of(*value));
}

}  // namespace

namespace detail {

std::string non_finite_text(const NonFinite& origin) {
  const auto told = [](const std::string& text) { return text.empty() ? "null" : json(text); };
  JsonLine o;
  o.put("step", origin.step).put("where", origin.where).raw("op", told(origin.op));
  o.raw("layer", told(origin.layer));
  o.raw("sample", origin.sample < 0 ? "null" : json(origin.sample));
  return o.text();
}

}  // namespace detail

std::string evidence_line(const Evidence& e) {
  JsonLine line("evidence");
  put(line, "label_entropy", e.label_entropy);
  put(line, "majority_share", e.majority_share);
  put(line, "constant_input", e.constant_input);
  put(line, "inputs", e.inputs);
  line.put_finite("losses", e.losses).put_finite("weight_norms", e.weight_norms);
  if (e.non_finite) line.raw("non_finite", detail::non_finite_text(*e.non_finite));
  put(line, "learning_rate", e.learning_rate);
  put(line, "usual_rate", e.usual_rate);
  put(line, "nominal_rate", e.nominal_rate);
  put(line, "birth_loss", e.birth_loss);
  put(line, "birth_deviation", e.birth_deviation);
  put(line, "birth_saturated", e.birth_saturated);
  put(line, "first_deviation", e.first_deviation);
  put(line, "loss", e.loss);
  put(line, "accuracy", e.accuracy);
  put(line, "output_deviation", e.output_deviation);
  put(line, "outputs", e.outputs);
  put(line, "softmax_twice", e.softmax_twice);
  if (e.copied_layer) line.put("copied_layer", *e.copied_layer);
  put(line, "saturated", e.saturated);
  put(line, "held_out", e.held_out);
  put(line, "fates", e.fates);
  line.put_finite("update_ratios", e.update_ratios).put_finite("first_ratios", e.first_ratios);
  put(line, "last_step", e.last_step);
  line.raw("motion", text_of(e.motion)).put("motion_steps", e.motion_steps);
  put(line, "layers", e.layers);
  put(line, "revival_cures", e.revival_cures);
  put(line, "neighbours", e.neighbours);
  put(line, "late_loss", e.late_loss);
  put(line, "loss_at_rate", e.loss_at_rate);
  put(line, "loss_at_tenth", e.loss_at_tenth);
  put(line, "loss_at_tenfold", e.loss_at_tenfold);
  put(line, "loss_at_hundredfold", e.loss_at_hundredfold);
  put(line, "loss_at_thousandfold", e.loss_at_thousandfold);
  put(line, "raise", e.raise);
  put(line, "loss_at_raise", e.loss_at_raise);
  put(line, "loss_unscaled", e.loss_unscaled);
  put(line, "loss_freed", e.loss_freed);
  return line.text();
}

}  // namespace lively
