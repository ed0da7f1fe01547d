#include "lively/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

void check(const char* what, double value) {
  if (!(value >= 0) || !std::isfinite(value))
    fail<ValueError>("optimizer: ", what, " ", number(value), ": needs a number of at least 0");
}

int64_t count(const Tensor& mask) { return static_cast<int64_t>(sum(mask).item()); }

}  // namespace

Optimizer::Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> state_names)
    : groups_(std::move(groups)), state_names_(std::move(state_names)) {
  std::vector<const detail::Node*> seen;
  for (const ParameterGroup& group : groups_) {
    check("lr", group.lr);
    check("weight_decay", group.weight_decay);
    for (const Variable& p : group.parameters) {
      if (!p.defined() || !p.is_leaf() || !p.requires_grad())
        fail<ValueError>(
            "optimizer: parameter ", seen.size(), ": is no leaf that wants a gradient");
      if (!p.data().is_contiguous())
        fail<ValueError>(
            "optimizer: parameter ", seen.size(), " ", p.shape(), ": is not row-major");
      if (std::ranges::find(seen, p.node()) != seen.end())
        fail<ValueError>("optimizer: parameter ", seen.size(), ": is named twice");
      seen.push_back(p.node());
      std::vector<Tensor> state;
      for (std::size_t i = 0; i < state_names_.size(); ++i)
        state.push_back(Tensor::zeros(p.shape(), p.dtype()));
      state_.push_back(std::move(state));
    }
  }
  if (seen.empty()) fail<ValueError>("optimizer: no parameters");
  steps_.resize(seen.size());
}

void Optimizer::step() {
  std::size_t i = 0;
  for (ParameterGroup& group : groups_) {
    for (Variable& p : group.parameters) {
      const std::size_t at = i++;
      if (!p.grad().defined()) continue;
      update_parameter({p.mutable_data(), p.grad(), state_[at], ++steps_[at], group.lr * lr_factor_,
          group.weight_decay});
    }
  }
}

void Optimizer::zero_grad() {
  for (ParameterGroup& group : groups_)
    for (Variable& p : group.parameters) p.zero_grad();
}

std::vector<StepReport> Optimizer::step_with_report() {
  std::vector<Variable> parameters;
  std::vector<Tensor> before;
  for (const ParameterGroup& group : groups_) {
    for (const Variable& p : group.parameters) {
      parameters.push_back(p);
      before.push_back(p.data().clone());
    }
  }
  step();
  std::vector<StepReport> reports;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Variable& p = parameters[i];
    StepReport r{.entries = p.numel()};
    if (p.grad().defined()) {
      const Tensor moved_by = ne(p.grad(), Tensor::zeros(Shape{}, p.dtype()));
      r.with_gradient = count(moved_by);
      r.unmoved = count(mul(moved_by, eq(p.data(), before[i])));
    }
    for (const Tensor& s : state_[i]) r.non_finite_state += s.numel() - count(is_finite(s));
    reports.push_back(r);
  }
  return reports;
}

void Optimizer::set_lr_factor(double factor) {
  check("lr factor", factor);
  lr_factor_ = factor;
}

void Optimizer::set_lr(double lr, std::size_t group) {
  check("lr", lr);
  groups_.at(group).lr = lr;
}

std::size_t Optimizer::index_of(const Variable& parameter) const {
  std::size_t i = 0;
  for (const ParameterGroup& group : groups_) {
    for (const Variable& p : group.parameters) {
      if (p.node() == parameter.node()) return i;
      ++i;
    }
  }
  fail<ValueError>("optimizer: ", parameter.shape(), ": is none of its ", i, " parameters");
}

const ParameterGroup& Optimizer::group_of(std::size_t i) const {
  std::size_t first = 0;
  for (const ParameterGroup& group : groups_) {
    first += group.parameters.size();
    if (i < first) return group;
  }
  fail<ValueError>("optimizer: parameter ", i, ": it has ", first);
}

std::vector<ParameterGroup> Optimizer::groups_over(const std::vector<Variable>& parameters) const {
  if (parameters.size() != parameter_count())
    fail<ValueError>("optimizer: ", parameters.size(), " parameters in place of its ",
        parameter_count(), ": needs as many");
  std::vector<ParameterGroup> groups = groups_;
  std::size_t i = 0;
  for (ParameterGroup& group : groups)
    for (Variable& p : group.parameters) p = parameters[i++];
  return groups;
}

std::unique_ptr<Optimizer> Optimizer::copy_for(std::vector<ParameterGroup>) const {
  fail<StateError>(
      "optimizer: ", to_string(), ": cannot be made again, its class has no copy_for()");
}

std::vector<Named<Tensor>> Optimizer::state(std::size_t i) const {
  std::vector<Named<Tensor>> named;
  for (std::size_t k = 0; k < state_names_.size(); ++k)
    named.push_back({state_names_[k], state_.at(i)[k]});
  return named;
}

void Optimizer::reset_unit(std::size_t i, int64_t unit, int axis) {
  for (Tensor& s : state_.at(i)) s.select(axis, unit).fill(0);
}

}  // namespace lively
