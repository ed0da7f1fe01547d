#pragma once

#include <functional>

#include "lively/autograd/node.h"
#include "lively/tensor/tensor.h"

namespace lively {
namespace detail {

inline constinit const Tensor kNoTensor;  // the data of an undefined Variable

}  // namespace detail

// A Tensor that knows how it was made. A handle, one pointer wide: copies mean the same value.
// Ops on Variables record what backward() needs, as long as an input wants a gradient and no
// NoGrad is in force. A graph is built, and run backward, by one thread. The data of an undefined
// Variable() are an undefined Tensor; to ask it for anything else but defined() throws StateError.
class Variable {
 public:
  Variable() noexcept = default;
  explicit Variable(Tensor data, bool requires_grad = false);  // gradients need a float dtype
  Variable(const Variable& o) noexcept : node_(o.node_) {
    if (node_) node_->handles.fetch_add(1, std::memory_order_relaxed);
  }
  Variable(Variable&& o) noexcept : node_(std::exchange(o.node_, nullptr)) {}
  Variable& operator=(Variable o) noexcept {
    std::swap(node_, o.node_);
    return *this;
  }
  ~Variable() {
    if (node_ && (node_->handles.load(std::memory_order_acquire) == 1 ||
                     node_->handles.fetch_sub(1, std::memory_order_acq_rel) == 1))
      last_handle_gone();
  }

  bool defined() const { return node_ != nullptr; }
  const Tensor& data() const& { return node_ ? node_->data : detail::kNoTensor; }
  Tensor data() && { return std::as_const(*this).data(); }
  // For optimizers, initialisers and loading; writes raise the version, which guards
  // whatever a recorded op has saved.
  Tensor& mutable_data() { return checked("mutable_data").data; }
  const Shape& shape() const { return checked("shape").shape; }
  Dtype dtype() const { return checked("dtype").dtype; }
  int rank() const { return checked("rank").shape.rank(); }
  int64_t size(int axis) const { return data().size(axis); }
  int64_t numel() const { return data().numel(); }
  double item() const { return data().item(); }

  bool requires_grad() const { return checked("requires_grad").requires_grad; }
  bool is_leaf() const { return checked("is_leaf").is_leaf(); }
  // What backward() has added up here; undefined before it. Leaves keep theirs, other
  // values only after retain_grad().
  const Tensor& grad() const& { return checked("grad").grad; }
  Tensor grad() && { return checked("grad").grad; }
  void set_grad(Tensor g);  // throws ShapeError, DtypeError
  void zero_grad() { checked("zero_grad").grad = Tensor(); }
  void retain_grad() { checked("retain_grad").retains_grad = true; }

  // Adds d(this)/d(leaf) to the gradient of every leaf that wants one. This must be a single
  // element, or `seed` the gradient that flows into it. Saved tensors are released as soon
  // as they were used, unless `retain_graph`. Throws StateError when called again without it,
  // or when a saved tensor was changed in place.
  void backward(bool retain_graph = false) const;
  void backward(const Tensor& seed, bool retain_graph = false) const;

  // The same data, cut off from the graph.
  [[nodiscard]] Variable detach() const { return Variable(checked("detach").data); }

  // Calls `hook` with the gradient of this value when it is complete; what it returns, if
  // defined, goes on in its place.
  void register_hook(std::function<Tensor(const Tensor&)> hook);

  detail::Node* node() const { return node_; }
  static Variable adopt(detail::Node* node) {  // takes over the handle count of a new node
    Variable v;
    v.node_ = node;
    return v;
  }

 private:
  detail::Node& checked(const char* member) const {
    if (!node_) [[unlikely]]
      detail::fail_undefined(member);
    return *node_;
  }
  void last_handle_gone() noexcept;

  detail::Node* node_ = nullptr;
};

// A leaf that wants a gradient.
inline Variable parameter(Tensor data) { return Variable(std::move(data), true); }

// While one of these lives, ops of this thread record nothing.
class [[nodiscard]] NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};
bool grad_enabled();

// What DetectAnomaly throws.
class AnomalyError : public StateError {
 public:
  AnomalyError(const std::string& text, std::string op_name, std::string module_path,
      bool in_backward, Tensor bad)
      : StateError(text),
        op(std::move(op_name)),
        path(std::move(module_path)),
        backward(in_backward),
        tensor(std::move(bad)) {}
  std::string op;  // "linear"
  std::string
      path;  // of the module whose forward was under way; empty outside of modules and in backward
  bool backward;  // a gradient, else a result
  Tensor tensor;  // that has the value
};

// While one of these lives, the first op of this thread whose result, or whose gradient, has
// a NaN or an infinity throws an AnomalyError that names it, its shapes and its range. Costs a
// pass over every result.
class [[nodiscard]] DetectAnomaly {
 public:
  DetectAnomaly();
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

 private:
  bool before_;
};

}  // namespace lively
