#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lively {

// Cause of death: why the pre-activation z of a unit fell to 0 or below on the sample that fired it
// last. All of it is accounting, exact in that its parts sum to the fall; that a part is the cause
// is shown only by running the step again without it.

// How z comes about on one sample, in float64:
//   s = weights · input + bias,  z = scale (s - mean) / deviation + shift + carried.
struct UnitFeed {
  std::vector<double> weights, input;
  double bias = 0;
  struct Norm {
    double scale = 1, shift = 0, mean = 0, deviation = 1;
  };
  std::optional<Norm>
      norm;            // a batch norm by its running moments, between the sum and the rectifier
  double carried = 0;  // what a shortcut adds
  double z() const;
};

// Shapley values of n players (Shapley 1953) from what each coalition is worth, 2^n values: bit i
// of the index says that player i takes part. They sum to values.back() - values.front(). Throws
// ValueError unless the number of values is a power of 2.
std::vector<double> shapley(std::span<const double> values);

// The fall of z between two states as the sum of what the unit's own weights, its bias, its input
// and a norm did, positive where they pushed down: Shapley values over the 16 coalitions. Without a
// norm these are the midpoint rule: -dw · (h0 + h1) / 2 by the weights, -(w0 + w1) / 2 · dh by the
// input, -db by the bias.
struct FallSplit {
  double z_before = 0, z_after = 0;
  double weights = 0, bias = 0, upstream = 0, norm = 0;
  double fall() const { return z_before - z_after; }
  // z rises by lever · change: weights = -(change of the weights) · weight_lever, and so on. What a
  // shortcut carries has the lever 1 and is part of upstream.
  std::vector<double> weight_lever, input_lever;
  double bias_lever = 0;
};
// Throws ShapeError if the two do not have weights and inputs of one size, ValueError if only one
// has a norm.
FallSplit split_fall(const UnitFeed& before, const UnitFeed& after);

enum class FallBy : uint8_t { weights, bias, upstream, norm };
enum class FallPace : uint8_t {
  cliff,
  drift,
  interval
};  // interval: known only to more than one step
enum class FallFrom : uint8_t { gradient, residue, decay, outlier_sample, born };
const char* name(FallBy v);
const char* name(FallPace v);
const char* name(FallFrom v);

// The part with the largest share of the fall; of equals the first in the order of FallBy.
FallBy blamed(const FallSplit& split);

// Did one step bring at least half of the fall? `maxima`: the largest z over the census set after
// each of the last 100 steps and before them, oldest first; the fall is from their peak to the
// last. Throws ValueError for fewer than two.
FallPace pace(std::span<const double> maxima);

// What an update was made of, in units of the fall that each part brought.
struct UpdateParts {
  double gradient = 0, residue = 0, decay = 0;  // residue: of momentum, from the steps before
  double sum() const { return gradient + residue + decay; }
};
// The largest part of a fall by an update; none if something else, `fall` less the parts, is
// larger.
std::optional<FallFrom> largest_part(const UpdateParts& parts, double fall);

// The sample of a batch that brought most of the gradient's part of a fall, from what each brought;
// none where they brought no fall together.
struct SampleShare {
  int64_t sample = 0;
  double share = 0;         // of the sum
  bool is_outlier = false;  // at least half of the sum, and 10 times an equal share
};
std::optional<SampleShare> largest_sample(std::span<const double> falls);

// Everything that is known of one death.
struct Cause {
  std::optional<FallBy> where;  // none: born dead
  std::string layer, norm;  // the weighted layer that feeds the unit, and the norm between; if any
  std::string upstream_layer;  // the weighted layer whose change moved the input most
  std::optional<FallPace> how_fast;
  std::optional<FallFrom> what;  // none: not known, or no part of an update
  FallSplit split;
  std::optional<UpdateParts> own;  // of the unit's weights and bias together
  bool approximate = false;        // own and the sample's share are near the truth, but no identity
  int64_t sample = 0;              // that fired it last, with the largest z
  double fall_of_max = 0;          // of the largest z over the set, whose sample may change
  double lr = 0, update_norm = 0;  // size of the change of all parameters together
  std::optional<int64_t>
      batch_sample;         // of the training set, with the largest share of the gradient's part
  int64_t batch_place = 0;  // of it in its batch
  double batch_sample_share = 0;
  std::string unknown;  // why nothing of the above is known; empty: it is
};

}  // namespace lively
