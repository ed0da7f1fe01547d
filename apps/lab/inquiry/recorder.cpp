#include "apps/lab/inquiry/recorder.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/ops.h"

namespace lively::lab {
namespace {

double squares(const Tensor& t) {
  double total = 0;
  for (const float v : t.values<float>()) total += static_cast<double>(v) * v;
  return total;
}

// Is the softmax of these scores farther than 0.1 from the label, as ‖p - y‖?
bool far_from_label(const float* scores, int64_t classes, int64_t label) {
  double top = scores[0], total = 0, norm = 0;
  for (int64_t k = 1; k < classes; ++k) top = std::max<double>(top, scores[k]);
  for (int64_t k = 0; k < classes; ++k) total += std::exp(scores[k] - top);
  for (int64_t k = 0; k < classes; ++k) {
    const double p = std::exp(scores[k] - top) / total - (k == label);
    norm += p * p;
  }
  return norm > 0.1 * 0.1;
}

}  // namespace

Recorder::Recorder(Module& model) : parameters_(model.named_parameters()) {}

bool Recorder::wants_weights() const { return steps() < 20 || steps() % 20 == 0; }

void Recorder::step(
    double loss, const Tensor& logits, const Tensor& gradient, const Tensor& labels) {
  Fate fate;
  const int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  const float* z = logits.data<float>();
  const float* g = gradient.data<float>();
  const int64_t* y = labels.data<int64_t>();
  for (int64_t i = 0; i < rows; ++i, z += classes, g += classes) {
    ++fate.seen;
    if (std::max_element(z, z + classes) - z == y[i]) continue;
    ++fate.wrong;
    const bool zero = std::all_of(g, g + classes, [](float v) { return v == 0; });
    fate.frozen += zero && far_from_label(z, classes, y[i]);
  }
  Fate& place = fates_[evidence_.losses.size() % kWindow];
  evidence_.samples_seen += fate.seen - place.seen;
  evidence_.wrong += fate.wrong - place.wrong;
  evidence_.wrong_frozen += fate.frozen - place.frozen;
  place = fate;
  evidence_.losses.push_back(loss);
}

void Recorder::before_update() {
  before_.clear();
  double norm = 0;
  for (const auto& [name, p] : parameters_) {
    before_.push_back(p.data().clone());
    norm += squares(before_.back());
  }
  if (wants_weights()) evidence_.weight_norms.push_back(std::sqrt(norm));
}

void Recorder::after_update() {
  std::vector<double> ratios;
  double moved = 0, size = 0;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const Variable& p = parameters_[i].value;
    const double update = squares(sub(p.data(), before_[i])), weight = squares(before_[i]);
    moved += update;
    size += weight;
    if (p.rank() >= 2 && weight > 0) ratios.push_back(std::sqrt(update / weight));
  }
  if (wants_weights())
    evidence_.update_ratios = std::move(ratios);  // a verdict does not hang on what is logged
  update_ratio_ = size > 0 ? std::sqrt(moved / size) : 0;
}

}  // namespace lively::lab
