#include "apps/lab/inquiry/step_again.h"

#include <array>
#include <map>

#include "apps/lab/run/step.h"
#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/tensor/ops.h"

namespace lively::lab {
namespace {

// One like the run's, with or without its decay and what it carries on of earlier gradients.
std::unique_ptr<Optimizer> optimizer_before(const Optimizer& of_run, const KeptState& before,
    const std::vector<Variable>& parameters, double lr, bool residue, bool decay) {
  std::vector<ParameterGroup> groups = of_run.groups_over(parameters);
  for (ParameterGroup& group : groups) {
    group.lr = lr;
    if (!decay) group.weight_decay = 0;
  }
  std::unique_ptr<Optimizer> optimizer = of_run.copy_for(std::move(groups));
  const auto law = of_run.law();
  const std::string first_moment = law ? law->first_moment : "";
  for (std::size_t i = 0; i < optimizer->parameter_count(); ++i) {
    optimizer->set_steps(i, before.steps[i]);
    optimizer->set_renewed(i, before.renewed[i]);
    std::size_t k = 0;
    for (auto& [name, tensor] : optimizer->state(i)) {
      const Tensor& kept = before.optimizer[i][k++];
      if (residue || name != first_moment) tensor.copy_from(kept);
    }
  }
  return optimizer;
}

// shapley() of three players, for each of many numbers: without its allocation.
std::array<double, 3> shapley3(const std::array<double, 8>& v) {
  const auto of = [&](std::size_t i, std::size_t j, std::size_t k) {
    return (v[i] - v[0]) / 3 + (v[i | j] - v[j] + v[i | k] - v[k]) / 6 + (v[7] - v[j | k]) / 3;
  };
  return {of(1, 2, 4), of(2, 1, 4), of(4, 1, 2)};
}

Batch without_sample(const Batch& batch, int64_t sample) {
  std::vector<int64_t> others;
  for (int64_t i = 0; i < batch.size(); ++i)
    if (i != sample) others.push_back(i);
  const Tensor index = Tensor::of(others, {static_cast<int64_t>(others.size())});
  return {gather_rows(batch.inputs, index), gather_rows(batch.labels, index)};
}

}  // namespace

KeptState keep_state(Module& model, const Optimizer& optimizer, int64_t step, int64_t samples) {
  KeptState kept{.step = step,
      .samples = samples,
      .model = {},
      .optimizer = {},
      .steps = {},
      .renewed = {},
      .draws = {}};
  for (const auto& [name, tensor] : model.state_dict())
    kept.model.push_back({name, tensor.clone()});
  for (std::size_t i = 0; i < optimizer.parameter_count(); ++i) {
    kept.steps.push_back(optimizer.steps(i));
    kept.renewed.push_back(optimizer.renewed(i));
    auto& own = kept.optimizer.emplace_back();
    for (const auto& [name, tensor] : optimizer.state(i)) own.push_back(tensor.clone());
  }
  for (const auto& [name, draws] : model.named_draws()) kept.draws.push_back(*draws);
  return kept;
}

void put_state(Module& model, const StateDict& state) {
  StateDict own = model.state_dict();
  for (std::size_t i = 0; i < own.size(); ++i) own[i].value.copy_from(state.at(i).value);
}

StateLayers layers_of_state(Module& model) {
  std::map<std::string, bool> weighted;
  for (const auto& [path, module] : model.named_modules()) weighted[path] = module->as_weighted();
  StateLayers layers;
  for (const auto& [name, tensor] : model.state_dict()) {
    const std::string path = name.substr(0, name.rfind('.'));
    if (weighted[path] && (layers.names.empty() || layers.names.back() != path))
      layers.names.push_back(path);
    layers.of.push_back(layers.names.empty() ? 0 : layers.names.size() - 1);
  }
  return layers;
}

void go_back(Module& model, const KeptState& state) {
  put_state(model, state.model);
  std::size_t i = 0;
  for (auto& [name, draws] : model.named_draws()) *draws = state.draws.at(i++);
  model.zero_grad();
  model.train();
}

std::vector<PartsOfUpdate> parts_of_update(
    Module& model, const Optimizer& of_run, const KeptState& before, const MadeStep& step) {
  go_back(model, before);
  std::array<std::vector<Tensor>, 8>
      moved;  // by which parts took part: gradient 1, residue 2, decay 4
  for (unsigned set = 0; set < moved.size(); ++set) {
    std::vector<Variable> parameters;
    for (const Variable& p : model.parameters())
      parameters.push_back(parameter(p.data().to(Dtype::float64).clone()));
    const auto optimizer = optimizer_before(of_run, before, parameters, step.lr, set & 2, set & 4);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      if (const Tensor& g = step.gradients[i]; g.defined())
        parameters[i].set_grad(
            set & 1 ? g.to(Dtype::float64) : Tensor::zeros(g.shape(), Dtype::float64));
    std::vector<Tensor> starts;
    for (const Variable& p : parameters) starts.push_back(p.data().clone());
    optimizer->step();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      moved[set].push_back(sub(parameters[i].data(), starts[i]).contiguous());
  }
  std::vector<PartsOfUpdate> parts;
  for (std::size_t i = 0; i < moved[0].size(); ++i) {
    const Shape& shape = moved[0][i].shape();
    const auto zeros = [&] { return Tensor::zeros(shape, Dtype::float64); };
    PartsOfUpdate p{zeros(), zeros(), zeros()};
    double* to[] = {p.gradient.mutable_data<double>(), p.residue.mutable_data<double>(),
        p.decay.mutable_data<double>()};
    std::array<const double*, 8> from{};
    for (std::size_t set = 0; set < moved.size(); ++set) from[set] = moved[set][i].data<double>();
    for (int64_t k = 0; k < shape.numel(); ++k) {
      std::array<double, 8> worth{};
      for (std::size_t set = 0; set < moved.size(); ++set) worth[set] = from[set][k];
      const std::array<double, 3> shares = shapley3(worth);
      for (std::size_t j = 0; j < shares.size(); ++j) to[j][k] = shares[j];
    }
    parts.push_back(std::move(p));
  }
  return parts;
}

void step_again(Module& model, const Settings& s, const Optimizer& of_run, const KeptState& before,
    const MadeStep& step, const Without& without) {
  go_back(model, before);
  const Batch batch = without.sample ? without_sample(step.batch, *without.sample) : step.batch;
  const auto optimizer = optimizer_before(
      of_run, before, model.parameters(), step.lr, !without.residue, !without.decay);
  TrainStep(model, *optimizer, s)(batch);
}

}  // namespace lively::lab
