#pragma once

#include "lively/nn/module.h"

namespace lively {

// Activations as modules. The ReLU family reports to liveness (autograd/observe.h) through
// its ops, so that shared modules and the functional forms count as well.

// An activation without parameters: its op's name, how it describes itself, and a function.
class Activation : public Module {
 public:
  using Function = std::function<Variable(const Variable&)>;
  Activation(std::string op, std::string description, Function f)
      : op_(std::move(op)), description_(std::move(description)), f_(std::move(f)) {}
  Variable forward(const Variable& x) override { return f_(x); }
  std::string describe() const override { return description_; }
  std::string_view activation() const override { return op_; }

 private:
  std::string op_, description_;
  Function f_;
};

class ReLU final : public Activation {
 public:
  ReLU();
};
class LeakyReLU final : public Activation {
 public:
  explicit LeakyReLU(double slope = 0.01);
};
class ELU final : public Activation {
 public:
  explicit ELU(double alpha = 1);
};
class SELU final : public Activation {
 public:
  SELU();
};
class GELU final : public Activation {
 public:
  GELU();
};
class SiLU final : public Activation {
 public:
  SiLU();
};
class Softplus final : public Activation {
 public:
  Softplus();
};
class Tanh final : public Activation {
 public:
  Tanh();
};
class Sigmoid final : public Activation {
 public:
  Sigmoid();
};

// The slope of the negative side is learnt: one for all units, or one a channel of axis 1.
class PReLU final : public Module {
 public:
  explicit PReLU(int64_t channels = 1, double start = 0.25, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  std::string_view activation() const override { return "prelu"; }
  Variable weight;  // [channels]
};

// A new activation by name: "relu", "leaky_relu:0.3", "elu", "prelu" … Throws ValueError that
// names the text and the nearest known name, or the parameter that does not fit.
std::unique_ptr<Module> make_activation(std::string_view text);
std::vector<std::string> activation_names();

}  // namespace lively
