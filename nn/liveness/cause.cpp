#include "lively/nn/liveness/cause.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "lively/tensor/error.h"

namespace lively {
namespace {

constexpr double kCliff = 0.5;        // of the fall, by one step
constexpr double kOutlier = 0.5;      // of the gradient's part, by one sample
constexpr double kOutlierTimes = 10;  // an equal share

enum Player : unsigned { kWeights = 1, kBias = 2, kUpstream = 4, kNorm = 8 };

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// The share of the orders of n players in which exactly those of a coalition of this size come
// before a player outside of it.
double weight_of(int size, int players) {
  double weight = 1.0 / players;
  for (int i = 1; i <= size; ++i) weight *= static_cast<double>(i) / (players - i);
  return weight;
}

double normed(const UnitFeed& f, double sum) {
  return f.norm ? f.norm->scale * (sum - f.norm->mean) / f.norm->deviation + f.norm->shift : sum;
}

double slope(const UnitFeed& f) { return f.norm ? f.norm->scale / f.norm->deviation : 1; }

}  // namespace

double UnitFeed::z() const { return normed(*this, dot(weights, input) + bias) + carried; }

std::vector<double> shapley(std::span<const double> values) {
  if (values.empty() || !std::has_single_bit(values.size()))
    fail<ValueError>(
        "shapley: ", values.size(), " values: needs one for each coalition, a power of 2");
  const int players = std::countr_zero(values.size());
  std::vector<double> shares(static_cast<std::size_t>(players));
  for (std::size_t set = 0; set < values.size(); ++set)
    for (std::size_t i = 0; i < shares.size(); ++i)
      if (!(set >> i & 1))
        shares[i] += weight_of(std::popcount(set), players) *
                     (values[set | std::size_t{1} << i] - values[set]);
  return shares;
}

FallSplit split_fall(const UnitFeed& before, const UnitFeed& after) {
  const UnitFeed* states[] = {&before, &after};
  const std::size_t inputs = before.weights.size();
  for (const UnitFeed* f : states)
    if (f->weights.size() != inputs || f->input.size() != inputs)
      fail<ShapeError>("split_fall: ", f->weights.size(), " weights and ", f->input.size(),
          " inputs: needs ", inputs, " of each");
  if (before.norm.has_value() != after.norm.has_value())
    fail<ValueError>("split_fall: a norm in one state only: needs it in both or in none");

  double sums[2][2];  // by state of the weights, and of the input
  for (const int w : {0, 1})
    for (const int h : {0, 1}) sums[w][h] = dot(states[w]->weights, states[h]->input);
  std::array<double, 16> z{};
  double lever_by_input[2] = {}, lever_by_weights[2] = {};
  FallSplit split;
  for (unsigned set = 0; set < z.size(); ++set) {
    const int w = (set & kWeights) != 0, b = (set & kBias) != 0, h = (set & kUpstream) != 0,
              n = (set & kNorm) != 0;
    z[set] = normed(*states[n], sums[w][h] + states[b]->bias) + states[h]->carried;
    const double share = weight_of(std::popcount(set), 4) * slope(*states[n]);
    if (!w) lever_by_input[h] += share;
    if (!b) split.bias_lever += share;
    if (!h) lever_by_weights[w] += share;
  }
  split.z_before = z.front();
  split.z_after = z.back();
  const std::vector<double> rises = shapley(z);
  split.weights = 0 - rises[0];  // never -0
  split.bias = 0 - rises[1];
  split.upstream = 0 - rises[2];
  split.norm = 0 - rises[3];
  split.weight_lever.resize(inputs);
  split.input_lever.resize(inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    split.weight_lever[i] =
        lever_by_input[0] * before.input[i] + lever_by_input[1] * after.input[i];
    split.input_lever[i] =
        lever_by_weights[0] * before.weights[i] + lever_by_weights[1] * after.weights[i];
  }
  return split;
}

const char* name(FallBy v) {
  switch (v) {
    case FallBy::weights:
      return "weights";
    case FallBy::bias:
      return "bias";
    case FallBy::upstream:
      return "upstream";
    case FallBy::norm:
      break;
  }
  return "norm";
}

const char* name(FallPace v) {
  switch (v) {
    case FallPace::cliff:
      return "cliff";
    case FallPace::drift:
      return "drift";
    case FallPace::interval:
      break;
  }
  return "interval";
}

const char* name(FallFrom v) {
  switch (v) {
    case FallFrom::gradient:
      return "gradient";
    case FallFrom::residue:
      return "residue";
    case FallFrom::decay:
      return "decay";
    case FallFrom::outlier_sample:
      return "outlier_sample";
    case FallFrom::born:
      break;
  }
  return "born";
}

FallBy blamed(const FallSplit& s) {
  const double shares[] = {s.weights, s.bias, s.upstream, s.norm};
  return static_cast<FallBy>(
      std::max_element(std::begin(shares), std::end(shares)) - std::begin(shares));
}

FallPace pace(std::span<const double> maxima) {
  if (maxima.size() < 2) fail<ValueError>("pace: ", maxima.size(), " maxima: needs at least 2");
  const auto peak = std::max_element(maxima.begin(), maxima.end());
  double largest = 0;
  for (auto at = peak; at + 1 != maxima.end(); ++at) largest = std::max(largest, *at - *(at + 1));
  return largest >= kCliff * (*peak - maxima.back()) ? FallPace::cliff : FallPace::drift;
}

std::optional<FallFrom> largest_part(const UpdateParts& p, double fall) {
  const double shares[] = {p.gradient, p.residue, p.decay};
  const auto largest = std::max_element(std::begin(shares), std::end(shares));
  if (!(*largest > 0) || fall - p.sum() > *largest) return std::nullopt;
  return static_cast<FallFrom>(largest - std::begin(shares));
}

std::optional<SampleShare> largest_sample(std::span<const double> falls) {
  const double sum = std::accumulate(falls.begin(), falls.end(), 0.0);
  if (!(sum > 0) || !std::isfinite(sum)) return std::nullopt;
  const auto largest = std::max_element(falls.begin(), falls.end());
  const double share = *largest / sum;
  return SampleShare{largest - falls.begin(), share,
      share >= kOutlier && share * static_cast<double>(falls.size()) >= kOutlierTimes};
}

}  // namespace lively
