#include "lively/nn/liveness/watch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/tensor/random.h"
#include "tests/nn/says.h"

using namespace lively;
using lively::testing::looked;

namespace {

// Points around four corners; the label is the corner.
LabelledBatch drawn_points(uint64_t index, int64_t n = 64) {
  Stream stream(Seed{3}, "points", index);
  LabelledBatch b{Tensor::empty({n, 2}, Dtype::float32), Tensor::empty({n}, Dtype::int64)};
  for (int64_t i = 0; i < n; ++i) {
    const int64_t corner = i % 4;
    b.labels.mutable_data<int64_t>()[i] = corner;
    float* x = b.inputs.mutable_data<float>() + 2 * i;
    x[0] = static_cast<float>((corner % 2) * 2 - 1 + 0.2 * stream.normal());
    x[1] = static_cast<float>((corner / 2) * 2 - 1 + 0.2 * stream.normal());
  }
  return b;
}

std::unique_ptr<Sequential> network(const char* bias = "zeros") {
  auto net = mlp({.inputs = 2, .depth = 2, .width = 16, .classes = 4});
  initialize(*net, Initializer::parse("he_uniform"), Seed{1}, Initializer::parse(bias));
  return net;
}

void descend(Variable& p, double lr) {
  if (!p.grad().defined()) return;
  const auto step = static_cast<float>(lr);
  float* w = p.mutable_data().mutable_data<float>();
  for (int64_t i = 0; i < p.numel(); ++i) w[i] -= step * p.grad().data<float>()[i];
}

using LossOf = Variable (*)(const Variable&, const Tensor&);

// One step of plain gradient descent by hand, watched.
void train(
    Watch& watch, Module& net, int steps, double lr, LossOf loss_of = softmax_cross_entropy) {
  for (int i = 0; i < steps; ++i) {
    const LabelledBatch b = drawn_points(static_cast<uint64_t>(watch.steps()));
    const Variable logits = net(Variable(b.inputs));
    const Variable loss = loss_of(logits, b.labels);
    net.zero_grad();
    loss.backward();
    watch.step(logits, loss, b.labels, lr);
    for (Variable& p : net.parameters()) descend(p, lr);
  }
}

std::vector<LabelledBatch> census_set() { return {drawn_points(1000), drawn_points(1001)}; }

int64_t lines_of(const Watch& watch, const std::string& type) {
  return std::ranges::count_if(watch.history(), [&](const std::string& line) {
    return line.starts_with("{\"schema\":1,\"type\":\"" + type + "\"");
  });
}

}  // namespace

TEST_CASE("watch: a network that learns is healthy, by evidence of its own") {
  const auto net = network();
  Watch watch(*net, census_set());
  train(watch, *net, 250, 0.3);
  const Diagnosis d = watch.verdict();
  CAPTURE(d.text);
  CHECK(d.verdict == Verdict::healthy);
  CHECK(d.text.find("Not looked at") == std::string::npos);
  CHECK(d.looked_for.size() == 13);
  const Evidence& e = watch.evidence();
  CHECK(e.losses.size() == 250);
  CHECK(*e.label_entropy == doctest::Approx(std::log(4.0)));
  CHECK(e.fates->seen == 6400);  // of the last 100 steps
  CHECK(e.update_ratios.size() == 3);
  CHECK(e.motion_steps == 150);  // from step 101
  CHECK(e.layers->size() == 2);
  CHECK(watch.life().censuses() == 2);  // the verdict took the last
  CHECK(lines_of(watch, "final") == 1);
  CHECK(lines_of(watch, "liveness") == 2);
  CHECK(lines_of(watch, "train") == 20 + 11);
}

TEST_CASE("watch: changes no bit of the weights") {
  const auto plain = network(), watched = network();
  {
    Watch watch(*watched, census_set());
    train(watch, *watched, 30, 0.3);
    watch.census();
    (void)watch.held_out(census_set());
    CHECK(watched->has_forward_hooks());
  }
  CHECK_FALSE(watched->has_forward_hooks());
  CHECK(watched->is_training());
  for (int i = 0; i < 30; ++i) {
    const LabelledBatch b = drawn_points(static_cast<uint64_t>(i));
    plain->zero_grad();
    softmax_cross_entropy((*plain)(Variable(b.inputs)), b.labels).backward();
    for (Variable& p : plain->parameters()) descend(p, 0.3);
  }
  const StateDict a = plain->state_dict(), b = watched->state_dict();
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(std::ranges::equal(a[i].value.values<float>(), b[i].value.values<float>()));
}

TEST_CASE("watch: born dead is told from died, and neither where nobody saw the birth") {
  const auto born = network("constant:-9");
  Watch at_birth(*born, census_set());
  train(at_birth, *born, 20, 0.1);
  CHECK(at_birth.verdict().verdict == Verdict::born_dead);
  CHECK(lines_of(at_birth, "death") == 32);

  const auto killed = network();
  Watch watch(*killed, census_set());
  train(watch, *killed, 10, 0.01);
  killed->named_parameters().at(1).value.mutable_data().fill(-90);
  train(watch, *killed, 20, 0.01);
  const Diagnosis d = watch.verdict();
  CAPTURE(d.text);
  CHECK(d.verdict == Verdict::died);

  Watch late(*born, census_set(), {.at_birth = false});
  train(late, *born, 20, 0.1);
  const Diagnosis unsure = late.verdict();
  CHECK(unsure.verdict == Verdict::unsure);
  CHECK(unsure.text.find("Dead, onset unknown") == 0);
  CHECK(late.history().back().find("\"born_dead\":null") != std::string::npos);
}

