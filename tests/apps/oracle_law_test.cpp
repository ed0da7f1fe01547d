#include <doctest/doctest.h>

#include <numeric>

#include "apps/lab/inquiry/go_on.h"
#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/inquiry/step_again.h"
#include "apps/lab/recipe/models.h"
#include "lively/autograd/ops.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/kept.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

// The oracle asks the optimizer that it is given. What it is called, and whether it is one of ours,
// does not matter.
namespace {

constexpr int64_t kStep = 10, kSteps = 300;

Settings law_recipe(Architecture architecture = Architecture::mlp) {
  Settings s = default_settings(architecture);
  s.depth = architecture == Architecture::mlp ? 3 : 8;
  s.width = architecture == Architecture::mlp ? 16 : 4;
  s.momentum = 0;
  return s;
}

struct Heard final : Sink {
  void on(const Event& event) override {
    warnings += std::holds_alternative<Warning>(event);
    const auto* r = std::get_if<ProphecyReport>(&event);
    if (!r) return;
    said.insert(said.end(), r->units.begin(), r->units.end());
    summary = r->summary;
  }
  std::vector<Foretold> said;
  std::string summary;
  int warnings = 0;
};

Census census_of_all(Module& model) {
  return take_census(model, [done = false](Tensor& inputs) mutable {
    std::vector<int64_t> all(static_cast<std::size_t>(digits<300, 50>().train.size()));
    std::iota(all.begin(), all.end(), 0);
    inputs = digits<300, 50>().train.get(all).inputs;
    return !std::exchange(done, true);
  });
}

// SGD as somebody else wrote it.
class Foreign : public Optimizer {
 public:
  explicit Foreign(std::vector<ParameterGroup> groups) : Optimizer(std::move(groups), {}) {}
  std::string to_string() const override { return "foreign"; }

 private:
  void update_parameter(const Update& u) override {
    float* p = u.parameter.mutable_data<float>();
    const float* g = u.gradient.data<float>();
    for (int64_t i = 0; i < u.parameter.numel(); ++i) p[i] -= static_cast<float>(u.lr) * g[i];
  }
};

// The same, by one who says how it goes.
class Stated final : public Foreign {
 public:
  using Foreign::Foreign;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override {
    return std::make_unique<Stated>(std::move(groups));
  }
  std::optional<ZeroGradientLaw> law() const override {
    return ZeroGradientLaw{.reach = [](std::span<const double>) { return 0.0; }};
  }
};

// Five dead units in the first layer, and a dead layer above.
void silence(Module& model) {
  auto parameters = model.parameters();
  for (int64_t u = 0; u < 5; ++u) parameters[1].mutable_data().select(0, u).fill(-100);
  parameters[3].mutable_data().fill(-1000);
}

template <class Made>
Heard asked() {
  const Settings s = law_recipe();
  const auto model = build_model(s, task_of(digits<300, 50>()));
  silence(*model);
  const Made optimizer({{model->parameters(), 0.01}});
  Heard heard;
  Oracle oracle(*model, s, digits<300, 50>().train, optimizer, constant_schedule(), kSteps, heard);
  oracle.counted(census_of_all(*model), kStep);
  const Safetensors state = kept(oracle);
  CHECK_NOTHROW(take(oracle, state));
  CHECK(same(kept(oracle), state));
  return heard;
}

}  // namespace

TEST_CASE("oracle: an optimizer without a law leaves its dead units open, and says why") {
  const Heard heard = asked<Foreign>();
  CHECK(heard.said.size() >= 21);
  for (const Foretold& f : heard.said) {
    CHECK(f.prophecy.fate == Fate::open);
    CHECK(f.prophecy.ground == Ground::no_law);
    CHECK(text(f.prophecy) ==
          "open: its optimizer does not state how it moves a parameter whose gradient is 0");
  }
  CHECK(heard.summary.find("open (no law)") != std::string::npos);
}

TEST_CASE("oracle: an optimizer of somebody else's that states a law is believed") {
  const Heard heard = asked<Stated>();
  CHECK(heard.said.size() >= 21);
  int64_t cut = 0;
  for (const Foretold& f : heard.said) {
    CHECK(f.prophecy.fate == Fate::cannot_move);
    cut += f.prophecy.ground == Ground::dead_cut;
  }
  CHECK(cut >= 21);
}

