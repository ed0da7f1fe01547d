#include "lively/nn/liveness/update_watch.h"

#include <algorithm>

#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

constexpr int64_t kEvery = 20;  // steps between looks at the gradients

int64_t count(const Tensor& mask) { return static_cast<int64_t>(sum(mask).item()); }

void raise(std::optional<double>& most, double rate) { most = std::max(most.value_or(rate), rate); }

}  // namespace

UpdateWatch::UpdateWatch(Module& model, OptimizerView optimizer, std::optional<int64_t> last_step)
    : parameters_(model.named_parameters()), optimizer_(std::move(optimizer)) {
  s_.last_step = last_step;
}

// Does a window begin before this step?
bool UpdateWatch::opens(int64_t step) const {
  if (s_.last_step) return step == *s_.last_step - kSteps + 1;
  return s_.windows.empty() || step - s_.windows.back().first >= kSteps;
}

void UpdateWatch::before_update(int64_t step, std::optional<double> learning_rate) {
  s_.step = step;
  s_.reached.clear();
  for (const auto& [name, p] : parameters_) s_.reached.push_back(p.grad().defined());
  if (opens(step)) {
    if (s_.windows.size() == 2) s_.windows.erase(s_.windows.begin());
    Window& fresh = s_.windows.emplace_back();
    fresh.first = step;
    for (const auto& [name, p] : parameters_) {
      fresh.start.push_back(p.data().clone());
      fresh.pulled.push_back(Tensor::zeros(p.shape(), Dtype::uint8));
    }
  }
  if (learning_rate) {
    raise(s_.rate, *learning_rate);
    for (Window& w : s_.windows) raise(w.rate, *learning_rate);
  }
  for (Window& w : s_.windows) {
    if ((step - w.first) % kEvery != 0 && step != s_.last_step) continue;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor& g = parameters_[i].value.grad();
      if (g.defined()) w.pulled[i] = maximum(w.pulled[i], ne(g, Tensor::zeros(Shape{}, g.dtype())));
    }
  }
}

// Whoever moves holds it, as far as can be told from outside.
std::optional<bool> UpdateWatch::wired(std::size_t i, const MotionEvidence& seen) const {
  const Variable& p = parameters_[i].value;
  if (!(s_.reached.empty() ? p.grad().defined() : s_.reached[i])) return false;
  if (optimizer_.holds) return optimizer_.holds(p);
  if (seen.unmoved < seen.pulled) return true;
  return {};
}

void UpdateWatch::add_to(Evidence& e) const {
  e.motion.clear();
  const Window* w = s_.windows.empty() ? nullptr : &s_.windows.front();
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
  e.motion_steps = w ? s_.step - w->first + 1 : 0;
  e.learning_rate = w ? w->rate : s_.rate;
}

void UpdateWatch::restore(State s) {
  if (s.last_step != s_.last_step) {
    s.last_step = s_.last_step;
    s.windows.clear();
  }
  if (!s.reached.empty() && s.reached.size() != parameters_.size())
    fail<ValueError>("update watch: ", s.reached.size(), " parameters: needs ", parameters_.size());
  for (const Window& w : s.windows) {
    if (w.start.size() != parameters_.size() || w.pulled.size() != parameters_.size())
      fail<ValueError>("update watch: ", w.start.size(), " and ", w.pulled.size(),
          " parameters: needs ", parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Variable& p = parameters_[i].value;
      if (w.start[i].shape() != p.shape() || w.pulled[i].shape() != p.shape() ||
          w.start[i].dtype() != p.dtype() || w.pulled[i].dtype() != Dtype::uint8)
        fail<ValueError>(
            "update watch: ", w.start[i].shape(), " and ", w.pulled[i].shape(), " for ", p.shape());
    }
  }
  s_ = std::move(s);
}

}  // namespace lively
