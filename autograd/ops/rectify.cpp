#include "lively/autograd/ops/rectify.h"

#include "lively/autograd/variable.h"

namespace lively::detail {

Observed::Observed(const char* op, NegativeSide side, const Shape& shape) {
  Observation& observation = t_observation;
  if (!observation.listener) return;
  if (shape.rank() < 2 && side == NegativeSide::flat) return;
  if (shape.rank() < 2) fail<ShapeError>(op, ": ", shape, ": liveness needs [N, units, ...]");
  listener_ = observation.listener;
  path_ = module_path();
  site_ = {.op = op,
      .path = path_,
      .call = observation.calls++,
      .units = shape[1],
      .negative_side = side};
  counts_ = listener_->counts(site_);
  if (counts_ &&
      (counts_->units() != site_.units || counts_->poisoned.size() != counts_->fired.size() ||
          counts_->active.size() != counts_->fired.size()))
    fail<StateError>(op, ": ", shape, " with counts for ", counts_->units(), " units: needs ",
        site_.units, " in fired, poisoned and active");
}

void Observed::count(const Tensor& z) {
  if (!counts_) return;
  const auto keep = [](auto v) { return v; };
  const bool counted = has_rows(z) && visit_float("rectifier", z.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return rectify_rows<T>(Rows(z.shape()), load_of<T>(z), keep, Nowhere(), *counts_, peaks());
  });
  if (!counted) count_units(*counts_, z);
}

void Observed::tell(
    const PreActivations& z, const Tensor& y, std::function<Tensor()> slopes) const {
  RectifierSite site = site_;
  site.activations = y;
  site.slopes = std::move(slopes);
  listener_->rectified(site, z);
}

Variable Observed::activated(Variable y) const {
  if (listener_ && listener_->wants_results()) listener_->activated(site_, y);
  return y;
}

}  // namespace lively::detail
