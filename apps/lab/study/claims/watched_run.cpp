#include "apps/lab/study/claims/watched_run.h"

#include <cmath>
#include <numeric>

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/run/step.h"
#include "apps/lab/run/training.h"
#include "lively/autograd/ops.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/residual.h"
#include "lively/nn/resnet.h"

namespace lively::lab {
namespace {

constexpr int64_t kPictures = 500;           // that blocks are looked at with
constexpr int64_t kConvolvedCensus = 2'000;  // that a ResNet's census takes, of the training set

int64_t zeros(const Tensor& t) {
  const Tensor plain = t.contiguous();
  int64_t n = 0;
  for (int64_t i = 0; i < plain.numel(); ++i) n += plain.data<float>()[i] == 0;
  return n;
}
double zero_share(const Tensor& t) {
  return static_cast<double>(zeros(t)) / static_cast<double>(t.numel());
}

Batch first_batch(const ImageDataset& set, int64_t size) {
  std::vector<int64_t> first(static_cast<std::size_t>(std::min(size, set.size())));
  std::iota(first.begin(), first.end(), int64_t{0});
  return set.get(first);
}

struct GradientZeros {
  double share = 0;     // of all entries
  bool hidden = false;  // all of the parameters before the output layer's two
};

GradientZeros gradient_zeros(Module& model, const Settings& s, const Batch& batch) {
  const detail::KeepMode keep(model, false);
  model.zero_grad();
  loss_of(s.loss, model(Variable(batch.inputs)), batch.labels).backward();
  const std::vector<Variable> all = model.parameters();
  int64_t zero = 0, entries = 0;
  GradientZeros found{.hidden = all.size() > 2};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int64_t here = zeros(all[i].grad());
    zero += here, entries += all[i].numel();
    if (i + 2 < all.size() && here < all[i].numel()) found.hidden = false;
  }
  model.zero_grad();
  found.share = static_cast<double>(zero) / static_cast<double>(entries);
  return found;
}

// How many blocks give out more zeros than they take in, by shares: sizes may differ.
int64_t blocks_with_more_zeros(Module& model, const Tensor& inputs, int64_t& blocks) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  int64_t more = 0, all = 0;
  std::vector<std::pair<Module*, uint64_t>> hooked;
  for (const auto& [name, module] : model.named_modules())
    if (dynamic_cast<Residual*>(module) || dynamic_cast<ResidualBlock*>(module))
      hooked.emplace_back(
          module, module->register_forward_hook([&](Module&, const Variable& x, const Variable& y) {
            more += zero_share(y.data()) > zero_share(x.data());
            ++all;
          }));
  if (!hooked.empty()) model(Variable(inputs));
  for (const auto& [module, key] : hooked) module->remove_forward_hook(key);
  blocks = all;
  return more;
}

// Of Adam's and its kin's second moments, those that are infinite; NaN: it has none.
double overflowed_share(const Optimizer& optimizer) {
  int64_t infinite = 0, all = 0;
  for (std::size_t i = 0; i < optimizer.parameter_count(); ++i)
    for (const auto& [name, t] : optimizer.state(i)) {
      if (name != "exp_avg_sq") continue;
      for (int64_t k = 0; k < t.numel(); ++k) infinite += std::isinf(t.data<float>()[k]);
      all += t.numel();
    }
  return all > 0 ? static_cast<double>(infinite) / static_cast<double>(all) : std::nan("");
}

double saturation(const Census& census) {
  double sum = 0, n = 0;
  for (const LayerPulse& layer : census.layers)
    if (const auto share = layer.saturation()) sum += *share, ++n;
  return n > 0 ? sum / n : std::nan("");
}

// Rows of the first weight whose unit was dead at birth and still is: how many, and how many of
// them are not what they were.
void first_rows(Module& model, const Tensor& before, const LifeHistory& life, Json& line) {
  line["still"] = line["moved"] = 0;
  const Tensor& now = model.parameters().front().data();
  if (now.shape().rank() != 2 || life.layers().empty() || life.layers()[0].units != now.size(0))
    return;
  int64_t still = 0, moved = 0;
  for (int64_t u = 0; u < now.size(0); ++u) {
    const UnitLife& unit = life.unit(0, u);
    if (!unit.born_dead || !unit.dead || unit.revivals > 0) continue;
    ++still;
    bool same = true;
    for (int64_t i = 0; i < now.size(1); ++i)
      same = same &&
             now.data<float>()[u * now.size(1) + i] == before.data<float>()[u * now.size(1) + i];
    moved += !same;
  }
  line["still"] = still, line["moved"] = moved;
}

