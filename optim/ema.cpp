#include "lively/optim/ema.h"

#include <algorithm>

#include "lively/tensor/map.h"
#include "lively/tensor/spec.h"

namespace lively {

Ema::Ema(const std::vector<Named<Variable>>& parameters, EmaOptions options) : options_(options) {
  if (!(options.decay >= 0 && options.decay < 1))
    fail<ValueError>("ema: decay ", number(options.decay), ": needs 0 to below 1");
  for (const auto& [name, p] : parameters) {
    if (!p.defined()) fail<ValueError>("ema: ", name, ": is undefined");
    if (!p.data().is_contiguous())
      fail<ValueError>("ema: ", name, " ", p.shape(), ": is not row-major");
    for (const Variable& q : parameters_)
      if (q.node() == p.node()) fail<ValueError>("ema: ", name, ": is named twice");
    parameters_.push_back(p);
    averages_.push_back({name, p.data().clone()});
  }
}

void Ema::update() {
  if (applied_) fail<StateError>("ema: the averages are applied: restore before the next update");
  double decay = options_.decay;
  const auto t = static_cast<double>(updates_);
  if (options_.warm_up) decay = std::min(decay, (1 + t) / (10 + t));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& now = parameters_[i].data();
    Tensor& average = averages_[i].value;
    if (updates_ == 0) {
      average.copy_from(now);
      continue;
    }
    // By the difference, so that an average that has arrived stays.
    lively::update(
        "ema",
        [share = 1 - decay](auto& a, auto p) {
          using T = decltype(p);
          a += T(share) * (p - a);
        },
        average, now);
  }
  ++updates_;
}

void Ema::apply() {
  if (applied_) fail<StateError>("ema: the averages are applied already");
  swap();
}

void Ema::restore() {
  if (!applied_) fail<StateError>("ema: the averages are not applied: nothing to restore");
  swap();
}

void Ema::swap() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    lively::update(
        "ema",
        [](auto& p, auto& a) {
          const auto kept = p;
          p = a;
          a = kept;
        },
        parameters_[i].mutable_data(), averages_[i].value);
  }
  applied_ = !applied_;
}

}  // namespace lively
