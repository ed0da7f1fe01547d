#pragma once

#include <span>
#include <vector>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/module.h"

namespace lively {

// The share of entries of each weight's gradient that are exactly 0, for the weights that feed
// rectifiers: those of a shortcut do not. It is no measure of death: pixels that are always black
// and ordinary sparsity give zeros too. NaN where there is no gradient: a run that goes on has made
// no step yet.
std::vector<double> zero_gradients(const Module& model);

// How often each class occurs.
class LabelCounts {
 public:
  void add(const Tensor& labels);  // int64, of any shape. Throws DtypeError; ValueError below 0
  int64_t samples() const { return samples_; }
  double entropy() const;         // H in nats; 0 of none
  double majority_share() const;  // of the most frequent class; 0 of none

 private:
  std::vector<int64_t> count_;
  int64_t samples_ = 0;
};

// Entropy and majority share of the labels.
void label_evidence(const Tensor& labels, Evidence& e);

// Of the layer of a census with the largest share of flat slopes; empty: no layer has such.
std::optional<double> saturation(const Census& census);

OutputShape output_shape(const Census& census);

// The path of the first weighted layer of several units, but for the last layer, whose weights are
// the same and not all 0: such units stay copies of each other. "": there is none.
std::string copied_layer(Module& model);

// How large the inputs of a set are, batch by batch.
class InputScales {
 public:
  void add(const Tensor& inputs);           // [N, …] of floats
  std::optional<InputScale> scale() const;  // empty: of no sample, or inputs that are no floats

 private:
  std::vector<double> norms_;                  // by sample
  std::vector<double> first_, sum_, squares_;  // by feature, of the distance to the first sample
};

// The mean loss of the last 100 steps, or of a third of them where there are fewer than 300: what
// going on is compared with. Empty of none.
std::optional<double> late_loss(std::span<const double> losses);

// What the verdict needs of each layer's life; or of its state alone, where nobody saw its birth.
std::vector<LayerEvidence> layer_evidence(Module& model, const LifeHistory& life);
std::vector<LayerEvidence> layer_evidence(Module& model, const Census& census);

}  // namespace lively
