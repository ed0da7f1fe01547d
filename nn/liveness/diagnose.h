#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lively/nn/liveness/titles.h"
#include "lively/nn/liveness/verdicts.h"

namespace lively {

// The verdict on a run, from evidence alone: numbers that the run gave, never its settings. What
// was not measured is left empty, and a rule that needs it decides nothing.

// The first value of a run that was not finite, in the order of its steps and of the ops of a step.
struct NonFinite {
  int64_t step = 0;
  std::string where;    // in words: "parameter 2.weight", "the result of linear in layer 3"
  std::string op{};     // whose result it was; empty: not one of a forward pass
  std::string layer{};  // the module path, or that of the parameter; empty: the loss, or an input
  int64_t sample = -1;  // of the training set; -1: no single one
};

// The units of one rectifier, as a census at the end counted them.
struct LayerEvidence {
  std::string name;
  int64_t units = 0;
  int64_t dead = 0;
  std::optional<int64_t> born_dead{};        // at the first census; empty: none saw the birth
  std::optional<int64_t> dead_from_birth{};  // at the end, and at the first census too
  std::optional<bool> bypassed{};  // a shortcut leads around it: it cannot cut the network
};

// What a stretch of steps at the end of a run did to one parameter.
struct MotionEvidence {
  std::string name;
  std::optional<bool> wired{};                // an optimizer holds it, and a gradient reaches it
  int64_t pulled = 0;                         // entries whose gradient was seen to differ from 0
  int64_t unmoved = 0;                        // of these, unchanged to the bit
  std::optional<int64_t> non_finite_state{};  // of the optimizer's state: infinite or NaN entries
};

// How the samples of some steps fared: the wrong ones, and of these the ones whose logits got a
// gradient of exactly 0, although softmax and label differ by 0.5 at least where a class other than
// the label is the likeliest.
struct SampleFates {
  int64_t seen = 0, wrong = 0, frozen = 0;

  template <class Archive>
  void keep(Archive& a) {
    a("seen", seen), a("wrong", wrong), a("frozen", frozen);
  }
};

// How well something tells classes apart on samples that it did not learn from.
struct HeldOut {
  int64_t samples = 0;
  double accuracy = 0;        // a fraction
  double majority_share = 0;  // of the most frequent class among them
};

// How the update of a step came about, over all parameters; of the last step whose weights were
// watched.
struct StepEvidence {
  std::optional<double> kept;   // the gradient's norm after clipping, over that before
  std::optional<double> gain;   // the update's norm over that of learning rate x gradient
  std::optional<double> size;   // the rms update over the learning rate: about 1 in adam
  std::optional<double> decay;  // of what pulls at weights, the share of weight decay
};

// How large inputs are, of all samples of the census set.
struct InputScale {
  double rms = 0;      // of the values of the median one, by norm
  double outlier = 1;  // the largest norm of a sample over the median one
  double columns = 1;  // the largest deviation of a feature over the median, of those that vary
};

// What the outputs at the end look like, over the census set.
struct OutputShape {
  double lowest = 0;  // of all
  double zeros = 0;   // the share that is exactly 0
};

struct Evidence {
  // The data.
  std::optional<double> label_entropy;   // H in nats, of the census set
  std::optional<double> majority_share;  // of the most frequent class
  std::optional<bool> constant_input;    // no feature differs between any two samples
  std::optional<InputScale> inputs;
  // The course of the run.
  std::vector<double> losses;        // of each step, as they came; NaN where they were
  std::vector<double> weight_norms;  // of all parameters, at times of the caller's choice
  std::optional<NonFinite> non_finite;
  std::optional<double> learning_rate;  // the largest in `motion_steps`, or of the whole run where
                                        // it had fewer
  // The median of all steps; and the rate that schedule and warm-up scale, if one is known.
  std::optional<double> usual_rate, nominal_rate;
  std::optional<double> birth_loss;       // `loss` of the weights as drawn
  std::optional<double> birth_deviation;  // `output_deviation` of the weights as drawn
  std::optional<double> birth_saturated;  // `saturated` of these
  std::optional<double> first_deviation;  // `output_deviation` of the first batch, in training
  // The end of it.
  std::optional<double> loss;              // mean over the census set; NaN if not finite
  std::optional<double> accuracy;          // on the census set, a fraction
  std::optional<double> output_deviation;  // largest standard deviation of a logit over the set
  std::optional<OutputShape> outputs;
  // Are the outputs probabilities, of which the loss takes the softmax once more?
  std::optional<bool> softmax_twice;
  // The first layer whose units were all drawn with the same weights; "": there is none.
  std::optional<std::string> copied_layer;
  // Of the layer of sigmoid, tanh, elu or selu with the largest one, the share of (unit, sample)
  // pairs whose slope is below 1e-4 of the steepest; empty: there is no such layer.
  std::optional<double> saturated;
  std::optional<HeldOut> held_out;
  std::optional<SampleFates> fates;  // over the last 100 steps
  // rms update over rms weight of the last steps, first to last weighted layer.
  std::vector<double> update_ratios;
  std::vector<double> first_ratios;  // the same of the first step
  std::optional<StepEvidence> last_step;
  std::vector<MotionEvidence> motion;  // by parameter; empty: nobody has looked
  int64_t motion_steps = 0;            // over which `pulled` and `unmoved` were watched
  // Of a census at the end; a network without rectifiers has none. Empty: no census was taken.
  std::optional<std::vector<LayerEvidence>> layers;
  Titles titles;  // what people call the layers, for the text; empty: by their paths

