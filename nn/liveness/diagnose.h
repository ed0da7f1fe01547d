#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lively {

// The verdict on a run, from evidence alone: numbers that the run gave, never its settings.
// Words, thresholds and their order are defined in nn/README.md.
enum class Verdict : uint8_t {
  exploding,
  poisoned,
  frozen_loss,
  born_dead,
  died,
  vanishing,
  healthy,
  unsure,
};
const char* name(Verdict v);

// The first value of a run that was not finite.
struct NonFinite {
  int64_t step = 0;
  std::string where;  // "loss", "parameter 2.weight"
};

struct LayerEvidence {
  std::string name;
  int64_t units = 0;
  int64_t born_dead = 0;
  int64_t dead = 0;             // at the end
  int64_t dead_from_birth = 0;  // at the end, and at the first census too
  bool bypassed = false;        // a shortcut leads around it: it cannot cut the network
};

struct Evidence {
  // The data.
  double label_entropy = 0;    // H in nats, of the census set
  double majority_share = 0;   // of the most frequent class
  // The course of the run.
  std::vector<double> losses;        // of each step, as they came; NaN where they were
  std::vector<double> weight_norms;  // of all parameters, at times of the caller's choice
  std::optional<NonFinite> non_finite;
  // The end of it.
  double loss = 0;                  // mean over the census set; NaN if not finite
  double accuracy = 0;              // on the census set, a fraction
  double output_deviation = 0;      // largest standard deviation of a logit over the set
  // Over the last 100 steps: samples that were wrong, and of these the ones whose logits got
  // a gradient of exactly 0 although softmax and label differ by more than 0.1.
  int64_t samples_seen = 0, wrong = 0, wrong_frozen = 0;
  // rms update over rms weight of the last steps, first to last weighted layer.
  std::vector<double> update_ratios;
  std::vector<LayerEvidence> layers;
  // Whether redrawing the dead units let the network learn, if that was tried.
  std::optional<bool> revival_cures;
};

struct Diagnosis {
  Verdict verdict = Verdict::unsure;
  std::vector<Verdict> all;   // everything that holds, in order of precedence
  std::string text;           // what happened and what decides it, in one or two sentences
  double explained = 0;       // max(P, accuracy above the majority class over 1 - its share)
  bool stuck = false;
};

Diagnosis diagnose(const Evidence& evidence);

// Stuck, and half of some layer dead without cutting the network: whether these deaths are
// the cause is then open until `revival_cures` is tried.
bool needs_revival_probe(const Evidence& evidence);

}  // namespace lively
