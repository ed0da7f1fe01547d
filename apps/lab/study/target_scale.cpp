#include "apps/lab/study/target_scale.h"

#include <array>
#include <cmath>
#include <limits>

#include "apps/lab/study/normal_law.h"
#include "apps/lab/study/single_relu.h"
#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/sequential.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr int64_t kSamples = 1500, kFeatures = 6, kFactors = 3, kBumps = 8, kUnits = 200,
                  kBatch = 64;

Tensor normal(const Shape& shape, Stream& stream) {
  Tensor t = Tensor::empty(shape);
  fill_normal(t, stream, 0, 1);
  return t;
}

Tensor standardised(const Tensor& x) {
  const Variable v(x);
  return ((v - mean(v, {0}, true)) / sqrt(var(v, {0}, false, true))).data().contiguous();
}

// PyTorch's default: weights and biases U(±1 / √fan-in).
void draw_weights(Linear& layer, Seed seed, uint64_t index) {
  const std::string bound = number(1 / std::sqrt(static_cast<double>(layer.weight.size(1))));
  const Initializer law = Initializer::parse("random_uniform:-" + bound + "," + bound);
  initialize_layer(layer, law, law, LayerPlace::inner, seed, index);
}

std::unique_ptr<Optimizer> optimizer_of(const Descent& d, std::vector<Variable> parameters) {
  if (d.form == Descent::Form::adam)
    return std::make_unique<Adam>(std::move(parameters), d.lr, AdamOptions{.beta1 = d.beta});
  // m = beta m + (1 - beta) g is (1 - beta) times v = beta v + g.
  const double lr = d.form == Descent::Form::averaging ? d.lr * (1 - d.beta) : d.lr;
  return std::make_unique<SGD>(std::move(parameters), lr, SgdOptions{.momentum = d.beta});
}

double share_nearly_dead(const Linear& hidden) {
  const auto w = hidden.weight.data().values<float>(), b = hidden.bias.data().values<float>();
  const std::size_t in = w.size() / b.size();
  int64_t units = 0;
  for (std::size_t u = 0; u < b.size(); ++u) {
    double squares = 0;
    for (const float v : w.subspan(u * in, in)) squares += static_cast<double>(v) * v;
    units += normal_share(b[u] / std::sqrt(squares)) < kDeadShare;
  }
  return static_cast<double>(units) / static_cast<double>(b.size());
}

TargetMoment look(int64_t updates, Module& model, const Linear& hidden, const Tensor& inputs,
    const Tensor& targets) {
  bool given = false;
  Tensor outputs;
  const Census census = take_census(
      model,
      [&](Tensor& x) {
        if (given) return false;
        x = inputs;
        return given = true;
      },
      [&](const Tensor& y) { outputs = y; });
  const Tensor apart = sub(outputs, targets);
  const double error = mean(mul(apart, apart)).item(), all = mean(mul(targets, targets)).item();
  return {updates, static_cast<double>(census.dead()) / static_cast<double>(census.units()),
      share_nearly_dead(hidden),
      std::isfinite(error) ? error / all : std::numeric_limits<double>::infinity()};
}

bool is_looked_at(int64_t updates) {
  for (int64_t decade = 1; decade <= updates; decade *= 10)
    if (updates == decade || updates == 3 * decade) return true;
  return false;
}

}  // namespace

RegressionSet synthetic_regression(Seed seed) {
  Stream stream(seed, "regression");
  const NoGrad no_grad;
  const Variable factors(normal({kSamples, kFactors}, stream)),
      loadings(normal({kFactors, kFeatures}, stream)), own(normal({kSamples, kFeatures}, stream));
  const Tensor x = standardised((matmul(factors, loadings) + own * 0.5).data());
  const Variable directions(normal({kFeatures, kBumps}, stream)),
      heights(normal({kBumps, 1}, stream)), noise(normal({kSamples, 1}, stream));
  const Variable y = matmul(tanh(matmul(Variable(x), directions)), heights);
  return {x, standardised((Variable(standardised(y.data())) + noise * 0.1).data())};
}

const std::vector<Descent>& descents() {
  using enum Descent::Form;
  // The paper has Adam as its authors give it, and SGD of a rate that it does not state. Each
  // momentum stands beside plain steps of the same length, Adam beside itself without momentum.
  static const std::vector<Descent> all{
      {"adam", adam, 1e-3, 0.9},
      {"adam_without", adam, 1e-3, 0},
      {"sgd", averaging, 0.01, 0},
      {"momentum_averaging", averaging, 0.01, 0.9},
      {"sgd_tenfold", averaging, 0.1, 0},
      {"momentum_accumulating", accumulating, 0.01, 0.9},
  };
  return all;
}

std::optional<std::vector<TargetMoment>> learn_scaled(const Descent& descent, double gamma,
    int64_t updates, const RegressionSet& data, Seed seed, const std::atomic<bool>& stop) {
  const Tensor targets = mul(data.targets, Tensor::scalar(gamma));
  Sequential model;
  auto& hidden = model.add<Linear>(data.inputs.size(1), kUnits);
  model.add<ReLU>();
  auto& last = model.add<Linear>(kUnits, 1);
  draw_weights(hidden, seed, 0), draw_weights(last, seed, 1);
  const auto optimizer = optimizer_of(descent, model.parameters());

  std::vector<TargetMoment> moments{look(0, model, hidden, data.inputs, targets)};
  const int64_t n = data.inputs.size(0), batches = n / kBatch;
  Tensor order;
  for (int64_t update = 0; update < updates; ++update) {
    if (stop) return {};
    const int64_t batch = update % batches;
    if (batch == 0) {
      Stream stream(seed, "order", static_cast<uint64_t>(update / batches));
      order = permutation(n, stream);
    }
    const Tensor rows = order.slice(0, batch * kBatch, (batch + 1) * kBatch);
    optimizer->zero_grad();
    const Variable loss = mse_loss(
        model.forward(Variable(gather_rows(data.inputs, rows))), gather_rows(targets, rows));
    if (!std::isfinite(loss.item())) {
      moments.push_back(look(update, model, hidden, data.inputs, targets));
      moments.back().unexplained = std::numeric_limits<double>::infinity();
      break;
    }
    loss.backward();
    optimizer->step();
    if (is_looked_at(update + 1) || update + 1 == updates)
      moments.push_back(look(update + 1, model, hidden, data.inputs, targets));
  }
  return moments;
}

Json line_of(const std::vector<TargetMoment>& moments) {
  Json all = Json::array();
  for (const TargetMoment& m : moments) {
    Json one = object({{"updates", m.updates}, {"dead", m.dead}, {"nearly_dead", m.nearly_dead}});
    if (std::isfinite(m.unexplained)) one["unexplained"] = m.unexplained;  // JSON has no infinity
    all.push_back(one);
  }
  return object({{"moments", all}});
}

std::vector<TargetMoment> moments_of_line(const Json& line) {
  std::vector<TargetMoment> moments;
  for (const Json& m : line.at("moments"))
    moments.push_back({m.at("updates"), m.at("dead"), m.at("nearly_dead"),
        m.value("unexplained", std::numeric_limits<double>::infinity())});
  return moments;
}

}  // namespace lively::lab
