#include "apps/lab/tell/evidence_event.h"

#include <cmath>

#include "apps/lab/words/json_value.h"
#include "apps/lab/words/nlohmann.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr const char* kValue = "its value";

// From a value that is there, and may be null.
void take(const Json& v, double& to) { to = number_of(v, kValue); }
void take(const Json& v, bool& to) { to = flag_of(v, kValue); }
void take(const Json& v, int64_t& to) {
  to = v.is_null() ? -1 : whole_of(v, kValue);
  if (to < -1) fail<DataError>("a count of ", to);
}
void take(const Json& v, std::string& to) { to = v.is_null() ? "" : string_of(v, kValue); }

void take(const Json& v, HeldOut& to);
void take(const Json& v, SampleFates& to);
void take(const Json& v, NonFinite& to);
void take(const Json& v, LayerEvidence& to);
void take(const Json& v, StepEvidence& to);
void take(const Json& v, InputScale& to);
void take(const Json& v, OutputShape& to);
void take(const Json& v, MotionEvidence& to);

template <class T>
void take(const Json& v, std::vector<T>& to) {
  for (const Json& one : list_of(v, kValue)) take(one, to.emplace_back());
}

template <class T>
void take(const Json& v, std::optional<T>& to) {
  take(v, to.emplace());
}

// What is not there stays as it is.
template <class T>
void take(const Json& object, const char* key, T& to) {
  const auto found = object_of(object, kValue).find(key);
  if (found == object.end()) return;
  try {
    take(*found, to);
  } catch (const DataError& error) {
    fail<DataError>(key, ": ", error.what());
  }
}

void take(const Json& v, HeldOut& to) {
  take(v, "samples", to.samples);
  take(v, "accuracy", to.accuracy);
  take(v, "majority_share", to.majority_share);
}

void take(const Json& v, SampleFates& to) {
  take(v, "seen", to.seen);
  take(v, "wrong", to.wrong);
  take(v, "frozen", to.frozen);
}

void take(const Json& v, NonFinite& to) {
  take(v, "step", to.step);
  take(v, "where", to.where);
  take(v, "op", to.op);
  take(v, "layer", to.layer);
  take(v, "sample", to.sample);
}

void take(const Json& v, LayerEvidence& to) {
  take(v, "name", to.name);
  take(v, "units", to.units);
  take(v, "dead", to.dead);
  take(v, "born_dead", to.born_dead);
  take(v, "dead_from_birth", to.dead_from_birth);
  take(v, "bypassed", to.bypassed);
}

void take(const Json& v, StepEvidence& to) {
  take(v, "kept", to.kept);
  take(v, "gain", to.gain);
  take(v, "size", to.size);
  take(v, "decay", to.decay);
}

void take(const Json& v, InputScale& to) {
  take(v, "rms", to.rms);
  take(v, "outlier", to.outlier);
  take(v, "columns", to.columns);
}

void take(const Json& v, OutputShape& to) {
  take(v, "lowest", to.lowest);
  take(v, "zeros", to.zeros);
}

void take(const Json& v, MotionEvidence& to) {
  take(v, "name", to.name);
  take(v, "wired", to.wired);
  take(v, "pulled", to.pulled);
  take(v, "unmoved", to.unmoved);
  take(v, "non_finite_state", to.non_finite_state);
}

}  // namespace

Evidence read_evidence(const std::string& line) {
  Evidence e;
  try {
    const Json v = parsed(line);
    take(v, "label_entropy", e.label_entropy);
    take(v, "majority_share", e.majority_share);
    take(v, "constant_input", e.constant_input);
    take(v, "inputs", e.inputs);
    take(v, "losses", e.losses);
    take(v, "weight_norms", e.weight_norms);
    take(v, "non_finite", e.non_finite);
    take(v, "learning_rate", e.learning_rate);
    take(v, "usual_rate", e.usual_rate);
    take(v, "nominal_rate", e.nominal_rate);
    take(v, "birth_loss", e.birth_loss);
    take(v, "birth_deviation", e.birth_deviation);
    take(v, "birth_saturated", e.birth_saturated);
    take(v, "first_deviation", e.first_deviation);
    take(v, "loss", e.loss);
    take(v, "accuracy", e.accuracy);
    take(v, "output_deviation", e.output_deviation);
    take(v, "outputs", e.outputs);
    take(v, "softmax_twice", e.softmax_twice);
    take(v, "copied_layer", e.copied_layer);
    take(v, "saturated", e.saturated);
    take(v, "held_out", e.held_out);
    take(v, "fates", e.fates);
    take(v, "update_ratios", e.update_ratios);
    take(v, "first_ratios", e.first_ratios);
    take(v, "last_step", e.last_step);
    take(v, "motion", e.motion);
    take(v, "motion_steps", e.motion_steps);
    take(v, "layers", e.layers);
    take(v, "revival_cures", e.revival_cures);
    take(v, "neighbours", e.neighbours);
    take(v, "late_loss", e.late_loss);
    take(v, "loss_at_rate", e.loss_at_rate);
    take(v, "loss_at_tenth", e.loss_at_tenth);
    take(v, "loss_at_tenfold", e.loss_at_tenfold);
    take(v, "loss_at_hundredfold", e.loss_at_hundredfold);
    take(v, "loss_at_thousandfold", e.loss_at_thousandfold);
    take(v, "raise", e.raise);
    take(v, "loss_at_raise", e.loss_at_raise);
    take(v, "loss_unscaled", e.loss_unscaled);
    take(v, "loss_freed", e.loss_freed);
  } catch (const DataError& error) {
    fail<DataError>("evidence: ", error.what());
  }
  return e;
}

}  // namespace lively::lab
