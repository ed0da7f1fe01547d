#include "lively/autograd/ops/rectify.h"

namespace lively::detail {

Observed::Observed(const char* op, NegativeSide side, const Shape& shape) {
  Observation& observation = t_observation;
  if (!observation.listener) return;
  if (shape.rank() < 2) fail<ShapeError>(op, ": ", shape, ": liveness needs [N, units, ...]");
  listener_ = observation.listener;
  path_ = module_path();
  site_ = {op, path_, observation.calls++, shape[1], side};
  counts_ = listener_->counts(site_);
  if (counts_ && (counts_->units() != site_.units || counts_->poisoned.size() != counts_->fired.size() ||
                  counts_->active.size() != counts_->fired.size()))
    fail<StateError>(op, ": ", shape, " with counts for ", counts_->units(), " units: needs ", site_.units,
                     " in fired, poisoned and active");
}

void Observed::rectified(const Tensor& pre_activations) const {
  if (wants_values()) listener_->rectified(site_, pre_activations);
}

}  // namespace lively::detail
