// Training shared out to a team, here of threads: what every member holds is what one process alone
// would hold.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <utility>

#include "lively/autograd/ops.h"
#include "lively/autograd/parts.h"
#include "lively/data/dataset.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/starved.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/random.h"
#include "tests/distance.h"
#include "tests/thread_team.h"

using namespace lively;
using lively::testing::as_team;
using lively::testing::distance;
using lively::testing::ThreadTeam;

namespace {

// A net of four hidden layers of 12 units, the same each time.
std::unique_ptr<Sequential> net(Norm norm, double dropout) {
  auto model =
      mlp({.inputs = 7, .depth = 4, .width = 12, .classes = 3, .norm = norm, .dropout = dropout},
          Seed{5});
  initialize(*model, Initializer::parse("he_uniform"), Seed{3});
  return model;
}

Batch samples(int64_t n) {
  Stream stream(Seed{1}, "samples");
  Batch b{Tensor::empty({n, 7}), Tensor::empty({n}, Dtype::int64)};
  for (float& v : b.inputs.mutable_values<float>()) v = static_cast<float>(stream.normal());
  for (int64_t& v : b.labels.mutable_values<int64_t>()) v = static_cast<int64_t>(stream.bits() % 3);
  return b;
}

// What a member holds after some passes.
struct Held {
  double loss = 0;
  Tensor outputs, outputs_gradient;
  std::vector<Tensor> gradients, buffers;
  std::vector<LayerPulse> counts;
};

Held held_after(Module& model, BatchParts& parts, const std::vector<int64_t>& batches) {
  Held h;
  Pulse pulse;
  for (const int64_t n : batches) {
    const Batch b = samples(n);
    for (Variable& p : model.parameters()) p.zero_grad();
    const Observe scope(pulse);
    const auto passed = parts.backward(n, 1, [&](const Part& part) {
      const Variable out = model(Variable(part.of(b.inputs)));
      return PartLoss(softmax_cross_entropy(out, part.of(b.labels)), out);
    });
    h.loss = passed.loss;
    h.outputs = passed.outputs.data().clone();
    h.outputs_gradient = passed.outputs.grad().clone();
  }
  for (const Variable& p : model.parameters()) h.gradients.push_back(p.grad().clone());
  for (const auto& [name, t] : model.state_dict())
    if (name.find("running") != name.npos || name.find("tracked") != name.npos)
      h.buffers.push_back(t.clone());
  h.counts = pulse.layers();
  return h;
}

bool same_counts(const std::vector<LayerPulse>& a, const std::vector<LayerPulse>& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i)
    same = a[i].name == b[i].name && a[i].counts.samples == b[i].counts.samples &&
           a[i].counts.fired == b[i].counts.fired && a[i].counts.active == b[i].counts.active &&
           a[i].counts.poisoned == b[i].counts.poisoned;
  return same;
}

constexpr double kRounding = 2e-6;  // of numbers around 1 that float32 adds up in another order

}  // namespace

TEST_CASE("team: every member holds what one process would hold") {
  const std::vector<int64_t> batches{50, 50, 7, 2};  // 2: fewer than some teams have members
  for (const Norm norm : {Norm::none, Norm::batch, Norm::batch_after})
    for (const double dropout : {0.0, 0.3}) {
      CAPTURE(static_cast<int>(norm));
      CAPTURE(dropout);
      const auto model = net(norm, dropout);
      BatchParts alone;
      const Held whole = held_after(*model, alone, batches);
      for (const int members : {1, 2, 3, 4}) {
        CAPTURE(members);
        std::vector<Held> all(static_cast<std::size_t>(members));
        as_team(members, [&](ThreadTeam& team) {
          const auto own = net(norm, dropout);
          BatchParts parts(&team);
          all[static_cast<std::size_t>(team.rank())] = held_after(*own, parts, batches);
        });
        for (const Held& h : all) {
          CHECK(h.loss == doctest::Approx(whole.loss).epsilon(1e-6));
          CHECK(distance(h.outputs, whole.outputs) < kRounding);
          CHECK(distance(h.outputs_gradient, whole.outputs_gradient) < kRounding);
          CHECK(distance(h.gradients, whole.gradients) < kRounding);
          CHECK(distance(h.buffers, whole.buffers) < kRounding);
          CHECK(same_counts(h.counts, whole.counts));
          // Among each other to the bit.
          CHECK(h.loss == all[0].loss);
          CHECK(distance(h.gradients, all[0].gradients) == 0);
          CHECK(distance(h.buffers, all[0].buffers) == 0);
        }
      }
    }
}