  // What was tried afterwards, on copies, because wants() asked for it.
  // Did redrawing the dead units let the network learn?
  std::optional<bool> revival_cures;
  // 10-nearest-neighbours on the same kind of samples: about what the data give.
  std::optional<HeldOut> neighbours;
  // The loss at the end, and after going on at the usual learning rate, a tenth, ten, a hundred and
  // a thousand times it.
  std::optional<double> late_loss, loss_at_rate, loss_at_tenth, loss_at_tenfold,
      loss_at_hundredfold, loss_at_thousandfold;
  // And at so many times it that a step moves weights by about a thousandth, where that is more.
  std::optional<double> raise, loss_at_raise;
  // After going on at the usual rate, or the nominal one where that is clearly higher, with nothing
  // that scales steps down; and at the usual rate without weight decay and dropout.
  std::optional<double> loss_unscaled, loss_freed;
};

struct Diagnosis {
  Verdict verdict = Verdict::unsure;
  std::vector<Verdict> all;  // everything that holds, in order of precedence
  // Faults whose rules had what they need: such a one not in `all` does not hold.
  std::vector<Verdict> looked_for;
  // What happened and what decides it, in one or two sentences; and what was not looked at.
  std::string text;
  // The larger of P and the way from the majority class to no error, of what was measured.
  std::optional<double> explained;
  bool stuck = false;
  std::optional<LayerEvidence> fatal;  // the layer whose death explains a standstill
};

Diagnosis diagnose(const Evidence& evidence);

// What evidence alone cannot tell, and an experiment can. Each costs time, so it is asked for only
// where its answer decides: ask again after each.
enum class Probe : uint8_t {
  neighbours,   // no better than chance on held-out samples, or of unclear worth: `neighbours`
  revival,      // hurt, and half of some layer dead without cutting the network: `revival_cures`
  unscaled,     // hurt, nothing else found: `loss_unscaled`
  freed,        // hurt, nothing else found: `loss_freed`
  lower_rate,   // unsteady, nothing else found: `loss_at_rate`, `loss_at_tenth`
  higher_rate,  // hurt, nothing else found: `loss_at_tenfold` and on, till one helps
};
bool wants(Probe probe, const Evidence& evidence);

}  // namespace lively
