#include "lively/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "lively/optim/adaptive.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

void check(const char* what, double value) {
  if (!(value >= 0) || !std::isfinite(value))
    fail<ValueError>("optimizer: ", what, " ", number(value), ": needs a number of at least 0");
}

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

void Optimizer::set_lr_factor(double factor) {
  check("lr factor", factor);
  lr_factor_ = factor;
}

void Optimizer::set_lr(double lr, std::size_t group) {
  check("lr", lr);
  groups_.at(group).lr = lr;
}

std::size_t Optimizer::index_of(const Variable& parameter) const {
  check_defined("optimizer", parameter);
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

}  // namespace lively
