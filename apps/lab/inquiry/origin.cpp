#include "apps/lab/inquiry/origin.h"

#include "apps/lab/run/examine.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/titles.h"
#include "lively/tensor/ops.h"

namespace lively::lab {
namespace {

// The place in a batch of the first sample with a value that is not finite, if another sample has
// none.
int64_t culprit(const Tensor& t, int64_t batch) {
  if (t.rank() < 1 || t.size(0) != batch || batch < 2) return -1;
  int64_t first = -1, spoilt = 0;
  for (int64_t i = 0; i < batch; ++i) {
    if (all_finite(t.select(0, i))) continue;
    if (spoilt++ == 0) first = i;
  }
  return spoilt < batch ? first : -1;
}

// Training mode, with the random draws of the last pass.
void forward_again(Module& model, const std::string& loss, const Batch& batch) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, true);
  for (auto& [name, draws] : model.named_draws())
    if (*draws > 0) --*draws;
  const DetectAnomaly detect;
  (void)loss_of(loss, model(Variable(batch.inputs)), batch.labels);
}

}  // namespace

NonFinite find_origin(Module& model, const std::string& loss, const Batch& batch,
    const Tensor& samples, int64_t step) {
  const auto parameters = model.named_parameters();
  const Titles titles(model);
  for (auto p = parameters.rbegin(); p != parameters.rend(); ++p) {
    if (all_finite(p->value.data())) continue;
    const auto dot = p->name.rfind('.');
    const std::string layer = p->name.substr(0, dot);
    return {.step = step - 1,
        .where = "the " + p->name.substr(dot + 1) + " of " + titles.of(layer),
        .layer = layer};
  }
  for (int64_t i = 0; i < batch.size(); ++i)
    if (!all_finite(batch.inputs.select(0, i))) {
      const int64_t sample = samples.at({i});
      return {.step = step, .where = message("training sample ", sample), .sample = sample};
    }
  try {
    forward_again(model, loss, batch);
  } catch (const AnomalyError& e) {
    NonFinite origin{.step = step, .where = "the result of " + e.op, .op = e.op, .layer = e.path};
    if (e.path.empty())
      origin.where = "the loss (" + e.op + ")";
    else
      origin.where += " in " + titles.of(e.path);
    if (const int64_t i = culprit(e.tensor, batch.size()); i >= 0) {
      origin.sample = samples.at({i});
      origin.where += message(", training sample ", origin.sample, ",");
    }
    return origin;
  }
  return {.step = step, .where = "the loss"};
}

}  // namespace lively::lab
