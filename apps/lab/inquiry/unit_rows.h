#pragma once

#include "lively/nn/liveness/update_law.h"
#include "lively/optim/optimizer.h"

// nn asks for the law of a dead unit's own parameters, optim has the optimizer, and neither sees
// the other: they meet here.

namespace lively::lab {

// Some float32 parameters of an optimizer with a row of axis 0 for each unit, as UnitRow wants
// them: weights, then a bias, or all that a normalisation adds. Reads the optimizer, which outlives
// it, and writes to nothing.
class UnitRows {
 public:
  // Throws ValueError if one is not among the optimizer's.
  UnitRows(const Optimizer& optimizer, std::vector<Variable> own)
      : optimizer_(&optimizer), own_(std::move(own)), stated_(optimizer.law()) {
    for (const Variable& p : own_) places_.push_back(optimizer.index_of(p));
  }

  std::optional<UpdateLaw> law() const;  // none: the optimizer states none
  bool has_bias() const { return own_.size() > 1; }
  std::vector<float> values(int64_t unit) const;
  UnitRow row(int64_t unit) const;
  // The unit's rows, under an optimizer of the same kind that has them alone, with gradients of 0.
  std::unique_ptr<Optimizer> copy(int64_t unit) const;

 private:
  static void append(std::vector<float>& to, const Tensor& t, int64_t unit) {
    const Tensor row = t.select(0, unit).contiguous();
    to.insert(to.end(), row.data<float>(), row.data<float>() + row.numel());
  }
  void append_reach(std::vector<double>& to, std::size_t parameter, int64_t unit) const;

  const Optimizer* optimizer_;
  std::vector<Variable> own_;
  std::vector<std::size_t> places_;  // of these, in the optimizer
  std::optional<ZeroGradientLaw> stated_;
};

// Steps of the real optimizer on a copy of a unit's rows.
class OptimizerReplay final : public RowReplay {
 public:
  explicit OptimizerReplay(std::unique_ptr<Optimizer> optimizer)
      : optimizer_(std::move(optimizer)),
        rows_(*optimizer_, parameters_of(*optimizer_)),
        values_(rows_.values(0)) {}
  void advance(double factor) override {
    optimizer_->set_lr_factor(factor);
    optimizer_->step();
    values_ = rows_.values(0);
  }
  std::span<const float> values() const override { return values_; }
  UnitRow row() const override { return rows_.row(0); }
  const Optimizer& optimizer() const { return *optimizer_; }

 private:
  static std::vector<Variable> parameters_of(const Optimizer& optimizer) {
    std::vector<Variable> all;
    for (const ParameterGroup& group : optimizer.groups())
      all.insert(all.end(), group.parameters.begin(), group.parameters.end());
    return all;
  }

  std::unique_ptr<Optimizer> optimizer_;
  UnitRows rows_;
  std::vector<float> values_;
};

inline std::optional<UpdateLaw> UnitRows::law() const {
  if (!stated_) return {};
  UpdateLaw law{.rates = {}, .decay_shrinks = stated_->decay_shrinks};
  for (const std::size_t i : places_) {
    const ParameterGroup& group = optimizer_->group_of(i);
    law.rates.push_back({group.lr, group.weight_decay});
  }
  if (const auto& ball = stated_->heavy_ball)
    law.heavy_ball = {ball->momentum, ball->dampening, ball->nesterov};
  return law;
}

inline std::vector<float> UnitRows::values(int64_t unit) const {
  std::vector<float> all;
  for (const Variable& p : own_) append(all, p.data(), unit);
  return all;
}

inline void UnitRows::append_reach(
    std::vector<double>& to, std::size_t parameter, int64_t unit) const {
  std::vector<std::vector<float>> state;
  for (const auto& [name, t] : optimizer_->state(places_[parameter]))
    append(state.emplace_back(), t, unit);
  std::vector<double> entry(state.size());
  const int64_t n = own_[parameter].numel() / own_[parameter].size(0);
  for (int64_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < entry.size(); ++k) entry[k] = state[k][static_cast<std::size_t>(j)];
    to.push_back(stated_->reach(entry));
  }
}

inline UnitRow UnitRows::row(int64_t unit) const {
  UnitRow row{.values = values(unit), .has_bias = has_bias()};
  if (!stated_) return row;
  for (std::size_t i = 0; i < own_.size(); ++i) {
    for (const auto& [name, t] : optimizer_->state(places_[i]))
      if (name == stated_->first_moment) append(row.residue, t, unit);
    append_reach(row.reach, i, unit);
  }
  row.replay = [rows = *this, unit] { return std::make_unique<OptimizerReplay>(rows.copy(unit)); };
  return row;
}

inline std::unique_ptr<Optimizer> UnitRows::copy(int64_t unit) const {
  const auto rows_of = [&](const Tensor& t) { return t.slice(0, unit, unit + 1); };
  std::vector<ParameterGroup> groups;
  for (std::size_t i = 0; i < own_.size(); ++i) {
    Variable p = parameter(rows_of(own_[i].data()).clone());
    p.set_grad(Tensor::zeros(p.shape(), p.dtype()));
    const ParameterGroup& group = optimizer_->group_of(places_[i]);
    groups.push_back({{p}, group.lr, group.weight_decay});
  }
  auto copy = optimizer_->copy_for(std::move(groups));
  for (std::size_t i = 0; i < own_.size(); ++i) {
    copy->set_steps(i, optimizer_->steps(places_[i]));
    std::vector<Optimizer::Renewed> parts;
    for (Optimizer::Renewed part : optimizer_->renewed(places_[i])) {
      if (part.axis == 0 && (unit < part.first || unit >= part.first + part.count)) continue;
      if (part.axis == 0) part.first = 0, part.count = 1;
      parts.push_back(part);
    }
    copy->set_renewed(i, std::move(parts));
    const auto from = optimizer_->state(places_[i]);
    auto to = copy->state(i);
    for (std::size_t k = 0; k < to.size(); ++k) to[k].value.copy_from(rows_of(from[k].value));
  }
  return copy;
}

}  // namespace lively::lab
