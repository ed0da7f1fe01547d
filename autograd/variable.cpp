#include "lively/autograd/variable.h"

#include "lively/autograd/modes.h"

namespace lively {

thread_local constinit detail::Modes detail::t_modes{};

Variable::Variable(Tensor data, bool requires_grad) {
  check_defined("variable", data);
  if (requires_grad && !is_floating(data.dtype()))
    fail<DtypeError>("variable: ", name(data.dtype()), ": only floats have gradients");
  node_ = detail::new_leaf(std::move(data));
  node_->requires_grad = requires_grad;
}

void Variable::last_handle_gone() noexcept {
  node_->data = Tensor();
  detail::drop_ref(node_);
}

void Variable::set_grad(Tensor g) {
  check_defined("set_grad", *this);
  if (g.defined() && g.shape() != shape())
    fail<ShapeError>("set_grad: ", g.shape(), " for ", shape(), ": must be equal");
  if (g.defined() && g.dtype() != dtype())
    fail<DtypeError>("set_grad: ", name(g.dtype()), " for ", name(dtype()), ": must be equal");
  node_->grad = g.defined() ? g.contiguous() : g;
}

void Variable::register_hook(std::function<Tensor(const Tensor&)> hook) {
  check_defined("register_hook", *this);
  if (!requires_grad()) fail<StateError>("register_hook: this value wants no gradient");
  if (!node_->hooks) node_->hooks = std::make_unique<std::vector<detail::Hook>>();
  node_->hooks->push_back(std::move(hook));
}

NoGrad::NoGrad() : before_(std::exchange(detail::t_modes.grad, false)) {}
NoGrad::~NoGrad() { detail::t_modes.grad = before_; }
bool grad_enabled() { return detail::t_modes.grad; }

DetectAnomaly::DetectAnomaly() : before_(std::exchange(detail::t_modes.anomaly, true)) {}
DetectAnomaly::~DetectAnomaly() { detail::t_modes.anomaly = before_; }

}  // namespace lively
