#include "lively/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "lively/optim/adaptive.h"
#include "lively/tensor/map.h"
#include "lively/tensor/spec.h"
#include "lively/tensor/threads.h"

namespace lively {
namespace {

void check(const char* what, double value) {
  if (!(value >= 0) || !std::isfinite(value))
    fail<ValueError>("optimizer: ", what, " ", number(value), ": needs a number of at least 0");
}

}  // namespace

Optimizer::Optimizer(
    std::vector<ParameterGroup> groups, std::vector<std::string> state_names, Moves moves)
    : groups_(std::move(groups)), state_names_(std::move(state_names)), moves_(moves) {
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
      // Leaves over the same elements take turns.
      if (std::ranges::any_of(
              seen, [&](const detail::Node* s) { return s->data.shares_elements_with(p.data()); }))
        moves_ = Moves::parameters;
      seen.push_back(p.node());
      elements_ += p.numel();
      std::vector<Tensor> state;
      for (std::size_t i = 0; i < state_names_.size(); ++i)
        state.push_back(Tensor::zeros(p.shape(), p.dtype()));
      state_.push_back(std::move(state));
    }
  }
  if (seen.empty()) fail<ValueError>("optimizer: no parameters");
  steps_.resize(seen.size());
  renewed_.resize(seen.size());
}

void Optimizer::step() {
  const bool split =
      moves_ == Moves::entries && elements_ >= 2 * detail::kMapGrain && kernel_threads() > 1;
  together_.clear();
  sizes_.clear();
  indices_.clear();
  std::size_t i = 0;
  for (ParameterGroup& group : groups_) {
    for (Variable& p : group.parameters) {
      const std::size_t at = i++;
      if (!p.grad().defined()) continue;
      if (split && renewed_[at].empty() && p.data().is_contiguous() && p.grad().is_contiguous()) {
        together_.push_back({p.mutable_data(), p.grad(), state_[at], steps_[at] + 1,
            group.lr * lr_factor_, group.weight_decay});
        sizes_.push_back(p.numel());
        indices_.push_back(at);
      } else {
        step_parameter(p, at, group);
      }
    }
  }
  if (together_.empty()) return;
  for (std::size_t of : indices_) ++steps_[of];
  step_together();
}

// One region for all: most parameters of a deep network are too small for one of their own. From
// the last, as gradients come: as a rule whose cache has one from adding it up moves it, too.
void Optimizer::step_together() {
  std::ranges::reverse(sizes_);
  parallel_for_all(sizes_, detail::kMapGrain, [&](std::size_t i, int64_t begin, int64_t end) {
    const Update& u = together_[together_.size() - 1 - i];
    if (end - begin == sizes_[i]) {
      update_parameter(u);
    } else {
      update_range(u, begin, end);
    }
  });
}

void Optimizer::update_range(const Update& u, int64_t begin, int64_t end) {
  const auto range = [&](const Tensor& t) { return t.flatten().slice(0, begin, end); };
  Tensor parameter = range(u.parameter);
  std::vector<Tensor> state;
  for (const Tensor& t : u.state) state.push_back(range(t));
  update_parameter({parameter, range(u.gradient), state, u.step, u.lr, u.weight_decay});
}

void Optimizer::step_parameter(Variable& p, std::size_t i, const ParameterGroup& group) {
  const int64_t step = ++steps_[i];
  const double lr = group.lr * lr_factor_;
  // What was renewed steps by itself, from copies: each entry goes by itself, so it comes to the
  // bits of a parameter of its own.
  struct Part {
    Tensor parameter, gradient;
    std::vector<Tensor> state;
  };
  std::vector<Part> parts;
  const auto place = [](const Tensor& t, const Renewed& r) {
    return t.slice(static_cast<int>(r.axis), r.first, r.first + r.count);
  };
  for (const Renewed& r : renewed_[i]) {
    Part& part =
        parts.emplace_back(Part{place(p.data(), r).clone(), place(p.grad(), r).contiguous(), {}});
    for (const Tensor& t : state_[i]) part.state.push_back(place(t, r).clone());
  }
  update_parameter({p.mutable_data(), p.grad(), state_[i], step, lr, group.weight_decay});
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Renewed& r = renewed_[i][k];
    Part& part = parts[k];
    update_parameter(
        {part.parameter, part.gradient, part.state, step - r.since, lr, group.weight_decay});
    place(p.mutable_data(), r).copy_from(part.parameter);
    for (std::size_t s = 0; s < part.state.size(); ++s)
      place(state_[i][s], r).copy_from(part.state[s]);
  }
}

bool Optimizer::fits(std::size_t i, const Renewed& r) const {
  std::size_t first = 0;
  for (const ParameterGroup& group : groups_) {
    if (i < first + group.parameters.size()) {
      const Shape& shape = group.parameters[i - first].shape();
      return r.axis >= 0 && r.axis < shape.rank() && r.first >= 0 && r.count >= 1 &&
             r.count <= shape[static_cast<int>(r.axis)] - r.first && r.since >= 0 &&
             r.since <= steps_[i];
    }
    first += group.parameters.size();
  }
  return false;
}

void Optimizer::renew(std::size_t i, int axis, int64_t first, int64_t count) {
  const Renewed part{axis, first, count, steps_.at(i)};
  std::vector<Renewed> parts = renewed_[i];
  std::erase_if(parts, [&](const Renewed& r) {
    return r.axis == part.axis && r.first >= first && r.first + r.count <= first + count;
  });
  parts.push_back(part);
  set_renewed(i, std::move(parts));
  for (Tensor& t : state_[i]) t.slice(axis, first, first + count).fill(0);
}

void Optimizer::set_renewed(std::size_t i, std::vector<Renewed> parts) {
  for (const Renewed& r : parts)
    if (!fits(i, r))
      fail<ValueError>("optimizer: parameter ", i, ": has no places ", r.first, " to ",
          r.first + r.count - 1, " of axis ", r.axis, " from step ", r.since);
  renewed_.at(i) = std::move(parts);
}

std::vector<int64_t> Optimizer::flat_renewed() const {
  std::vector<int64_t> numbers;
  for (std::size_t i = 0; i < renewed_.size(); ++i)
    for (const Renewed& r : renewed_[i])
      numbers.insert(numbers.end(), {static_cast<int64_t>(i), r.axis, r.first, r.count, r.since});
  return numbers;
}

bool Optimizer::set_flat_renewed(const std::vector<int64_t>& numbers) {
  std::vector<std::vector<Renewed>> parts(renewed_.size());
  if (numbers.size() % 5 != 0) return false;
  for (std::size_t k = 0; k < numbers.size(); k += 5) {
    const auto i = static_cast<std::size_t>(numbers[k]);
    const Renewed r{numbers[k + 1], numbers[k + 2], numbers[k + 3], numbers[k + 4]};
    if (i >= parts.size() || !fits(i, r)) return false;
    parts[i].push_back(r);
  }
  renewed_ = std::move(parts);
  return true;
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
