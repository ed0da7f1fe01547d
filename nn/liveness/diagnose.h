#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lively {

// The verdict on a run, from evidence alone: numbers that the run gave, never its settings.
// Words, thresholds and their order, which is the order here, are defined in nn/README.md.
enum class Verdict : uint8_t {
  exploding,
  poisoned,
  wiring,
  uninformative_labels,
  frozen_loss,
  frozen_optimizer,
  born_dead,
  died,
  vanishing,
  oscillating,
  slow,
  healthy,
  unsure,
};
const char* name(Verdict v);

// The first value of a run that was not finite, in the order of its steps and of the ops of a step.
struct NonFinite {
  int64_t step = 0;
  std::string where;    // in words: "parameter 2.weight", "the result of linear in layer 3"
  std::string op{};     // whose result it was; empty: not one of a forward pass
  std::string layer{};  // the module path, or that of the parameter; empty: the loss, or an input
  int64_t sample = -1;  // of the training set; -1: no single one
};

struct LayerEvidence {
  std::string name;
  int64_t units = 0;
  int64_t born_dead = 0;
  int64_t dead = 0;             // at the end
  int64_t dead_from_birth = 0;  // at the end, and at the first census too
  bool bypassed = false;        // a shortcut leads around it: it cannot cut the network
};

// What a stretch of steps at the end of a run did to one parameter.
struct MotionEvidence {
  std::string name;
  bool wired = true;             // an optimizer holds it, and a gradient reaches it
  int64_t pulled = 0;            // entries whose gradient was seen to differ from 0
  int64_t unmoved = 0;           // of these, unchanged to the bit
  int64_t non_finite_state = 0;  // entries of the optimizer's state that are infinite or NaN

  // For a checkpoint; the name is the model's to say.
  template <class Archive>
  void keep(Archive& a) {
    a("wired", wired), a("pulled", pulled), a("unmoved", unmoved);
    a("non_finite_state", non_finite_state);
  }
};

// How well something tells classes apart on samples that it did not learn from.
struct HeldOut {
  int64_t samples = 0;
  double accuracy = 0;        // a fraction
  double majority_share = 0;  // of the most frequent class among them
};

struct Evidence {
  // The data.
  double label_entropy = 0;     // H in nats, of the census set
  double majority_share = 0;    // of the most frequent class
  bool constant_input = false;  // no feature differs between any two samples
  // The course of the run.
  std::vector<double> losses;        // of each step, as they came; NaN where they were
  std::vector<double> weight_norms;  // of all parameters, at times of the caller's choice
  std::optional<NonFinite> non_finite;
  bool birth_known =
      true;  // was there a census at birth? If not, born_dead cannot be told from died
  double learning_rate =
      1;  // the largest in `motion_steps`, or of the whole run where it had fewer
  // The end of it.
  double loss = 0;              // mean over the census set; NaN if not finite
  double accuracy = 0;          // on the census set, a fraction
  double output_deviation = 0;  // largest standard deviation of a logit over the set
  HeldOut held_out;
  // Over the last 100 steps: samples that were wrong, and of these the ones whose logits got
  // a gradient of exactly 0 although softmax and label differ by more than 0.1.
  int64_t samples_seen = 0, wrong = 0, wrong_frozen = 0;
  // rms update over rms weight of the last steps, first to last weighted layer.
  std::vector<double> update_ratios;
  // By parameter, over the last steps; none seen: 0.
  std::vector<MotionEvidence> motion;
  int64_t motion_steps = 0;
  std::vector<LayerEvidence> layers;

  // What was tried afterwards, on copies, because wants() asked for it.
  // Did redrawing the dead units let the network learn?
  std::optional<bool> revival_cures;
  // 10-nearest-neighbours on the same kind of samples.
  std::optional<HeldOut> neighbours;
  // The loss at the end, and after going on at the same, a tenth and ten times the learning rate.
  double late_loss = 0;
  std::optional<double> loss_at_rate, loss_at_tenth, loss_at_tenfold;
};

struct Diagnosis {
  Verdict verdict = Verdict::unsure;
  std::vector<Verdict> all;  // everything that holds, in order of precedence
  std::vector<Verdict>
      looked_for;    // faults whose rules had what they need: such a one not in `all` does not hold
  std::string text;  // what happened and what decides it, in one or two sentences
  double explained = 0;  // max(P, accuracy above the majority class over 1 - its share)
  bool stuck = false;
  std::optional<LayerEvidence> fatal;  // the layer whose death explains a standstill
};

Diagnosis diagnose(const Evidence& evidence);

// What evidence alone cannot tell, and an experiment can. Each costs time, so it is asked for only
// where its answer decides: ask again after each.
enum class Probe : uint8_t {
  neighbours,   // the network is no better than chance on held-out samples: fills `neighbours`
  revival,      // stuck, and half of some layer dead without cutting the network: `revival_cures`
  lower_rate,   // unsteady, nothing else found: `late_loss`, `loss_at_rate`, `loss_at_tenth`
  higher_rate,  // falling, far from learnt, nothing else found: `late_loss`, `loss_at_tenfold`
};
bool wants(Probe probe, const Evidence& evidence);

}  // namespace lively
