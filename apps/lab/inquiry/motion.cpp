#include "apps/lab/inquiry/motion.h"

#include <algorithm>

#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {
namespace {

constexpr int64_t kEvery = 20;  // steps between looks at the gradients

int64_t count(const Tensor& mask) { return static_cast<int64_t>(sum(mask).item()); }

}  // namespace

Motion::Motion(Module& model, const Optimizer& optimizer, int64_t last_step)
    : parameters_(model.named_parameters()), optimizer_(optimizer), last_step_(last_step) {}

bool Motion::is_wired(const Variable& parameter) const {
  try {
    (void)optimizer_.index_of(parameter);
  } catch (const ValueError&) {
    return false;
  }
  return parameter.grad().defined();
}

void Motion::before_update(int64_t step) {
  rate_ = std::max(rate_, optimizer_.lr());
  if (step == first_step()) {
    rate_ = optimizer_.lr();
    for (const auto& [name, p] : parameters_) {
      start_.push_back(p.data().clone());
      pulled_.push_back(Tensor::zeros(p.shape(), Dtype::uint8));
    }
  }
  if (start_.empty() || ((step - first_step()) % kEvery != 0 && step != last_step_)) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& g = parameters_[i].value.grad();
    if (g.defined()) pulled_[i] = maximum(pulled_[i], ne(g, Tensor::zeros(Shape{}, g.dtype())));
  }
}

void Motion::after_update(int64_t step) {
  if (step != last_step_) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, p] = parameters_[i];
    MotionEvidence m{.name = name, .wired = is_wired(p)};
    if (!start_.empty()) {
      m.pulled = count(pulled_[i]);
      m.unmoved = count(mul(pulled_[i], eq(p.data(), start_[i])));
    }
    if (m.wired)
      for (const auto& [state, t] : optimizer_.state(optimizer_.index_of(p)))
        m.non_finite_state += t.numel() - count(is_finite(t));
    seen_.push_back(std::move(m));
  }
}

void Motion::add_to(Evidence& e) const {
  if (seen_.empty()) return;
  e.motion = seen_;
  e.motion_steps = start_.empty() ? 0 : kSteps;
  e.learning_rate = rate_;
}

}  // namespace lively::lab
