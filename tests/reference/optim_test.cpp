#include <doctest/doctest.h>

#include "lively/optim/adaptive.h"
#include "lively/optim/clip.h"
#include "lively/optim/optimizer.h"
#include "lively/optim/progress.h"
#include "lively/optim/schedule.h"
#include "tests/reference/case.h"

using namespace lively;
using namespace lively::testing;

namespace {

std::unique_ptr<Optimizer> optimizer_of(const Case& c, const Variable& w, const Variable& b) {
  const double lr = c.number("args/lr"),
               decay = c.number("args/weight_decay", c.text("optimizer") == "AdamW" ? 0.01 : 0);
  std::vector<ParameterGroup> groups{{{w, b}, lr, decay}};
  if (c.given("weight_args"))
    groups = {{{w}, c.number("weight_args/lr", lr), c.number("weight_args/weight_decay", decay)},
        {{b}, lr, decay}};
  const AdamOptions adam{.beta1 = c.number("args/betas/0", 0.9),
      .beta2 = c.number("args/betas/1", 0.999),
      .eps = c.number("args/eps", 1e-8)};
  if (c.text("optimizer") == "SGD")
    return std::make_unique<SGD>(groups, SgdOptions{.momentum = c.number("args/momentum"),
                                             .dampening = c.number("args/dampening"),
                                             .nesterov = c.number("args/nesterov") != 0});
  if (c.text("optimizer") == "Adam") return std::make_unique<Adam>(groups, adam);
  if (c.text("optimizer") == "Adamax") return std::make_unique<Adamax>(groups, adam);
  if (c.text("optimizer") == "Adagrad")
    return std::make_unique<Adagrad>(groups, c.number("args/eps", 1e-10));
  if (c.text("optimizer") == "Adadelta")
    return std::make_unique<Adadelta>(
        groups, c.number("args/rho", 0.9), c.number("args/eps", 1e-6));
  if (c.text("optimizer") == "RMSprop")
    return std::make_unique<RMSprop>(groups, RmsPropOptions{.alpha = c.number("args/alpha", 0.99),
                                                 .eps = c.number("args/eps", 1e-8),
                                                 .momentum = c.number("args/momentum"),
                                                 .centered = c.number("args/centered") != 0});
  if (c.text("optimizer") == "AdamW") return std::make_unique<AdamW>(groups, adam);
  return nullptr;
}

// The schedule of a case as a factor on its rate; empty where there is none such.
Schedule schedule_of(const Case& c, const std::string& kind, const std::string& args, double base) {
  if (kind == "StepLR")
    return step_schedule(
        static_cast<int64_t>(c.number(args + "/step_size")), c.number(args + "/gamma"));
  if (kind == "CosineAnnealingLR")
    return cosine_schedule(
        static_cast<int64_t>(c.number(args + "/T_max")), c.number(args + "/eta_min") / base);
  if (kind == "MultiStepLR") {
    std::vector<int64_t> milestones;
    for (const auto& m : c.integers(args + "/milestones")) milestones.push_back(*m);
    return multi_step_schedule(milestones, c.number(args + "/gamma"));
  }
  if (kind == "OneCycleLR")
    return one_cycle_schedule(static_cast<int64_t>(c.number(args + "/total_steps")));
  if (kind == "ExponentialLR") return exponential_schedule(c.number(args + "/gamma"));
  if (kind == "LinearLR")
    return linear_schedule(
        static_cast<int64_t>(c.number(args + "/total_iters")), c.number(args + "/start_factor"));
  if (kind == "WarmupCosine") {
    const auto warmup = static_cast<int64_t>(c.number(args + "/warmup"));
    return sequence(linear_schedule(warmup, c.number(args + "/start_factor")), warmup,
        cosine_schedule(
            static_cast<int64_t>(c.number(args + "/T_max")), c.number(args + "/eta_min") / base));
  }
  return {};
}

}  // namespace

TEST_CASE("reference: optimizers follow PyTorch's trajectories") {
  int passed = 0;
  std::string skipped;
  for (const Case& c : cases()) {
    if (c.group != "optimizer") continue;
    Variable w = parameter(c.in("weight").clone()), b = parameter(c.in("bias").clone());
    const auto optimizer = optimizer_of(c, w, b);
    if (!optimizer) {
      skipped += " " + c.name;
      continue;
    }
    Schedule schedule = constant_schedule();
    if (c.given("schedule"))
      schedule = schedule_of(c, c.text("schedule"), "schedule_args", c.number("args/lr"));
    REQUIRE(schedule);
    const int steps = static_cast<int>(c.number("steps"));
    for (int t = 1; t <= steps; ++t) {
      // The gradients that PyTorch had: an optimizer is tested without autograd.
      w.set_grad(c.output("grad_weight").want.select(0, t - 1));
      b.set_grad(c.output("grad_bias").want.select(0, t - 1));
      optimizer->set_lr_factor(schedule(t - 1));
      optimizer->step();
      for (const Expected& e : c.outputs) {
        if (e.name == "weight@" + std::to_string(t)) check(c, e, w.data(), "after a step");
        if (e.name == "bias@" + std::to_string(t)) check(c, e, b.data(), "after a step");
      }
    }
    ++passed;
  }
  MESSAGE("ran " << passed << " cases; skipped, as there is no such optimizer yet:" << skipped);
  CHECK(passed == 14);
}

TEST_CASE("reference: schedules give PyTorch's rates") {
  int passed = 0;
  std::string skipped;
  for (const Case& c : cases()) {
    if (c.group != "lr_schedule") continue;
    const double base = c.number("args/max_lr", c.number("base_lr"));
    Schedule schedule = schedule_of(c, c.text("schedule"), "args", base);
    Plateau plateau({.factor = c.number("args/factor", 0.1),
        .patience = static_cast<int64_t>(c.number("args/patience", 10))});
    if (c.text("schedule") == "ReduceLROnPlateau")
      schedule = [&](int64_t t) {
        return t == 0 ? 1 : plateau.update(c.in("metrics").at({t - 1}));
      };
    if (!schedule) {
      skipped += " " + c.name;
      continue;
    }
    Tensor lr = Tensor::empty(c.output("lr").want.shape(), Dtype::float64);
    for (int64_t t = 0; t < lr.numel(); ++t) lr.mutable_data<double>()[t] = base * schedule(t);
    check(c, c.output("lr"), lr, "rate");
    ++passed;
  }
  MESSAGE("ran " << passed << " cases; skipped, as there is no such schedule yet:" << skipped);
  CHECK(passed == 8);  // of one_cycle the rates, not the momentum
}

TEST_CASE("reference: clipping gives PyTorch's gradients") {
  int passed = 0;
  for (const Case& c : cases()) {
    if (c.group != "clip_grad") continue;
    std::vector<Variable> parameters;
    for (const std::string& name : c.inputs) {
      parameters.push_back(parameter(Tensor::zeros(c.in(name).shape())));
      parameters.back().set_grad(c.in(name).clone());
    }
    if (c.op == "clip_grad_norm") {
      const double norm = clip_grad_norm(parameters, c.number("max_norm"));
      check(c, c.output("total_norm"), Tensor::scalar(norm), "norm");
    } else {
      clip_grad_value(parameters, c.number("clip_value"));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i)
      check(c, c.output(c.inputs[i]), parameters[i].grad(), "gradient");
    ++passed;
  }
  CHECK(passed == 3);
}
