#include "apps/lab/run/examine.h"

#include <cmath>
#include <numeric>
#include <span>

#include "lively/autograd/ops.h"
#include "lively/data/loader.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/evidence.h"
#include "lively/nn/liveness/starved.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {

namespace {

constexpr int64_t kBatch = 500, kConvolved = 100;

// Batches of a set, one after the other; of a team those of this member's share. Each is as it
// would be without one, so that sums of theirs come out to the same bits.
class Batches {
 public:
  Batches(Module& model, const Dataset& data, const Passed& passed, Team* team)
      : size_(batch_of(model)),
        loader_(data, {.batch_size = size_}),
        team_(team),
        begin_(team ? loader_.batches() * team->rank() / team->size() : 0),
        end_(team ? loader_.batches() * (team->rank() + 1) / team->size() : loader_.batches()),
        pass_(loader_.epoch(0, begin_)),
        passed_(passed),
        samples_(data.size()) {}

  bool next() {
    const int64_t at = pass_.position();
    if (passed_ && end_ > begin_)
      passed_(std::min(samples_, samples_ * (at - begin_) / (end_ - begin_)), samples_);
    return at < end_ && pass_.next(batch_);
  }
  NextInputs inputs() {
    return [this](Tensor& inputs) {
      const bool more = next();
      inputs = more ? batch_.inputs : Tensor();
      return more;
    };
  }
  const Batch& at() const { return batch_; }
  SetShare share() const { return {team_, begin_ * size_}; }
  int64_t first() const { return (pass_.position() - 1) * size_; }  // sample of the batch

 private:
  const int64_t size_;  // of a batch
  DataLoader loader_;
  Team* const team_;
  const int64_t begin_, end_;  // batches
  Epoch pass_;
  Batch batch_;
  const Passed& passed_;
  const int64_t samples_;
};

// Of each batch, its losses added up and how many it got right.
struct Marks {
  std::vector<double> losses;
  std::vector<int64_t> right;

  void add(const std::string& loss, const Tensor& logits, const Tensor& labels) {
    losses.push_back(
        loss_of(loss, Variable(logits), labels).item() * static_cast<double>(labels.numel()));
    right.push_back(correct(logits, labels));
  }
  // Those of all, in the order of batches.
  void join(Team& team) {
    const auto joined = [&](auto& mine) {
      const auto all = gather_numbers(team, mine);
      mine.clear();
      for (const auto& theirs : all) mine.insert(mine.end(), theirs.begin(), theirs.end());
    };
    joined(losses), joined(right);
  }
  void tell(Examination& e, int64_t samples) const {
    const double n = static_cast<double>(samples);
    e.loss = std::accumulate(losses.begin(), losses.end(), 0.0) / n;
    e.accuracy = static_cast<double>(std::accumulate(right.begin(), right.end(), int64_t{0})) / n;
    e.accuracy_se = std::sqrt(e.accuracy * (1 - e.accuracy) / n);
  }
};

void add_rows(std::vector<float>& to, const Tensor& logits) {
  const Tensor rows = logits.contiguous();
  to.insert(to.end(), rows.values<float>().begin(), rows.values<float>().end());
}

// The logits that each member has of its share, shown batch by batch.
void show_all(
    Team& team, const std::vector<float>& mine, const Dataset& data, const SeeLogits& see) {
  std::vector<float> all;
  for (const auto& theirs : gather_numbers(team, mine))
    all.insert(all.end(), theirs.begin(), theirs.end());
  const Tensor logits =
      Tensor::of(all, {data.size(), static_cast<int64_t>(all.size()) / data.size()});
  int64_t first = 0;
  for (const Batch& batch : DataLoader(data, {.batch_size = kBatch}).epoch(0)) {
    see(logits.slice(0, first, first + batch.size()), batch.labels, first);
    first += batch.size();
  }
}

}  // namespace

// Samples a second of a pass in batches of 50, 100 and 500: 784-128-128-10 391 k, 461 k and 490 k,
// ResNet-20 2240, 2220 and 2050.
int64_t batch_of(Module& model) {
  for (const auto& [name, module] : model.named_modules())
    if (const WeightedLayer* layer = module->as_weighted(); layer && layer->convolution())
      return kConvolved;
  return kBatch;
}

VisitInputs all_inputs(const Dataset& data) {
  return [&data](const std::function<void(const Tensor&)>& see) {
    const DataLoader loader(data, {.batch_size = kBatch});
    for (const Batch& batch : loader.epoch(0)) see(batch.inputs);
  };
}

std::optional<InputScale> input_scale(const Dataset& data) {
  InputScales scales;
  all_inputs(data)([&](const Tensor& inputs) { scales.add(inputs); });
  return scales.scale();
}

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

Examination evaluate(Module& model, const Dataset& data, const std::string& loss,
    const SeeLogits& see, const Passed& passed, Team* team) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  Batches batches(model, data, passed, team);
  Marks marks;
  int64_t odd = 0;  // batches with logits that are not finite
  std::vector<float> seen;
  while (batches.next()) {
    const Tensor logits = model(Variable(batches.at().inputs)).data();
    marks.add(loss, logits, batches.at().labels);
    odd += !all_finite(logits);
    if (see && !team) see(logits, batches.at().labels, batches.first());
    if (see && team) add_rows(seen, logits);
  }
  if (team) {
    marks.join(*team);
    team->sum(std::span(&odd, 1));
    if (see) show_all(*team, seen, data, see);
  }
  Examination e;
  marks.tell(e, data.size());
  if (odd) e.accuracy = e.accuracy_se = std::nan("");
  return e;
}

Census census_of(Module& model, const Dataset& data, const Passed& passed, Team* team) {
  Batches batches(model, data, passed, team);
  return take_census(model, batches.inputs(), {}, CensusMode::evaluation, batches.share());
}

Examination examine(Module& model, const Dataset& data, const std::string& loss, CensusMode mode,
    const Passed& passed, Team* team) {
  Batches batches(model, data, passed, team);
  Examination e;
  Marks marks;
  e.census = take_census(
      model, batches.inputs(),
      [&](const Tensor& logits) { marks.add(loss, logits, batches.at().labels); }, mode,
      batches.share());
  if (team) marks.join(*team);
  marks.tell(e, data.size());
  return e;
}

void find_starved(Module& model, const Dataset& data, const std::string& loss, Census& census,
    const Passed& passed, Team* team) {
  Batches batches(model, data, passed, team);
  lively::find_starved(
      model, batches.inputs(),
      [&](const Variable& logits) { return loss_of(loss, logits, batches.at().labels); }, census,
      team);
}

}  // namespace lively::lab
