#include <cmath>

#include "apps/lab/study/single_relu.h"
#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/map.h"

namespace lively::lab {
namespace {

// The framework's momentum accumulates, v = beta v + g; the path of m = beta m + (1 - beta) g is
// that of a rate of lr (1 - beta), for m = (1 - beta) v.
SGD averaging_sgd(std::vector<Variable> parameters, double lr, double beta) {
  return SGD(std::move(parameters), lr * (1 - beta), {.momentum = beta});
}

bool swings(double lr, double beta) {
  Variable p = parameter(Tensor::ones({1}, Dtype::float64));
  SGD sgd = averaging_sgd({p}, lr, beta);
  // The error shrinks by √beta a step: as far as float64 can hold its sign.
  const auto steps = static_cast<int64_t>(600 / -std::log(std::sqrt(beta)));
  for (int64_t step = 0; step < std::min<int64_t>(steps, 40'000); ++step) {
    sgd.zero_grad();
    (square(p) * 0.5).backward(Tensor::ones({1}, Dtype::float64));
    sgd.step();
    if (p.item() < 0) return true;
  }
  return false;
}

}  // namespace

SampledUnits sampled_units(const UnitRule& rule, UnitTarget target, int64_t starts, int64_t samples,
    int64_t steps, Seed seed) {
  // Units of one layer know nothing of each other where each has a loss of its own.
  Linear units(1, starts, Bias::learnt, Dtype::float64);
  Stream stream(seed, "starts", 1), draws(seed, "samples");
  auto w = units.weight.mutable_data().mutable_values<double>(),
       b = units.bias.mutable_data().mutable_values<double>();
  std::vector<ReluUnit> closed;
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i] = stream.uniform(-1, 1), b[i] = stream.uniform(-1, 1);
    closed.push_back({{w[i]}, b[i]});
  }
  Tensor x = Tensor::empty({samples, 1}, Dtype::float64);
  fill_normal(x, draws, 0, 1);
  Variable wanted = Variable(x) * rule.gamma;
  if (target == UnitTarget::relu) wanted = relu(wanted);
  const Tensor wanted_of_all = wanted.data().expand({samples, starts}).contiguous();
  SGD sgd = averaging_sgd({units.weight, units.bias}, rule.lr, rule.beta);
  for (int64_t step = 0; step < steps; ++step) {
    sgd.zero_grad();
    const Variable error =
        mse_loss(relu(units.forward(Variable(x))), wanted_of_all, Reduction::sum);
    (error * (0.5 / static_cast<double>(samples))).backward();
    sgd.step();
  }
  SampledUnits s{starts};
  for (std::size_t i = 0; i < w.size(); ++i) {
    descend(closed[i], rule, 0, steps);
    const bool dead = firing_share({{w[i]}, b[i]}) < kDeadShare,
               dead_closed = firing_share(closed[i]) < kDeadShare;
    s.dead += dead, s.dead_closed += dead_closed, s.same += dead == dead_closed;
  }
  return s;
}

double swing_threshold_of_runs(double lr) {
  double still = 0.01, swinging = 0.9999;
  while (swinging - still > 1e-4) {
    const double beta = (still + swinging) / 2;
    (swings(lr, beta) ? swinging : still) = beta;
  }
  return (still + swinging) / 2;
}

}  // namespace lively::lab
