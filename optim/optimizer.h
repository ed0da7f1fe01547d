#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lively/autograd/variable.h"
#include "lively/tensor/named.h"

namespace lively {

// Parameters that share their settings.
struct ParameterGroup {
  std::vector<Variable> parameters;
  double lr = 0.01;
  double weight_decay = 0;
};

struct SgdOptions {
  double momentum = 0, dampening = 0;
  bool nesterov = false;
};

// What an optimizer states of its steps with a gradient of exactly 0, for theorems about units that
// get none. Whoever states it vouches for two things. Each entry goes by itself: its step depends
// on its own value, gradient and state, the step count, the rate and the decay, so that a copy of
// some rows goes as these rows do, to the bit. And with a state of 0 and no decay it does not move.
struct ZeroGradientLaw {
  // The entry of the state that carries earlier gradients into a step; empty: none does.
  std::string first_moment{};
  // How far an entry can move in any one step to come, at a rate of 1 and without decay, from its
  // state, in the order of state(). Not finite where such a step may not be finite.
  std::function<double(std::span<const double> state)> reach{};
  // Once nothing is left of earlier gradients, does a decay multiply the parameter by
  // 1 - lr · weight_decay and do no more? Not so where second moments scale it.
  bool decay_shrinks = false;
  // Of steps by SGD's formula, which are linear in parameter, gradient and momentum.
  std::optional<SgdOptions> heavy_ball{};
};

// Moves parameters against their gradients. Sees parameters only, by index over all groups, in
// order. Parameters without a gradient are passed over, as in PyTorch.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  void zero_grad();

  // The learning rate of a group: the one it was made with, times the factor that a schedule
  // sets for all groups.
  double lr(std::size_t group = 0) const { return groups_.at(group).lr * lr_factor_; }
  void set_lr_factor(double factor);  // throws ValueError unless it is a number of at least 0
  void set_lr(double lr, std::size_t group = 0);  // the one before the factor; throws as above
  const std::vector<ParameterGroup>& groups() const { return groups_; }
  std::size_t parameter_count() const { return steps_.size(); }
  // The place of a parameter; throws ValueError if it is not among them.
  std::size_t index_of(const Variable& parameter) const;
  const ParameterGroup& group_of(std::size_t i) const;  // of parameter i
  // Its groups with these in place of its own parameters, in order. Throws ValueError if they are
  // not as many.
  std::vector<ParameterGroup> groups_over(const std::vector<Variable>& parameters) const;

  // The state of parameter i ("exp_avg", …): tensors in the parameter's shape that share their
  // elements with the optimizer. renew() makes it forget a unit.
  std::vector<Named<Tensor>> state(std::size_t i) const;
  // How many steps parameter i has made; with state() and renewed(), all that its next step depends
  // on.
  int64_t steps(std::size_t i) const { return steps_.at(i); }
  void set_steps(std::size_t i, int64_t steps) { steps_.at(i) = steps; }

  // Places [first, first + count) of an axis that go on, from step `since` of their parameter, as a
  // parameter of their own would: from a state of 0, their steps counted from 1.
  struct Renewed {
    int64_t axis = 0, first = 0, count = 1, since = 0;
    bool operator==(const Renewed&) const = default;
  };
  // Forgets what parameter i remembers there, the rest of it to the bit as it was: for units whose
  // weights are drawn anew. Where parts overlap, the last counts. Throws ValueError where the
  // parameter has no such places.
  void renew(std::size_t i, int axis, int64_t first, int64_t count = 1);
  const std::vector<Renewed>& renewed(std::size_t i) const { return renewed_.at(i); }
  void set_renewed(std::size_t i, std::vector<Renewed> parts);  // throws as renew()
  // For a checkpoint: steps, renewed parts and state of each parameter, under its number.
  template <class Archive>
  void keep(Archive& a) {
    std::vector<int64_t> steps = steps_;
    a("steps", steps);
    a.check("steps", steps.size() == steps_.size(), "is of another number of parameters");
    for (const int64_t n : steps)
      a.check("steps", n >= 0 && n <= int64_t{1} << 53, "needs numbers from 0 to 2^53");
    steps_ = std::move(steps);
    std::vector<int64_t> parts = flat_renewed();
    a("renewed", parts);
    a.check("renewed", set_flat_renewed(parts), "names places that no parameter has");
    for (std::size_t i = 0; i < state_.size(); ++i)
      for (std::size_t k = 0; k < state_names_.size(); ++k)
        a(std::to_string(i) + "." + state_names_[k], state_[i][k]);
  }

  virtual std::string to_string() const = 0;  // "sgd lr 0.01 momentum 0.9"

  // One of the same kind and options over other groups, with its state at 0 and no step made; the
  // caller copies state(), steps() and renewed(). Throws StateError where a class does not say how.
  virtual std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const;
  // None, unless a class states one: then what becomes of a dead unit stays open. Who states a law
  // says in copy_for() how to make another.
  virtual std::optional<ZeroGradientLaw> law() const { return {}; }

