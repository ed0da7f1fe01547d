#pragma once

#include <array>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "lively/autograd/modes.h"
#include "lively/autograd/saved.h"
#include "lively/autograd/variable.h"
#include "lively/tensor/block_pool.h"

// How an op says what its gradient is. Only files of ops include this.
//
//   return differentiable("matmul", gemm(a.data(), b.data()),
//     grad(a, [b = Saved(b.data())](const Tensor& dy) { return gemm(dy, b.get().t()); }),
//     grad(b, [a = Saved(a.data())](const Tensor& dy) { return gemm(a.get().t(), dy); }));
//
// A closure takes dL/dy and gives dL/dx in the shape of y or of x; the engine sums it back
// over broadcast axes. It is kept only if that input wants a gradient.

namespace lively {

template <class F>
struct Grad {
  detail::Node* input;
  F closure;
};

// The gradient of one input.
template <class F>
Grad<F> grad(const Variable& input, F closure) {
  return {input.node(), std::move(closure)};
}

// Which inputs want a gradient, by place.
class Wanted {
 public:
  explicit Wanted(std::span<detail::Node* const> edges) : edges_(edges) {}
  bool operator[](std::size_t i) const { return edges_[i] != nullptr; }

 private:
  std::span<detail::Node* const> edges_;
};

template <class F>
struct SharedGrad {
  std::vector<detail::Node*> inputs;
  F closure;
};

// The gradients of several inputs that share work: the closure takes (dy, Wanted) and gives
// a container of gradients, one an input; those not wanted may stay undefined.
template <class F>
SharedGrad<F> grads(const std::vector<Variable>& inputs, F closure) {
  SharedGrad<F> g{{}, std::move(closure)};
  g.inputs.reserve(inputs.size());
  for (const Variable& v : inputs) g.inputs.push_back(v.node());
  return g;
}

namespace detail {

template <class... Fs>
struct OpNode : Node {
  std::array<Node*, sizeof...(Fs)> inputs{};
  std::tuple<std::optional<Fs>...> closures;
};

template <class F>
struct SharedNode : Node {
  std::vector<Node*> inputs;
  std::optional<F> closure;
};

inline Node* take_edge(Node* input) {
  if (!input->requires_grad) return nullptr;
  add_ref(input);
  return input;
}

template <class N>
N* new_node() {
  N* n = new (pool_allocate(sizeof(N))) N;
  n->bytes = sizeof(N);
  n->destroy = [](Node& base) noexcept { static_cast<N&>(base).~N(); };
  return n;
}

}  // namespace detail

// Would an op on these inputs be recorded?
template <class... V>
bool records(const V&... inputs) {
  return detail::t_modes.grad && (inputs.requires_grad() || ...);
}

// The result of an op with one closure an input.
template <class... Fs>
Variable differentiable(const char* op, Tensor y, Grad<Fs>... g) {
  using N = detail::OpNode<Fs...>;
  if (!detail::t_modes.grad || !(g.input->requires_grad || ...)) {
    if (detail::t_modes.anomaly) detail::check_finite(op, "result", y);
    return Variable::adopt(detail::new_leaf(std::move(y)));
  }
  N* n = detail::new_node<N>();
  n->inputs = {detail::take_edge(g.input)...};
  n->edges = n->inputs.data();
  n->edge_count = sizeof...(Fs);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] const auto keep = [&](auto& slot, auto& closure, std::size_t i) {
      if (n->inputs[i]) slot.emplace(std::move(closure));
    };
    (keep(std::get<I>(n->closures), g.closure, I), ...);
  }
  (std::index_sequence_for<Fs...>{});
  n->run = [](detail::Node& base, const Tensor& dy) {
    N& self = static_cast<N&>(base);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] const auto pass_on = [&](auto& closure, std::size_t i) {
        if (closure) detail::deliver(self.inputs[i], (*closure)(dy));
      };
      (pass_on(std::get<I>(self.closures), I), ...);
    }
    (std::index_sequence_for<Fs...>{});
  };
  n->drop = [](detail::Node& base) noexcept {
    std::apply([](auto&... slot) { (slot.reset(), ...); }, static_cast<N&>(base).closures);
  };
  Variable result = Variable::adopt(n);
  detail::open_node(*n, op, std::move(y));
  return result;
}

// The result of an op whose inputs share one closure.
template <class F>
Variable differentiable(const char* op, Tensor y, SharedGrad<F> g) {
  using N = detail::SharedNode<F>;
  bool wanted = false;
  for (const detail::Node* input : g.inputs) wanted |= input->requires_grad;
  if (!detail::t_modes.grad || !wanted) return differentiable(op, std::move(y));
  N* n = detail::new_node<N>();
  n->inputs = std::move(g.inputs);
  for (detail::Node*& input : n->inputs) input = detail::take_edge(input);
  n->edges = n->inputs.data();
  n->edge_count = static_cast<int>(n->inputs.size());
  n->closure.emplace(std::move(g.closure));
  n->run = [](detail::Node& base, const Tensor& dy) {
    N& self = static_cast<N&>(base);
    auto gradients = (*self.closure)(dy, Wanted(self.inputs));
    for (std::size_t i = 0; i < self.inputs.size(); ++i)
      if (self.inputs[i]) detail::deliver(self.inputs[i], std::move(gradients[i]));
  };
  n->drop = [](detail::Node& base) noexcept {
    N& self = static_cast<N&>(base);
    self.closure.reset();
    std::vector<detail::Node*>().swap(self.inputs);
  };
  Variable result = Variable::adopt(n);
  detail::open_node(*n, op, std::move(y));
  return result;
}

}  // namespace lively
