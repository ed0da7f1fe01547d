#include "apps/lab/examine.h"

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/data/loader.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/starved.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {

namespace {

constexpr int64_t kBatch = 500;

// Sums become means.
void finish(Examination& e, int64_t right, int64_t samples) {
  const double n = static_cast<double>(samples);
  e.loss /= n;
  e.accuracy = static_cast<double>(right) / n;
  e.accuracy_se = std::sqrt(e.accuracy * (1 - e.accuracy) / n);
}

}  // namespace

Variable loss_of(const std::string& name, const Variable& logits, const Tensor& labels) {
  return name == "clipped_cross_entropy" ? clipped_cross_entropy(logits, labels)
                                         : softmax_cross_entropy(logits, labels);
}

int64_t correct(const Tensor& logits, const Tensor& labels) {
  const Tensor best = argmax(logits, 1);
  int64_t n = 0;
  for (int64_t i = 0; i < labels.numel(); ++i)
    n += best.data<int64_t>()[i] == labels.data<int64_t>()[i];
  return n;
}

Examination evaluate(Module& model, const Dataset& data, const std::string& loss) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  Examination e;
  int64_t right = 0;
  for (const Batch& batch : DataLoader(data, {.batch_size = kBatch}).epoch(0)) {
    const Variable logits = model(Variable(batch.inputs));
    e.loss += loss_of(loss, logits, batch.labels).item() * static_cast<double>(batch.size());
    right += correct(logits.data(), batch.labels);
  }
  finish(e, right, data.size());
  return e;
}

Examination examine(Module& model, const Dataset& data, const std::string& loss, CensusMode mode) {
  const DataLoader loader(data, {.batch_size = kBatch});
  Epoch pass = loader.epoch(0);
  Batch batch;
  Examination e;
  int64_t right = 0;
  e.census = take_census(
      model,
      [&](Tensor& inputs) {
        const bool more = pass.next(batch);
        inputs = batch.inputs;
        return more;
      },
      [&](const Tensor& logits) {
        const double mean = loss_of(loss, Variable(logits), batch.labels).item();
        e.loss += mean * static_cast<double>(batch.size());
        right += correct(logits, batch.labels);
      },
      mode);
  finish(e, right, data.size());
  return e;
}

void find_starved(Module& model, const Dataset& data, const std::string& loss, Census& census) {
  const DataLoader loader(data, {.batch_size = kBatch});
  Epoch pass = loader.epoch(0);
  Batch batch;
  lively::find_starved(
      model,
      [&](Tensor& inputs) {
        const bool more = pass.next(batch);
        inputs = batch.inputs;
        return more;
      },
      [&](const Variable& logits) { return loss_of(loss, logits, batch.labels); }, census);
}

}  // namespace lively::lab
