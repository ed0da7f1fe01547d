#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"
#include "lively/tensor/random.h"

namespace lively::lab {

// Setup A of Arnekvist et al. (arXiv 2005.06195): a network of one hidden layer learns targets that
// were standardised and then scaled by gamma. Their data (UCI) are not here.

// 1,500 samples of 6 features that share 3 normal factors, and a target that is a sum of 8 tanh of
// them with a tenth of noise; features and target are standardised. Drawn from the seed.
struct RegressionSet {
  Tensor inputs, targets;  // [N, 6], [N, 1], float32
};
RegressionSet synthetic_regression(Seed seed);

// An optimizer of the study, a row each; a new one is an entry in its list.
struct Descent {
  std::string name;  // of --only
  enum class Form : unsigned char { adam, averaging, accumulating } form;
  double lr, beta;  // beta 0: no momentum
};
const std::vector<Descent>& descents();

// After so many updates: the share of the 200 units that fire on none of the training inputs; of
// those with Φ(b / |w|) < 0.01, the paper's word for inputs N(0, I); and the mean square of the
// error over that of the target.
struct TargetMoment {
  int64_t updates = 0;
  double dead = 0, nearly_dead = 0, unexplained = 0;
};
// nullopt: stopped. Ends early where a loss is not finite, with `unexplained` infinite.
std::optional<std::vector<TargetMoment>> learn_scaled(const Descent& descent, double gamma,
    int64_t updates, const RegressionSet& data, Seed seed, const std::atomic<bool>& stop);

Json line_of(const std::vector<TargetMoment>& moments);
std::vector<TargetMoment> moments_of_line(const Json& line);

}  // namespace lively::lab
