#include "apps/lab/inquiry/dissection.h"

#include <limits>
#include <map>
#include <numeric>

#include "apps/lab/run/examine.h"
#include "lively/nn/linear.h"
#include "lively/tensor/ops.h"

namespace lively::lab {
namespace {

double dot(const Tensor& a, const std::vector<double>& b) {
  const Tensor flat = a.contiguous();
  const auto v = flat.values<double>();
  return std::inner_product(v.begin(), v.end(), b.begin(), 0.0);
}

}  // namespace

Dissection::Dissection(Module& looker, Module* stepper, const Settings& settings,
    const Optimizer& of_run, const KeptState& before, const StateDict& after, const MadeStep* step)
    : looker_(looker),
      settings_(settings),
      before_(before.model),
      after_(after),
      step_(step),
      adds_up_(of_run.law().value_or(ZeroGradientLaw{}).heavy_ball.has_value()),
      state_(looker.state_dict()),
      layers_(layers_of_state(looker)),
      feeds_(looker) {
  looker_.eval();
  part_of_.resize(state_.size());
  if (!step_) return;
  parts_ = parts_of_update(*stepper, of_run, before, *step_);
  std::map<std::string, const PartsOfUpdate*> by_name;
  std::size_t i = 0;
  for (const auto& [name, p] : looker_.named_parameters()) by_name[name] = &parts_[i++];
  for (std::size_t e = 0; e < state_.size(); ++e)
    if (const auto found = by_name.find(state_[e].name); found != by_name.end())
      part_of_[e] = found->second;
  go_back(*stepper, before);
  batch_ = std::make_unique<Feeds>(*stepper);
  loss_of(settings.loss, batch_->run(Variable(step_->batch.inputs)), step_->batch.labels)
      .backward();
}

void Dissection::put(std::size_t layer, const StateDict& from) {
  for (std::size_t e = 0; e < state_.size(); ++e)
    if (layers_.of[e] == layer) state_[e].value.copy_from(from[e].value);
}

void Dissection::put_all(const StateDict& from) {
  for (std::size_t e = 0; e < state_.size(); ++e) state_[e].value.copy_from(from[e].value);
}

double Dissection::carried_in(const Place& at, const FallSplit& split) {
  const NoGrad no_grad;
  (void)feeds_.run(Variable(at.sample));
  const UnitFeed f = feeds_.feed(at.site, at.unit, 0, at.position);
  return std::inner_product(f.input.begin(), f.input.end(), split.input_lever.begin(), f.carried);
}

// The unit's row of its layer's update; what an update adds to a weight, z falls by its lever less.
void Dissection::own_parts(const std::string& layer, int64_t unit, Cause& c) const {
  UpdateParts weights, bias;
  for (std::size_t e = 0; e < state_.size(); ++e) {
    if (!part_of_[e]) continue;
    const bool is_bias = state_[e].name == layer + ".bias";
    if (!is_bias && state_[e].name != layer + ".weight") continue;
    const auto fall = [&](const Tensor& part) {
      return is_bias ? -part.at({unit}) * c.split.bias_lever
                     : -dot(part.select(0, unit), c.split.weight_lever);
    };
    (is_bias ? bias : weights) = {
        fall(part_of_[e]->gradient), fall(part_of_[e]->residue), fall(part_of_[e]->decay)};
  }
  c.own = UpdateParts{
      weights.gradient + bias.gradient, weights.residue + bias.residue, weights.decay + bias.decay};
  if (c.where == FallBy::weights) c.what = largest_part(weights, c.split.weights);
  if (c.where == FallBy::bias) c.what = largest_part(bias, c.split.bias);
}

// Upstream layers move one after the other, the first first; their falls sum to the input's. The
// layer with the largest is named, and its update taken apart in its turn.
void Dissection::upstream_parts(const Place& at, const std::string& own, Cause& c) {
  put_all(before_);
  double value = carried_in(at, c.split), largest = -std::numeric_limits<double>::infinity();
  std::size_t named = 0;
  for (std::size_t l = 0; l < layers_.names.size(); ++l) {
    if (layers_.names[l] == own) continue;
    put(l, after_);
    const double next = carried_in(at, c.split);
    if (value - next > largest) largest = value - next, named = l;
    value = next;
  }
  if (!(largest > 0)) return;
  c.upstream_layer = layers_.names[named];
  if (!step_) return;
  put_all(before_);
  for (std::size_t l = 0; l < named; ++l)
    if (layers_.names[l] != own) put(l, after_);
  std::array<double, 8> values{};
  for (unsigned set = 0; set < values.size(); ++set) {
    for (std::size_t e = 0; e < state_.size(); ++e) {
      if (layers_.of[e] != named) continue;
      if (!part_of_[e]) {
        state_[e].value.copy_from(after_[e].value);
        continue;
      }
      Tensor moved = before_[e].value.to(Dtype::float64);
      if (set & 1) moved = add(moved, part_of_[e]->gradient);
      if (set & 2) moved = add(moved, part_of_[e]->residue);
      if (set & 4) moved = add(moved, part_of_[e]->decay);
      state_[e].value.copy_from(moved);
    }
    values[set] = carried_in(at, c.split);
  }
  const std::vector<double> rises = shapley(values);
  c.what = largest_part({-rises[0], -rises[1], -rises[2]}, largest);
}

// By how much each sample's part of the gradient moved the blamed layer along what z falls by.
void Dissection::blame_sample(const Place& at, const std::string& own, Cause& c) {
  const bool upstream = c.where == FallBy::upstream;
  if (c.where == FallBy::norm || (upstream && c.upstream_layer.empty())) return;
  const std::string& layer = upstream ? c.upstream_layer : own;
  put_all(before_);
  looker_.zero_grad();
  if (upstream) {
    (void)feeds_.run(Variable(at.sample));
    feeds_.z(at.site, at.unit, 0, at.position).backward();
  }
  Tensor weight, bias;
  for (const auto& [path, module] : looker_.named_modules()) {
    if (path != layer) continue;
    const WeightedLayer& weighted = *module->as_weighted();
    if (upstream) {
      weight = weighted.weight.grad();
      if (weighted.bias.defined()) bias = weighted.bias.grad();
      continue;
    }
    weight = Tensor::zeros(weighted.weight.shape());
    Tensor row = weight.select(0, at.unit);
    if (c.where == FallBy::weights)
      row.copy_from(Tensor::of(c.split.weight_lever, row.shape()).to(Dtype::float32));
    if (weighted.bias.defined()) {
      bias = Tensor::zeros(weighted.bias.shape());
      if (c.where == FallBy::bias)
        bias.mutable_data<float>()[at.unit] = static_cast<float>(c.split.bias_lever);
    }
  }
  if (!weight.defined()) return;
  const auto share = largest_sample(batch_->sample_products(layer, weight, bias));
  if (!share) return;
  c.batch_sample = step_->samples.at(static_cast<std::size_t>(share->sample));
  c.batch_place = share->sample;
  c.batch_sample_share = share->share;
  if (c.what == FallFrom::gradient && share->is_outlier) c.what = FallFrom::outlier_sample;
}

Cause Dissection::of(std::size_t site, int64_t unit, const Peak& peak, const Tensor& sample) {
  Place at{site, unit, 0, sample};
  Cause c;
  c.sample = peak.sample;
  const auto look = [&](const StateDict& state) {
    const NoGrad no_grad;
    put_all(state);
    (void)feeds_.run(Variable(sample));
  };
  look(before_);
  const Feeds::Source source = feeds_.source(site);
  c.unknown = source.unknown;
  if (!c.unknown.empty()) return c;
  at.position = feeds_.largest_at(site, unit, 0);
  const UnitFeed before = feeds_.feed(site, unit, 0, at.position);
  look(after_);
  const UnitFeed after = feeds_.feed(site, unit, 0, at.position);
  c.layer = source.layer;
  c.norm = source.norm;
  c.split = split_fall(before, after);
  c.where = blamed(c.split);
  if (step_) own_parts(source.layer, unit, c);
  if (c.where == FallBy::upstream) upstream_parts(at, source.layer, c);
  if (step_) blame_sample(at, source.layer, c);
  const bool normed = settings_.norm != "none";
  c.approximate = step_ && (!adds_up_ || normed || settings_.clip > 0 || settings_.clip_value > 0 ||
                               c.where == FallBy::upstream);
  return c;
}

}  // namespace lively::lab