void write_layers(const LifeHistory& life, Json& line) {
  for (const char* key : {"units", "born", "dead", "died", "revived"}) line[key] = Json::array();
  for (const LayerLife& l : life.layers()) {
    line["units"].push_back(l.units), line["born"].push_back(l.born_dead);
    line["dead"].push_back(l.dead), line["died"].push_back(l.died);
    line["revived"].push_back(l.revived);
  }
}

double majority_of(const ImageDataset& set) {
  std::vector<int64_t> of(static_cast<std::size_t>(set.classes()));
  for (int64_t i = 0; i < set.size(); ++i)
    ++of[static_cast<std::size_t>(set.labels().data<int64_t>()[i])];
  int64_t most = 0;
  for (const int64_t n : of) most = std::max(most, n);
  return static_cast<double>(most) / static_cast<double>(set.size());
}

}  // namespace

std::optional<Json> watched_run(
    const Settings& s, const DataSplits& data, bool train, const std::atomic<bool>& stop) {
  const auto model = build_model(s, task_of(data));
  const auto optimizer = build_optimizer(s, *model);
  Sinks nobody;
  Training t(*model, *optimizer, s, data, nobody);
  const Batch batch = first_batch(t.data.train, s.batch_size);
  const Tensor pictures = first_batch(t.data.train, kPictures).inputs;
  const ImageDataset set =
      s.architecture == Architecture::resnet ? t.data.train.first(kConvolvedCensus) : t.data.train;
  Json line;
  LifeHistory life;
  const Examination born = examine(*model, set, s.loss);
  life.record(born.census, 0);
  line["majority"] = majority_of(t.data.test);
  line["loss_born"] = or_null(born.loss);
  line["deviation_born"] = or_null(born.census.output_deviation);
  line["saturated"] = or_null(saturation(born.census));
  line["zero_gradients_born"] = gradient_zeros(*model, s, batch).share;
  int64_t blocks = 0;
  line["more_zeros_born"] = blocks_with_more_zeros(*model, pictures, blocks);
  line["blocks"] = blocks;
  const Tensor first = model->parameters().front().data().clone();
  Json accuracies = Json::array(), dead = Json::array();
  const auto note_dead = [&] {
    dead.push_back(life.units() > 0
                       ? static_cast<double>(life.dead()) / static_cast<double>(life.units())
                       : 0.0);
  };
  note_dead();
  TrainStep train_step(*model, *optimizer, s);
  bool finite = true;
  while (train && finite && t.position.epochs < s.epochs) {
    t.epoch = t.position.epochs + 1;
    for (const Batch& b : t.loader.epoch(t.epoch, 0)) {
      if (stop) return std::nullopt;
      ++t.position.steps;
      optimizer->set_lr_factor(t.rate_factor(t.position.steps));
      finite = std::isfinite(train_step(b).loss);
      if (!finite) break;
      t.plant.push(*model, t.position.steps, t.data);
    }
    t.position.epochs = t.epoch;
    const double right = finite ? evaluate(*model, t.data.test, s.loss).accuracy : 0;
    accuracies.push_back(std::isfinite(right) ? right : 0);
    life.record(census_of(*model, set), t.position.steps);
    note_dead();
  }
  line["accuracy"] = accuracies.empty() ? Json(nullptr) : accuracies.back();
  line["accuracies"] = accuracies;
  line["dead_share"] = dead;
  line["diverged"] = !finite;
  line["steps"] = t.position.steps;
  write_layers(life, line);
  first_rows(*model, first, life, line);
  const GradientZeros end = gradient_zeros(*model, s, batch);
  line["zero_gradients"] = end.share;
  line["hidden_zero"] = end.hidden;
  line["more_zeros"] = blocks_with_more_zeros(*model, pictures, blocks);
  line["overflowed"] = or_null(overflowed_share(*optimizer));
  return line;
}

}  // namespace lively::lab