 protected:
  // Throws ValueError unless lr >= 0 and weight_decay >= 0 are finite and every parameter is a
  // leaf that wants a gradient, is row-major and is named once. `state_names`: the zeros to
  // keep for each parameter.
  // With Moves::entries each entry goes by itself, and update_parameter() may be called by several
  // threads at once, each with a parameter or a range of its elements, along one axis.
  enum class Moves : uint8_t { parameters, entries };
  Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> state_names,
      Moves moves = Moves::parameters);

  struct Update {
    Tensor& parameter;
    const Tensor& gradient;
    std::vector<Tensor>& state;
    int64_t step;  // of this parameter, from 1
    double lr, weight_decay;
  };
  virtual void update_parameter(const Update& u) = 0;

 private:
  void step_parameter(Variable& p, std::size_t i, const ParameterGroup& group);
  void step_together();
  void update_range(const Update& u, int64_t begin, int64_t end);
  bool fits(std::size_t i, const Renewed& part) const;
  // (parameter, axis, first, count, since), one after the other.
  std::vector<int64_t> flat_renewed() const;
  bool set_flat_renewed(const std::vector<int64_t>& numbers);

  std::vector<ParameterGroup> groups_;
  double lr_factor_ = 1;
  std::vector<std::string> state_names_;
  std::vector<std::vector<Tensor>> state_;  // by parameter
  std::vector<int64_t> steps_;
  std::vector<std::vector<Renewed>> renewed_;  // by parameter, in the order of renew()
  Moves moves_;
  int64_t elements_ = 0;  // of all parameters
  // Of the step under way: those that several threads move together, their numbers and sizes.
  std::vector<Update> together_;
  std::vector<std::size_t> indices_;
  std::vector<int64_t> sizes_;
};

// Stochastic gradient descent with PyTorch's momentum (Sutskever et al. 2013):
// v = momentum v + (1 - dampening) g, from v = g in the first step; p -= lr v, or with Nesterov
// p -= lr (g + momentum v). Weight decay adds weight_decay · p to g.
class SGD final : public Optimizer {
 public:
  // Throws ValueError unless 0 <= momentum < 1, and for nesterov without momentum or with
  // dampening.
  explicit SGD(std::vector<ParameterGroup> groups, SgdOptions options = {});
  SGD(std::vector<Variable> parameters, double lr, SgdOptions options = {})
      : SGD({{std::move(parameters), lr}}, options) {}
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;
  std::optional<ZeroGradientLaw> law() const override;

 private:
  void update_parameter(const Update& u) override;
  SgdOptions options_;
};

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  bool amsgrad = false;  // of Adam and AdamW: v is the largest that it has been (Reddi et al. 2018)
};

// Adam (Kingma and Ba 2015) with PyTorch's eps, after the bias correction:
// p -= lr / (1 - beta1^t) · m / (sqrt(v / (1 - beta2^t)) + eps). Weight decay adds
// weight_decay · p to g.
class Adam : public Optimizer {
 public:
  // Throws ValueError unless 0 <= betas < 1 and eps >= 0.
  explicit Adam(std::vector<ParameterGroup> groups, AdamOptions options = {})
      : Adam(std::move(groups), options, Decay::in_gradient) {}
  explicit Adam(std::vector<Variable> parameters, double lr = 1e-3, AdamOptions options = {})
      : Adam({{std::move(parameters), lr}}, options) {}
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;
  std::optional<ZeroGradientLaw> law() const override;

 protected:
  enum class Decay : uint8_t { in_gradient, decoupled };
  Adam(std::vector<ParameterGroup> groups, AdamOptions options, Decay decay);

 private:
  void update_parameter(const Update& u) final;  // law and copy speak of this step
  AdamOptions options_;
  Decay decay_;
};

// Adam whose weight decay is apart from the gradient: p -= lr · weight_decay · p first
// (Loshchilov and Hutter 2019).
class AdamW final : public Adam {
 public:
  explicit AdamW(std::vector<ParameterGroup> groups, AdamOptions options = {})
      : Adam(std::move(groups), options, Decay::decoupled) {}
  explicit AdamW(std::vector<Variable> parameters, double lr = 1e-3, double weight_decay = 0.01,
      AdamOptions options = {})
      : AdamW({{std::move(parameters), lr, weight_decay}}, options) {}
};

// For programs: an optimizer by one of optimizer_names(), from the table in names.cpp. Throws
// ValueError that names what does not fit.
struct OptimizerSettings {
  double lr = 0.01;
  double momentum = 0;  // of sgd
  bool nesterov = false;
  double weight_decay = 0;
  std::optional<double> eps{};  // of the others; none: the optimizer's own
};
std::unique_ptr<Optimizer> make_optimizer(
    std::string_view name, std::vector<Variable> parameters, const OptimizerSettings& settings);
// "sgd", "adam", "adamw", and those of adaptive.h.
std::vector<std::string_view> optimizer_names();

}  // namespace lively
