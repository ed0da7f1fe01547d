#include "lively/nn/liveness/update_watch.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

constexpr int64_t kEvery = 20;  // steps between looks at the gradients

int64_t count(const Tensor& mask) { return static_cast<int64_t>(sum(mask).item()); }

std::optional<double> told(double rate) {
  return std::isfinite(rate) ? std::optional(rate) : std::nullopt;
}

}  // namespace

UpdateWatch::UpdateWatch(Module& model, OptimizerView optimizer, std::optional<int64_t> last_step)
    : parameters_(model.named_parameters()),
      optimizer_(std::move(optimizer)),
      last_step_(last_step) {}

// Does a window begin before this step?
bool UpdateWatch::opens(int64_t step) const {
  if (last_step_) return step == *last_step_ - kSteps + 1;
  return windows_.empty() || step - windows_.back().first >= kSteps;
}

void UpdateWatch::before_update(int64_t step, std::optional<double> learning_rate) {
  step_ = step;
  reached_.clear();
  for (const auto& [name, p] : parameters_) reached_.push_back(p.grad().defined());
  if (opens(step)) {
    if (windows_.size() == 2) windows_.erase(windows_.begin());
    Window& fresh = windows_.emplace_back();
    fresh.first = step;
    for (const auto& [name, p] : parameters_) {
      fresh.start.push_back(p.data().clone());
      fresh.pulled.push_back(Tensor::zeros(p.shape(), Dtype::uint8));
    }
  }
  if (learning_rate) {
    rate_ = std::max(rate_, *learning_rate);
    rates_.push_back(*learning_rate);
    for (Window& w : windows_) w.rate = std::max(w.rate, *learning_rate);
  }
  for (Window& w : windows_) {
    if ((step - w.first) % kEvery != 0 && step != last_step_) continue;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor& g = parameters_[i].value.grad();
      if (g.defined()) w.pulled[i] = maximum(w.pulled[i], ne(g, Tensor::zeros(Shape{}, g.dtype())));
    }
  }
}

// Whoever moves holds it, as far as can be told from outside.
std::optional<bool> UpdateWatch::wired(std::size_t i, const MotionEvidence& seen) const {
  const Variable& p = parameters_[i].value;
  if (!(reached_.empty() ? p.grad().defined() : reached_[i])) return false;
  if (optimizer_.holds) return optimizer_.holds(p);
  if (seen.unmoved < seen.pulled) return true;
  return {};
}

void UpdateWatch::add_to(Evidence& e) const {
  e.motion.clear();
  const Window* w = windows_.empty() ? nullptr : &windows_.front();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, p] = parameters_[i];
    MotionEvidence m{.name = name};
    if (w) {
      m.pulled = count(w->pulled[i]);
      m.unmoved = count(mul(w->pulled[i], eq(p.data(), w->start[i])));
    }
    m.wired = wired(i, m);
    if (optimizer_.non_finite_state)
      m.non_finite_state =
          optimizer_.holds && !optimizer_.holds(p) ? 0 : optimizer_.non_finite_state(p);
    e.motion.push_back(std::move(m));
  }
  e.motion_steps = w ? step_ - w->first + 1 : 0;
  e.learning_rate = told(w ? w->rate : rate_);
  if (!rates_.empty()) {
    std::vector<double> rates = rates_;
    const auto middle = rates.begin() + static_cast<std::ptrdiff_t>((rates.size() - 1) / 2);
    std::ranges::nth_element(rates, middle);
    e.usual_rate = *middle;
  }
  if (optimizer_.nominal_rate) e.nominal_rate = optimizer_.nominal_rate();
}

}  // namespace lively
