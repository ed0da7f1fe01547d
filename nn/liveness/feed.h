#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lively/autograd/observe.h"
#include "lively/nn/liveness/cause.h"
#include "lively/nn/liveness/census.h"

namespace lively {

// The largest pre-activation of a unit over a set, and the first sample that has it (-1: none).
struct Peak {
  double z = 0;
  int64_t sample = -1;
};
// The peaks of every unit, by rectifier call and unit.
using Peaks = std::vector<std::vector<Peak>>;
Peaks peaks_of(const Census& census);

// Looks into a model at what feeds each rectifier call. It puts forward hooks on the model's
// weighted layers and norms and takes all hooks of these off in the end, so give it a copy of its
// own to look into.
class Feeds {
 public:
  explicit Feeds(Module& model);
  ~Feeds();
  Feeds(const Feeds&) = delete;
  Feeds& operator=(const Feeds&) = delete;

  // A pass forward, in the mode that the model is in; what it saw is kept until the next one.
  Variable run(const Variable& inputs);

  std::size_t sites() const;  // rectifier calls, as in a census
  // Which weighted layer feeds a site, "3", and through which norm, if any. `unknown` says why that
  // cannot be told, and is empty if it can.
  struct Source {
    std::string layer, norm, unknown;
  };
  Source source(std::size_t site) const;
  // Where in a picture the unit's pre-activation is largest, row-major; 0 for features.
  int64_t largest_at(std::size_t site, int64_t unit, int64_t sample) const;
  // Of one unit on one sample. Throws StateError if the source is unknown.
  UnitFeed feed(std::size_t site, int64_t unit, int64_t sample, int64_t position) const;
  // The unit's pre-activation there, for a backward pass.
  Variable z(std::size_t site, int64_t unit, int64_t sample, int64_t position) const;

  // What each sample of the last run adds to the gradient of <loss, direction>, [N], for a
  // direction in the space of one weighted layer's weight and bias (undefined: 0); after a backward
  // pass. A weight's gradient is a sum over samples, so these sum to <gradient, direction>. Throws
  // ValueError if there is no such layer.
  std::vector<double> sample_products(
      const std::string& layer, const Tensor& weight, const Tensor& bias) const;

 private:
  struct Seen;
  std::unique_ptr<Seen> seen_;
  Module& model_;
};

}  // namespace lively
