#include "lively/nn/liveness/update_watch.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/nn/linear.h"

using namespace lively;

namespace {

// One layer [2 -> 1] whose gradients and weights a test sets by hand.
struct Bench {
  Linear layer{2, 1};
  int64_t step = 0;

  void go(UpdateWatch& watch, float g0, float g1, float move, double lr = 0.1) {
    layer.weight.set_grad(Tensor::of<float>({g0, g1}, {1, 2}));
    watch.before_update(++step, lr);
    layer.weight.mutable_data().mutable_values<float>()[0] += move;
  }
};

const MotionEvidence& weight(const Evidence& e) { return e.motion.at(0); }

}  // namespace

TEST_CASE("update watch: value where the end is known, of the last 100 steps alone") {
  Bench b;
  UpdateWatch watch(b.layer, {}, 150);
  while (b.step < 50) b.go(watch, 1, 1, 1, 5);
  while (b.step < 150) b.go(watch, 1, 0, b.step == 70 ? 1 : 0);
  Evidence e;
  watch.add_to(e);
  CHECK(e.motion_steps == 100);
  CHECK(e.learning_rate == 0.1);  // in these steps
  CHECK(weight(e).name == "weight");
  CHECK(weight(e).pulled == 1);  // the second entry had a gradient before them only
  CHECK(weight(e).unmoved == 0);
  CHECK(weight(e).wired == true);  // it moves: who knows the optimizer
  CHECK_FALSE(weight(e).non_finite_state);
  CHECK(e.motion.at(1).name == "bias");  // no gradient came
  CHECK(e.motion.at(1).wired == false);
}

TEST_CASE("update watch: value where the end is not known, of 100 to 199 steps") {
  Bench b;
  UpdateWatch watch(b.layer);
  Evidence e;
  b.go(watch, 1, 1, 0);
  watch.add_to(e);
  CHECK(e.motion_steps == 1);
  CHECK(weight(e).pulled == 2);
  CHECK(weight(e).unmoved == 2);
  CHECK_FALSE(weight(e).wired);  // unmoved: frozen, or in no optimizer
  while (b.step < 100) b.go(watch, 1, 1, 1);
  while (b.step < 299) b.go(watch, 1, 1, 0);
  watch.add_to(e);
  CHECK(e.motion_steps == 199);  // from step 101 on
  CHECK(weight(e).unmoved == 2);
  b.go(watch, 1, 1, 0);
  b.go(watch, 1, 1, 1);
  watch.add_to(e);
  CHECK(e.motion_steps == 101);
  CHECK(weight(e).unmoved == 1);
}

TEST_CASE("update watch: value of what an optimizer is asked") {
  Bench b;
  const auto held = b.layer.weight.node();
  UpdateWatch watch(b.layer, {.holds = [&](const Variable& p) { return p.node() == held; },
                                 .non_finite_state = [](const Variable&) -> int64_t { return 7; }});
  b.layer.bias.set_grad(Tensor::of<float>({1}, {1}));
  b.go(watch, 1, 1, 0);
  Evidence e;
  watch.add_to(e);
  CHECK(weight(e).wired == true);
  CHECK(weight(e).non_finite_state == 7);
  CHECK(e.motion.at(1).wired == false);
  CHECK(e.motion.at(1).non_finite_state == 0);
}
