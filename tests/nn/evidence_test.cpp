#include "lively/nn/liveness/evidence.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/recorder.h"
#include "lively/optim/optimizer.h"

using namespace lively;

TEST_CASE("label evidence: value by hand, whatever classes are empty") {
  Evidence e;
  label_evidence(Tensor::of<int64_t>({5, 5, 5, 2}, {4}), e);
  CHECK(*e.label_entropy == doctest::Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)));
  CHECK(*e.majority_share == 0.75);
  LabelCounts none;
  CHECK(none.entropy() == 0);
  CHECK(none.majority_share() == 0);
  CHECK_THROWS_WITH_AS(
      none.add(Tensor::of<int64_t>({-1}, {1})), "labels: -1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(none.add(Tensor::zeros({1})), "labels: float32: needs int64", DtypeError);
}

TEST_CASE("late loss: value, the mean of the last third, or of 100") {
  CHECK_FALSE(late_loss({}));
  CHECK(*late_loss(std::vector<double>{9, 9, 9, 1, 3}) == 2);  // the last (5 + 2) / 3
  std::vector<double> losses(1000, 7);
  for (std::size_t i = 900; i < 1000; ++i) losses[i] = 1;
  CHECK(*late_loss(losses) == 1);
}

TEST_CASE("recorder: value of fates, over the last 100 steps") {
  Linear net(2, 3);
  Recorder r(net);
  const Tensor logits = Tensor::of<float>({9, 0, 0, 0, 9, 0, 0, 0, 9}, {3, 3});
  const Tensor labels = Tensor::of<int64_t>({0, 0, 1}, {3});                       // two are wrong,
  const Tensor gradient = Tensor::of<float>({1, 0, 0, 0, 0, 0, 0, 0, 1}, {3, 3});  // one frozen
  CHECK_FALSE(r.evidence().fates);
  r.step(1, logits, Tensor(), labels);
  CHECK_FALSE(r.evidence().fates);  // nobody saw a gradient
  for (int i = 0; i < 99; ++i) r.step(1, logits, gradient, labels);
  CHECK(r.evidence().fates->seen == 3 * 99);
  CHECK(r.evidence().fates->wrong == 2 * 99);
  CHECK(r.evidence().fates->frozen == 99);
  for (int i = 0; i < 100; ++i) r.step(1, logits, gradient, labels);
  CHECK(r.evidence().fates->seen == 3 * 100);
  CHECK(r.steps() == 200);
  CHECK_THROWS_WITH_AS(r.step(1, logits, gradient, Tensor::of<int64_t>({0}, {1})),
      "recorder: logits [3,3] with labels [1]: needs [N, K] with [N]", ShapeError);
  CHECK_THROWS_WITH_AS(r.step(1, logits, gradient, Tensor::zeros({3})),
      "recorder: float32 labels: needs int64", DtypeError);
}

namespace {

// A step of 2 weights with gradient (3, 4), watched.
StepEvidence stepped(double rate, double decay, bool own_step, std::optional<double> unclipped) {
  Linear net(2, 1, Bias::none);
  Variable& w = net.weight;
  w.mutable_data().copy_from(Tensor::of<float>({1, 1}, {1, 2}));
  sum(mul(w, Variable(Tensor::of<float>({3, 4}, {1, 2})))).backward();
  Recorder r(net, {.holds = {}, .non_finite_state = {}, .decay = [=](const Variable&) {
                     return OptimizerView::Decay{decay, own_step};
                   }});
  r.step(1, Tensor::zeros({1, 2}), Tensor(), Tensor::of<int64_t>({0}, {1}));
  r.before_update(rate, unclipped);
  const double shrink = own_step ? 1 - rate * decay : 1, also = own_step ? 0 : decay;
  w.mutable_data().copy_from(Tensor::of<float>({static_cast<float>(shrink - rate * (3 + also)),
                                                   static_cast<float>(shrink - rate * (4 + also))},
      {1, 2}));
  r.after_update();
  CHECK(r.evidence().first_ratios == r.evidence().update_ratios);
  return r.evidence().last_step.value();
}

}  // namespace

TEST_CASE("recorder: value of what came between gradient and weights, by hand") {
  StepEvidence s = stepped(0.01, 0, false, {});
  CHECK_FALSE(s.kept);
  CHECK(*s.gain == doctest::Approx(1));
  CHECK(*s.size == doctest::Approx(5 / std::sqrt(2.0)));
  CHECK(*s.decay == 0);
  s = stepped(0.01, 2, false, 50);  // was clipped from 50 to 5
  CHECK(*s.kept == doctest::Approx(0.1));
  CHECK(*s.decay == doctest::Approx(2 * std::sqrt(2.0) / (2 * std::sqrt(2.0) + 5)));
  s = stepped(0.01, 2, true, {});  // the same shares, by a step of its own
  CHECK(*s.decay == doctest::Approx(2 * std::sqrt(2.0) / (2 * std::sqrt(2.0) + 5)).epsilon(1e-3));
  s = stepped(0, 0, false, {});
  CHECK_FALSE(s.gain);
}
