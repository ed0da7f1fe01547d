#pragma once

#include <memory>
#include <optional>
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

  // The state of parameter i ("exp_avg", …), each tensor in the parameter's shape; sharing its
  // elements, so that it can be repaired: select(0, unit).fill(0) makes it forget one unit.
  std::vector<Named<Tensor>> state(std::size_t i) const;
  // How many steps parameter i has made; with state(), all that its next step depends on.
  int64_t steps(std::size_t i) const { return steps_.at(i); }
  void set_steps(std::size_t i, int64_t steps) { steps_.at(i) = steps; }

  virtual std::string to_string() const = 0;  // "sgd lr 0.01 momentum 0.9"

 protected:
  // Throws ValueError unless lr >= 0 and weight_decay >= 0 are finite and every parameter is a
  // leaf that wants a gradient, is row-major and is named once. `state_names`: the zeros to
  // keep for each parameter.
  Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> state_names);

  struct Update {
    Tensor& parameter;
    const Tensor& gradient;
    std::vector<Tensor>& state;
    int64_t step;  // of this parameter, from 1
    double lr, weight_decay;
  };
  virtual void update_parameter(const Update& u) = 0;

 private:
  std::vector<ParameterGroup> groups_;
  double lr_factor_ = 1;
  std::vector<std::string> state_names_;
  std::vector<std::vector<Tensor>> state_;  // by parameter
  std::vector<int64_t> steps_;
};

struct SgdOptions {
  double momentum = 0, dampening = 0;
  bool nesterov = false;
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

 private:
  void update_parameter(const Update& u) override;
  SgdOptions options_;
};

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
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

 protected:
  enum class Decay : uint8_t { in_gradient, decoupled };
  Adam(std::vector<ParameterGroup> groups, AdamOptions options, Decay decay);

 private:
  void update_parameter(const Update& u) override;
  AdamOptions options_;
  Decay decay_;
  // For one step number, as a rule that of all parameters: pow costs more than a small tensor.
  struct Corrections {
    int64_t step = 0;
    double first = 1, second = 1;  // 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t)
  } corrections_;
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

// For programs: an optimizer by one of the names that optimizer_names() gives. Throws ValueError
// that names what does not fit.
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