TEST_CASE("watch: a frozen loss is seen where the logits are the module's own output") {
  const auto net = network();
  for (Variable& p : net->parameters())
    for (float& w : p.mutable_data().mutable_values<float>()) w *= 40;
  Watch watch(*net, census_set());
  train(watch, *net, 20, 0.0001, clipped_cross_entropy);
  CHECK(watch.verdict().verdict == Verdict::frozen_loss);

  const auto other = network();
  Watch blind(*other, census_set());
  for (int i = 0; i < 20; ++i) {
    const LabelledBatch b = drawn_points(static_cast<uint64_t>(i));
    const Variable logits = (*other)(Variable(b.inputs)) * 2.0;
    const Variable loss = softmax_cross_entropy(logits, b.labels);
    other->zero_grad();
    loss.backward();
    blind.step(logits, loss, b.labels);
  }
  const Diagnosis d = blind.verdict();
  CHECK_FALSE(looked(d, Verdict::frozen_loss));
  CHECK(d.text.find("the logits' gradient") != std::string::npos);
  CHECK(d.text.find("the learning rate") != std::string::npos);
}

TEST_CASE("watch: nan is noted with its origin") {
  const auto net = network();
  Watch watch(*net, census_set());
  train(watch, *net, 5, 0.1);
  net->named_parameters().at(2).value.mutable_data().fill(NAN);
  train(watch, *net, 1, 0.1);
  const Diagnosis d = watch.verdict();
  CHECK(d.verdict == Verdict::poisoned);
  CHECK(watch.evidence().non_finite->step == 5);  // after the update of this step
  CHECK(watch.evidence().non_finite->where == "parameter 3.weight");
  CHECK(watch.history().back().find("\"origin\":{\"step\":5,\"where\":\"parameter 3.weight\"") !=
        std::string::npos);
}

TEST_CASE("watch: tries what the verdict needs, where it can") {
  const auto net = network();
  Watch watch(*net, census_set());
  train(watch, *net, 60, 2e-4);
  CHECK_FALSE(looked(watch.verdict(), Verdict::slow));
  CHECK(watch.history().back().find("\"verdict\":\"unsure\"") != std::string::npos);
  std::vector<double> factors;
  Probes probes;
  probes.go_on = [&](double factor, int64_t steps) {
    factors.push_back(factor);
    CHECK(steps == 60);
    return factor == 10 ? 0.1 : 1.3;
  };
  const Diagnosis d = watch.verdict(probes);
  CAPTURE(d.text);
  CHECK(d.verdict == Verdict::slow);
  CHECK(factors.back() == 10);
  CHECK(lines_of(watch, "final") == 1);  // the later one
}

TEST_CASE("watch: a census of another set counts, and the verdict takes its own") {
  const auto net = network();
  Watch watch(*net, census_set());
  train(watch, *net, 30, 0.3);
  watch.census(labelled_set(std::vector<LabelledBatch>{drawn_points(5)}), "part");
  CHECK(watch.life().censuses() == 2);
  CHECK(lines_of(watch, "liveness") == 2);
  train(watch, *net, 1, 0.3);
  watch.census(labelled_set(std::vector<LabelledBatch>{drawn_points(5)}), "part");
  (void)watch.verdict();
  CHECK(watch.life().censuses() == 3);  // that of the part gave place: it is of the same step
  CHECK(lines_of(watch, "liveness") == 4);
  CHECK(watch.evidence().loss.has_value());
  const std::vector<std::string> lines = watch.history();
  CHECK(std::ranges::any_of(lines, [](const std::string& line) {
    return line.find("\"step\":31,\"set\":\"part\"") != std::string::npos;
  }));
}

TEST_CASE("watch: value of samples held out") {
  const auto net = network();
  Watch watch(*net, census_set());
  train(watch, *net, 200, 0.3);
  const HeldOut h = watch.held_out(std::vector<LabelledBatch>{drawn_points(7)});
  CHECK(h.samples == 64);
  CHECK(h.majority_share == 0.25);
  CHECK(h.accuracy > 0.9);
  (void)watch.verdict();
  CHECK(watch.evidence().held_out->accuracy == h.accuracy);
  CHECK(lines_of(watch, "eval") == 1);
}

TEST_CASE("watch: error, a census set without samples, and logits that do not fit") {
  const auto net = network();
  const std::vector<LabelledBatch> none;
  CHECK_THROWS_WITH_AS(Watch(*net, none), "watch: the census set is empty", ValueError);
  Watch watch(*net, census_set());
  const Variable logits = (*net)(Variable(drawn_points(1).inputs));
  CHECK_THROWS_WITH_AS(watch.step(logits, sum(logits), Tensor::of<int64_t>({1}, {1})),
      "recorder: logits [64,4] with labels [1]: needs [N, K] with [N]", ShapeError);
}

TEST_CASE("watch: samples that are all the same are wiring") {
  const auto net = network();
  LabelledBatch same = drawn_points(1);
  same.inputs.fill(0.5);
  Watch watch(*net, std::vector<LabelledBatch>{same});
  train(watch, *net, 5, 0.1);
  CHECK(watch.verdict().verdict == Verdict::wiring);
}
