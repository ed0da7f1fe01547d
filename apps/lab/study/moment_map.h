#pragma once

namespace lively::lab {

// f(x) = scale · (x > 0 ? x : alpha (e^x - 1)): relu is {1, 0}, elu {1, 1}.
struct ScaledElu {
  double scale = 1, alpha = 0;
};
// SELU's constants, from their closed forms: those for which mean 0 and variance 1 stay
// (Klambauer et al. 2017, arXiv 1706.02515).
ScaledElu selu_constants();

struct MeanVariance {
  double mean = 0, variance = 1;
};
// Of f(z) for z ~ N(mean, variance), in closed form: the map of one unit in Klambauer et al., whose
// z has the mean omega · mu and the variance tau · nu for weights with the sum omega and the sum of
// squares tau.
MeanVariance moments_of(const ScaledElu& f, const MeanVariance& z);

// The derivatives of that map by mu and nu at omega = 0, tau = 1 and the moments (mu, nu):
// {{d mean' / d mu, d mean' / d nu}, {d variance' / d mu, d variance' / d nu}}, by central
// differences of it; and the largest factor by which it can stretch a step.
struct MapSlope {
  double mean_by_mean, mean_by_variance, variance_by_mean, variance_by_variance;
  double spectral_norm() const;
};
MapSlope slope_of(const ScaledElu& f, const MeanVariance& at, double omega = 0, double tau = 1);

// What the map makes of all mu, nu, omega and tau in these ranges, on a grid with the corners in
// it.
struct Range {
  double low, high;
};
struct MapRanges {
  Range mean, variance, omega, tau;
};
struct MapImage {
  Range mean{}, variance{}, growth{};  // growth: variance' / variance
  double stretch = 0;                  // the largest spectral norm of a slope
  int points = 0;
};
MapImage image_of(const ScaledElu& f, const MapRanges& ranges, int steps);

// The signal behind a layer, of units over inputs: the mean of all units' means, the variance of
// these means (what a unit says whatever the input), and the mean of all units' variances over the
// inputs (what it says of the input).
struct Signal {
  double mean = 0, shared = 0, own = 1;

  double square() const { return mean * mean + shared + own; }
  // The cosine between what two inputs become: 0 for unrelated ones, 1 where all are the same.
  double alike() const { return (mean * mean + shared) / square(); }
};

// What follows the sum of a unit.
enum class Drop : unsigned char { none, zero, alpha };
struct LayerLaw {
  ScaledElu f;
  double tau = 1;            // fan-in times the variance of a weight
  bool centred = false;      // the weights of each unit sum to 0
  double bias_variance = 0;  // of a bias, drawn once
  Drop drop = Drop::none;
  double rate = 0;  // of what is dropped
};
// The signal one layer on, for independent weights of mean 0 and infinitely many units: the map of
// Klambauer et al. averaged over omega, which independent weights leave free (its variance is tau,
// not 0). A unit's z is then N(0, tau (mean² + shared) + bias_variance) over units, without mean²
// where centred, plus N(0, tau · own) over inputs (the mean field of Poole et al. 2016).
Signal next_signal(const LayerLaw& law, const Signal& before);

}  // namespace lively::lab
