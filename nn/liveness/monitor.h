#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"

namespace lively {

// The pulse of a network of another framework, from its activations as they lie in memory. (A
// network of ours has Watch, which sees more.)
//
//   Monitor monitor;
//   const std::size_t hidden = monitor.add_layer("hidden 1", "relu", false);
//   for (…) monitor.feed(hidden, activations, rows, units);   // every batch of the census set
//   monitor.census(0);                                        // who is born dead?
//   for (…) monitor.step(loss);                               // training goes on elsewhere
//   for (…) monitor.feed(hidden, activations, rows, units);   // the same set again
//   monitor.census(1000);                                     // who has died since?
//   monitor.verdict().text;
//
// It keeps counts and no activation. Where it is not told something, the verdict says that it could
// not look.
class Monitor {
 public:
  // The rectifiers in the order in which the network calls them. `op` is relu, or one of those that
  // are above 0 exactly where their input is: leaky_relu, prelu, elu, selu, gelu, silu. `bypassed`:
  // does a shortcut lead around the layer? Only of one known to have none can it be said that its
  // death cuts the network. Gives the layer's index. Throws ValueError for another op, or a name
  // that is taken; StateError after the first rows.
  std::size_t add_layer(
      std::string name, std::string_view op = "relu", std::optional<bool> bypassed = {});

  // Activations of a layer, or what goes into it: row-major [rows, units], or [rows, units,
  // positions] (NCHW) of a convolution, whose units are channels. Any number of rows at a time;
  // they add up until the next census. Throws ValueError for a layer that there is not, a size
  // below 1 (0 rows are none) or more than 2^26 units, StateError if the layer had another number
  // of units or positions before.
  void feed(std::size_t layer, const float* activations, int64_t rows, int64_t units,
      int64_t positions = 1);

  // Closes the census that the rows since the last one make, of the state after `step` steps.
  // Throws StateError, and keeps the rows, if a layer got none or layers got different numbers;
  // ValueError for a step before that of the last census.
  void census(int64_t step);

  // The loss of a training step, in order.
  void step(double loss) { losses_.push_back(loss); }

  const std::vector<LayerPulse>& layers() const { return last_; }  // counts of the last census
  const LifeHistory& life() const { return life_; }

  // What befell the network, from its units, the losses and what else is `known`: the entropy of
  // the labels (LabelCounts), loss and accuracy on the census set, update ratios. Who was born dead
  // is told by a first census of step 0 alone. Throws StateError before the first census.
  Diagnosis verdict(Evidence known = {}) const;

 private:
  std::vector<LayerPulse> open_;  // of the census under way
  std::vector<std::optional<bool>> bypassed_;
  std::vector<double> losses_;
  bool fed_ = false, saw_birth_ = false;
  std::vector<LayerPulse> last_;
  LifeHistory life_;
};

}  // namespace lively