TEST_CASE("team: batch norm by shares is another function, and one for all members") {
  const auto model = net(Norm::batch, 0);
  BatchParts alone;
  const Held whole = held_after(*model, alone, {50});
  std::vector<Held> all(3);
  as_team(3, [&](ThreadTeam& team) {
    const auto own = net(Norm::batch, 0);
    BatchParts parts(&team, BatchParts::NormOver::share);
    all[static_cast<std::size_t>(team.rank())] = held_after(*own, parts, {50});
  });
  for (const Held& h : all) {
    CHECK(distance(h.gradients, whole.gradients) > 1e-3);
    CHECK(distance(h.gradients, all[0].gradients) == 0);
    CHECK(distance(h.buffers, all[0].buffers) == 0);
  }
  // The mean over shares that are nearly as large is nearly the batch's, to which momentum moves.
  CHECK(distance(all[0].buffers[0], whole.buffers[0]) < 0.01);
  CHECK(distance(all[0].buffers[0], whole.buffers[0]) > 0);
}

TEST_CASE("team: sums begin while backward goes on, from the second pass on") {
  // Three leaves of 2 MiB each: a bucket each.
  as_team(2, [&](ThreadTeam& team) {
    std::vector<Variable> weights;
    for (int i = 0; i < 3; ++i) weights.emplace_back(Tensor::full({1, 512 * 1024}, 0.5 + i), true);
    BatchParts parts(&team);
    for (const std::size_t begun : {0U, 3U}) {
      for (Variable& w : weights) w.zero_grad();
      parts.backward(4, 1, [&](const Part& part) {
        const Variable x(Tensor::full({part.size(), 1}, 1.0));
        Variable all = sum(matmul(x, weights[0]));
        all = all + sum(matmul(x, weights[1])) + sum(matmul(x, weights[2]));
        return PartLoss(all * (1.0 / static_cast<double>(part.size())));
      });
      CHECK(team.begun_at_gather == begun);
      for (const Variable& w : weights) CHECK(w.grad().at({0, 77}) == 1);
    }
    CHECK(team.finished == 6);
  });
}

TEST_CASE("team: a forward that changes its course is refused") {
  const auto changes = [](int how) {
    as_team(2, [&](ThreadTeam& team) {
      Variable a(Tensor::full({1, 4}, 1.0), true), b(Tensor::full({1, 4}, 2.0), true);
      BatchParts parts(&team);
      for (const bool second : {false, true})
        parts.backward(4, 1, [&](const Part& part) {
          const Variable x(Tensor::full({part.size(), 1}, 1.0));
          Variable all = sum(matmul(x, a));
          if (!second || how != 0) all = all + sum(matmul(x, b));
          if (second && how == 1) all = all + sum(matmul(x, a));
          if (second && how == 2) all = all + sum(Variable(Tensor::ones({2, 2}), true));
          return PartLoss(all);
        });
    });
  };
  CHECK_THROWS_WITH_AS(changes(0), doctest::Contains("has no gradient that had one"), StateError);
  CHECK_THROWS_WITH_AS(changes(1), doctest::Contains("was used more often"), StateError);
  CHECK_THROWS_WITH_AS(changes(2), doctest::Contains("has another shape"), StateError);
  CHECK_NOTHROW(changes(3));
}

