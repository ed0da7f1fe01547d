#pragma once

#include <cstdint>
#include <vector>

#include "lively/tensor/random.h"

namespace lively::lab {

// One ReLU unit that learns a linear target of small scale, the model of Arnekvist, Carvalho,
// Kragic and Stork (arXiv 2005.06195): y = relu(w · x + b) for x ~ N(0, I), target gamma x_1,
// loss E[(y - target)²] / 2.
struct ReluUnit {
  std::vector<double> w;
  double b = 0;
};

// How its gradient may have been written down. As a test of what the paper's figure 4 shows: in one
// dimension the sign of w stands in one term of each derivative, and may have been forgotten.
enum class SignOfW : unsigned char { kept, lost, lost_in_w, lost_in_b };

// Of that loss, in closed form: with t = b / |w|, n = w / |w|, a = w - gamma e_1,
//   dL/dw = a Φ(t) + n (b - t (n · a)) φ(t),   dL/db = (n · a) φ(t) + b Φ(t);
// in one dimension n is the sign of w, and 1 where that is lost. `g` has the size of the unit.
void unit_gradient(const ReluUnit& unit, double gamma, SignOfW sign, ReluUnit& g);

// The share of inputs that fire it, Φ(b / |w|), and when the study calls it dead.
double firing_share(const ReluUnit& unit);
constexpr double kDeadShare = 0.01;

struct UnitRule {
  double gamma = 1, beta = 0, lr = 0.1;
  int inputs = 1;
  SignOfW sign = SignOfW::kept;
};
// Goes m = beta m + (1 - beta) g, theta -= lr m from m = 0 until an update is shorter than `least`,
// or for `most` steps; gives how many it went.
int64_t descend(ReluUnit& unit, const UnitRule& rule, double least, int64_t most);

// Where starts on [-1, 1]^(inputs + 1), uniform, drawn from the seed, come to.
struct UnitEnds {
  int64_t starts = 0, dead = 0;
  int64_t found = 0;      // the optimum (gamma, 0), to gamma / 10 and what the stop leaves
  int64_t unsettled = 0;  // not at rest after the last step
  int64_t dead_right = 0, right = 0;  // of those that begin with w_1 > 0
};
UnitEnds unit_ends(const UnitRule& rule, int64_t starts, Seed seed);

// The same units, one input each, by the framework's own Linear, relu and SGD on `samples` drawn
// inputs, for `steps` steps, beside the closed form for as many: how many end alike?
enum class UnitTarget : unsigned char { linear, relu };
struct SampledUnits {
  int64_t starts = 0, dead = 0, dead_closed = 0, same = 0;  // same: dead in both, or in neither
};
SampledUnits sampled_units(const UnitRule& rule, UnitTarget target, int64_t starts, int64_t samples,
    int64_t steps, Seed seed);

// An affine unit goes with momentum as each pair (m, error) by [[beta, 1 - beta], [-lr beta, 1 - lr
// (1 - beta)]], whatever the target's scale. Its eigenvalues are complex, and it swings past the
// target, for a beta above this one, ((1 - lr) / (1 + lr))².
double swing_threshold(double lr);
// The same from the matrix by bisection, and from runs of SGD on p² / 2, to 1e-4: does p change its
// sign?
double swing_threshold_of_matrix(double lr);
double swing_threshold_of_runs(double lr);

}  // namespace lively::lab