TEST_CASE("oracle: no name is read, so none that is unknown can become another optimizer") {
  Settings unknown = law_recipe();
  unknown.optimizer = "lion";
  const auto model = build_model(unknown, task_of(digits<300, 50>()));
  CHECK_THROWS_AS((void)build_optimizer(unknown, model->parameters()), ValueError);
  for (const std::string_view name : optimizer_names()) {
    CAPTURE(name);
    Settings known = law_recipe();
    known.optimizer = name;
    const auto before = build_model(known, task_of(digits<300, 50>()));
    auto parameters = before->parameters();
    for (int64_t u = 0; u < 3; ++u) {
      parameters[0].mutable_data().select(0, u).fill(-0.001);
      parameters[1].mutable_data().select(0, u).fill(-0.2);
    }
    const auto optimizer =
        make_optimizer(name, parameters, {.lr = 0.01, .momentum = 0.9, .weight_decay = 1e-4});
    for (auto& [entry, t] : optimizer->state(1))
      t.fill(entry == "momentum_buffer" || entry == "exp_avg" ? -4 : 16);
    for (std::size_t i = 0; i < parameters.size(); ++i) optimizer->set_steps(i, kStep);

    std::vector<std::string> prophecies[2], weights[2];
    for (int i = 0; i < 2; ++i) {
      Settings s = i ? unknown : known;
      Heard heard;
      Oracle oracle(
          *before, s, digits<300, 50>().train, *optimizer, constant_schedule(), kSteps, heard);
      oracle.counted(census_of_all(*before), kStep);
      for (const Foretold& f : heard.said)
        prophecies[i].push_back(message(f.layer, " ", f.unit, " ", text(f.prophecy)));
      // A step made again, and a copy that goes on.
      const auto copy = build_model(s, task_of(digits<300, 50>()));
      const KeptState kept = keep_state(*before, *optimizer, kStep, 300);
      const MadeStep made{.batch = digits<300, 50>().train.get(std::vector<int64_t>{0, 1, 2}),
          .samples = {},
          .lr = 0.02,
          .gradients = {}};
      step_again(*copy, s, *optimizer, kept, made, {.residue = true});
      const Continuation further = copy_of(*before, *optimizer, s, digits<300, 50>(), 0.02);
      (void)go_on(*further.model, *further.optimizer, s, digits<300, 50>(), 3);
      for (Module* m : {copy.get(), further.model.get()})
        for (const Variable& p : m->parameters())
          weights[i].push_back(std::string(reinterpret_cast<const char*>(p.data().bytes()),
              sizeof(float) * static_cast<std::size_t>(p.numel())));
      CHECK(further.optimizer->to_string().starts_with(std::string(name) + " lr 0.02"));
    }
    CHECK(prophecies[0].size() >= 3);
    CHECK(prophecies[0] == prophecies[1]);
    CHECK(weights[0] == weights[1]);
  }
}

TEST_CASE("oracle: what it said of units that a shortcut feeds is taken from a checkpoint") {
  const Settings s = law_recipe(Architecture::resnet);
  const auto model = build_model(s, task_of(digits<300, 50>()));
  for (const auto& [name, p] : model->named_parameters())
    if (name == "layer1.0.bn1.bias" || name == "layer1.0.bn2.bias") p.node()->data.fill(-100);
  const auto optimizer = build_optimizer(s, model->parameters());
  Heard heard;
  Oracle oracle(*model, s, digits<300, 50>().train, *optimizer, constant_schedule(), kSteps, heard);
  oracle.counted(census_of_all(*model), kStep);
  int64_t shortcuts = 0;
  for (const Foretold& f : heard.said) shortcuts += f.prophecy.ground == Ground::shortcut;
  REQUIRE(shortcuts > 0);
  Oracle resumed(
      *model, s, digits<300, 50>().train, *optimizer, constant_schedule(), kSteps, heard);
  CHECK_NOTHROW(take(resumed, kept(oracle)));
  CHECK(same(kept(resumed), kept(oracle)));
}
