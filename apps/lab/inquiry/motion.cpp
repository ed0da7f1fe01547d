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

void Motion::save(Safetensors& file) const {
  file.tensors.insert_or_assign(
      "motion", Tensor::of(std::vector<double>{static_cast<double>(last_step_), rate_}, {2}));
  for (std::size_t i = 0; i < start_.size(); ++i) {
    file.tensors.insert_or_assign(message("motion.", i, ".start"), start_[i]);
    file.tensors.insert_or_assign(message("motion.", i, ".pulled"), pulled_[i]);
  }
  std::vector<int64_t> seen;
  for (const MotionEvidence& m : seen_)
    seen.insert(seen.end(), {m.wired, m.pulled, m.unmoved, m.non_finite_state});
  if (!seen.empty())
    file.tensors.insert_or_assign(
        "motion.seen", Tensor::of(seen, {static_cast<int64_t>(seen.size())}));
}

void Motion::load(const Safetensors& file) {
  const Tensor& head = file.at("motion");
  if (head.shape() != Shape{2} || head.dtype() != Dtype::float64)
    fail<DataError>("motion: ", head.shape(), ": needs two numbers");
  rate_ = head.data<double>()[1];
  start_.clear();
  pulled_.clear();
  seen_.clear();
  if (static_cast<int64_t>(head.data<double>()[0]) != last_step_) return;
  if (file.tensors.contains("motion.seen")) {
    const Tensor& seen = file.at("motion.seen");
    if (seen.shape() != Shape{4 * static_cast<int64_t>(parameters_.size())} ||
        seen.dtype() != Dtype::int64)
      fail<DataError>("motion.seen: ", seen.shape(), " for ", parameters_.size(),
          " parameters: needs four numbers each");
    const int64_t* n = seen.data<int64_t>();
    for (const auto& [name, p] : parameters_) {
      seen_.push_back({.name = name,
          .wired = n[0] != 0,
          .pulled = n[1],
          .unmoved = n[2],
          .non_finite_state = n[3]});
      n += 4;
    }
  }
  if (!file.tensors.contains("motion.0.start")) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor &start = file.at(message("motion.", i, ".start")),
                 &pulled = file.at(message("motion.", i, ".pulled"));
    const Variable& p = parameters_[i].value;
    if (start.shape() != p.shape() || pulled.shape() != p.shape() || start.dtype() != p.dtype() ||
        pulled.dtype() != Dtype::uint8)
      fail<DataError>(
          "motion.", i, ": ", start.shape(), " and ", pulled.shape(), " for ", p.shape());
    start_.push_back(start.clone());
    pulled_.push_back(pulled.clone());
  }
}

}  // namespace lively::lab
