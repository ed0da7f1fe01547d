#include "apps/lab/study/faulty_gradient_test.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/run/examine.h"
#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/tensor/random.h"

namespace lively::lab {
namespace {

// Far from every stream of a training.
constexpr uint64_t kAnew = 0x5eed0000;

GradientReading read(const std::vector<Tensor>& gradients) {
  int64_t zeros = 0, all = 0;
  GradientReading found;
  for (const Tensor& g : gradients) {
    if (!g.defined()) continue;
    const Tensor plain = g.contiguous();
    const float* v = plain.data<float>();
    for (int64_t i = 0; i < plain.numel(); ++i) {
      zeros += v[i] == 0;
      found.largest = std::max(found.largest, static_cast<double>(std::abs(v[i])));
    }
    all += plain.numel();
  }
  found.zeros = all > 0 ? static_cast<double>(zeros) / static_cast<double>(all) : std::nan("");
  return found;
}

GradientReading take(Module& model) {
  std::vector<Tensor> gradients;
  for (const Variable& p : model.parameters()) gradients.push_back(p.grad());
  model.zero_grad();
  return read(gradients);
}

}  // namespace

GradientReading faulty_gradient_test(Module& model, const Settings& recipe, const Batch& batch) {
  initialize(model, Initializer::parse(recipe.init), Seed{recipe.seed + kAnew},
      Initializer::parse(recipe.bias_init));
  model.zero_grad();
  sum(softmax(model(Variable(batch.inputs)), 1)).backward();
  return take(model);
}

GradientReading read_loss_gradient(Module& model, const Settings& recipe, const Batch& batch) {
  model.zero_grad();
  loss_of(recipe.loss, model(Variable(batch.inputs)), batch.labels).backward();
  return take(model);
}

double softmax_sum_zeros(double deviation, int64_t count, int64_t classes, uint64_t seed) {
  Tensor values = Tensor::empty({count, classes}, Dtype::float32);
  Stream stream(Seed{seed}, "logits");
  fill_normal(values, stream, 0, deviation);
  const Variable logits(values, true);
  sum(softmax(logits, 1)).backward();
  return read({logits.grad()}).zeros;
}

}  // namespace lively::lab
