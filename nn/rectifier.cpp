#include "lively/nn/rectifier.h"

#include <array>

#include "lively/autograd/ops.h"
#include "lively/tensor/spec.h"

namespace lively {

ReLU::ReLU() : Activation("relu", "ReLU()", relu) {}
LeakyReLU::LeakyReLU(double slope)
    : Activation("leaky_relu", message("LeakyReLU(", number(slope), ")"),
          [slope](const Variable& x) { return leaky_relu(x, slope); }) {}
ELU::ELU(double alpha)
    : Activation("elu", message("ELU(", number(alpha), ")"),
          [alpha](const Variable& x) { return elu(x, alpha); }) {}
SELU::SELU() : Activation("selu", "SELU()", selu) {}
GELU::GELU() : Activation("gelu", "GELU()", gelu) {}
SiLU::SiLU() : Activation("silu", "SiLU()", silu) {}
Softplus::Softplus() : Activation("softplus", "Softplus()", softplus) {}
Tanh::Tanh() : Activation("tanh", "Tanh()", [](const Variable& x) { return tanh(x); }) {}
Sigmoid::Sigmoid() : Activation("sigmoid", "Sigmoid()", sigmoid) {}

PReLU::PReLU(int64_t channels, double start, Dtype dtype) {
  if (channels < 1) fail<ValueError>("PReLU: ", channels, " channels: needs at least 1");
  weight = parameter(Tensor::full(Shape{channels}, start, dtype));
  register_parameter("weight", weight);
}

Variable PReLU::forward(const Variable& x) { return prelu(x, weight); }

std::string PReLU::describe() const { return message("PReLU(", weight.numel(), ")"); }

namespace {

using Made = std::unique_ptr<Module>;

template <class M>
Made made(const Spec&) {
  return std::make_unique<M>();
}
template <class M>
Made made_with(const Spec& spec) {
  return spec.numbers.empty() ? std::make_unique<M>() : std::make_unique<M>(spec.numbers[0]);
}

struct Kind {
  std::string_view name;
  std::string_view takes;  // what its one number means; empty: it takes none
  Made (*make)(const Spec&);
};

constexpr std::array kKinds{
    Kind{"relu", {}, made<ReLU>},
    Kind{"leaky_relu", "slope", made_with<LeakyReLU>},
    Kind{"prelu", "start",
        [](const Spec& s) -> Made {
          return std::make_unique<PReLU>(1, s.numbers.empty() ? 0.25 : s.numbers[0]);
        }},
    Kind{"elu", "alpha", made_with<ELU>},
    Kind{"selu", {}, made<SELU>},
    Kind{"gelu", {}, made<GELU>},
    Kind{"silu", {}, made<SiLU>},
    Kind{"softplus", {}, made<Softplus>},
    Kind{"tanh", {}, made<Tanh>},
    Kind{"sigmoid", {}, made<Sigmoid>},
};

}  // namespace

std::unique_ptr<Module> make_activation(std::string_view text) {
  const Spec spec = parse_spec(text);
  for (const Kind& kind : kKinds) {
    if (kind.name != spec.name) continue;
    check_numbers(spec, {&kind.takes, kind.takes.empty() ? 0u : 1u}, Numbers::optional);
    return kind.make(spec);
  }
  std::array<std::string_view, kKinds.size()> known;
  for (std::size_t i = 0; i < known.size(); ++i) known[i] = kKinds[i].name;
  fail_unknown(spec.name, "activation", known);
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

}  // namespace lively