TEST_CASE("team: the census of shares is that of the set") {
  const auto model = net(Norm::none, 0);
  // Some dead units, some alive, and a poisoned one.
  auto parameters = model->named_parameters();
  Tensor bias = parameters[1].value.data();
  bias.mutable_data<float>()[2] = -1e4F;
  bias.mutable_data<float>()[3] = std::nanf("");
  const Batch all = samples(61);
  const auto inputs = [&](int64_t begin, int64_t end) {
    return [&all, at = begin, end](Tensor& to) mutable {
      if (at == end) return false;
      const int64_t next = std::min(at + 10, end);
      to = all.inputs.slice(0, at, next);
      at = next;
      return true;
    };
  };
  const auto loss = [](const Variable& outputs) { return mean(outputs * outputs); };
  Census whole = take_census(*model, inputs(0, 61));
  find_starved(*model, inputs(0, 61), loss, whole);
  for (const int members : {1, 2, 3, 4}) {
    CAPTURE(members);
    as_team(members, [&](ThreadTeam& team) {
      const auto own = net(Norm::none, 0);
      own->load_state_dict(model->state_dict());
      // The second member's share is empty.
      const int64_t begin = team.rank() < 2 ? 0 : 20 * (team.rank() - 1);
      int64_t from = begin, to = std::min<int64_t>(61, begin + 20);
      if (team.rank() == 1) from = to = 20;
      if (team.rank() == members - 1 && members != 2) to = 61;
      if (members == 2 && team.rank() == 0) to = 61;
      Census c = take_census(*own, inputs(from, to), {}, CensusMode::evaluation, {&team, from});
      find_starved(*own, inputs(from, to), loss, c, &team);
      CHECK(c.samples == 61);
      CHECK(same_counts(c.layers, whole.layers));
      CHECK(std::isnan(c.output_deviation) == std::isnan(whole.output_deviation));
      CHECK(c.zero_outputs == whole.zero_outputs);
      CHECK(c.probabilities == whole.probabilities);
      REQUIRE(c.layers.size() == whole.layers.size());
      for (std::size_t i = 0; i < c.layers.size(); ++i) {
        const UnitValues &a = c.layers[i].values, &b = whole.layers[i].values;
        CHECK(a.argmax_sample == b.argmax_sample);
        CHECK(a.last_fired == b.last_fired);
        CHECK(a.max_slope == b.max_slope);
        for (std::size_t u = 0; u < a.max_z.size(); ++u) {
          CHECK((a.max_z[u] == b.max_z[u] || std::abs(a.max_z[u] - b.max_z[u]) < 1e-5));
          CHECK(a.sum_abs[u] == doctest::Approx(b.sum_abs[u]).epsilon(1e-6));
          CHECK(c.layers[i].is_borderline(static_cast<int64_t>(u)) ==
                whole.layers[i].is_borderline(static_cast<int64_t>(u)));
        }
        CHECK(c.layers[i].starved == whole.layers[i].starved);
      }
    });
  }
}

TEST_CASE("team: the census of shares finds the flat places of a tanh") {
  Sequential model;
  model.add<Linear>(7, 12);
  model.add<Tanh>();
  initialize(model, Initializer::parse("normal:0,3"), Seed{3});
  const Batch all = samples(61);
  const auto part = [&](int64_t begin, int64_t end) {
    return [x = all.inputs.slice(0, begin, end), done = false](Tensor& to) mutable {
      to = x;
      return !std::exchange(done, true);
    };
  };
  const Census whole = take_census(model, part(0, 61));
  double flat = 0;
  for (const double f : whole.layers[0].values.flat) flat += f;
  CHECK(flat > 0);
  as_team(2, [&](ThreadTeam& team) {
    const auto own = std::make_unique<Sequential>();
    own->add<Linear>(7, 12);
    own->add<Tanh>();
    own->load_state_dict(model.state_dict());
    const int64_t from = team.rank() == 0 ? 0 : 20, to = team.rank() == 0 ? 20 : 61;
    const Census c = take_census(*own, part(from, to), {}, CensusMode::evaluation, {&team, from});
    CHECK(c.layers[0].values.flat == whole.layers[0].values.flat);
  });
}
