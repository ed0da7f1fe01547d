#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/liveness/probes.h"
#include "lively/nn/liveness/update_watch.h"
#include "lively/nn/module.h"

namespace lively {

struct LabelledBatch {
  Tensor inputs, labels;  // [N, …], int64 [N]
};

// A set of samples that can be gone through again and again: called, it begins a pass, and gives
// what fetches one batch after the other, false where there are none.
using NextLabelled = std::function<bool(LabelledBatch& batch)>;
using LabelledSet = std::function<NextLabelled()>;

// A vector of batches, or an epoch of a loader, say.
template <class Range>
concept LabelledRange = requires(Range& range) {
  (*range.begin()).inputs;
  (*range.begin()).labels;
  range.end();
};

// Goes through the range once and keeps its tensors, without copies of what they hold.
template <LabelledRange Batches>
LabelledSet labelled_set(Batches&& batches) {
  auto kept = std::make_shared<std::vector<LabelledBatch>>();
  for (const auto& b : batches) kept->push_back({b.inputs, b.labels});
  return [kept] {
    return [kept, at = std::size_t{0}](LabelledBatch& batch) mutable {
      if (at == kept->size()) return false;
      batch = (*kept)[at++];
      return true;
    };
  };
}

struct WatchOptions {
  // Of the run, where they are known: then the updates are judged over exactly the last 100.
  std::optional<int64_t> steps{};
  // Empty: what moves shows who is held, and nobody looks at the optimizer's state.
  OptimizerView optimizer{};
  // The mean loss of a batch of census samples; empty: softmax cross-entropy, of which the entropy
  // of the labels is the measure.
  std::function<double(const Tensor& logits, const Tensor& labels)> loss{};
  bool at_birth = true;   // are the weights as they were drawn? Else nobody knows who was born dead
  std::string command{};  // for the log: what repeats the run
};

// Watches a training loop that it does not make, and gives the verdict on it. It sees the network
// through its module and the steps through their logits and losses, and knows neither optimizer nor
// data set.
//
//   Watch watch(net, census_batches);              // takes a census: who is born dead?
//   for (const Batch& b : loader.epoch(1)) {
//     Variable logits = net(Variable(b.inputs));
//     Variable loss = softmax_cross_entropy(logits, b.labels);
//     optimizer.zero_grad();
//     loss.backward();
//     watch.step(logits, loss, b.labels, lr);      // gradients are there, weights as before
//     optimizer.step();
//   }
//   watch.census();
//   Diagnosis d = watch.verdict();                 // says what it could not look for
//
// It changes no weight, mode or random stream. What the logits' gradient says it sees where they
// are the module's own output, called as net(x) in training mode. The module must outlive it.
class Watch {
 public:
  // Takes a census of the set, which the verdict is about. Throws ValueError if it is empty, and
  // ShapeError or DtypeError if the network's outputs are not [N, K] with int64 labels [N].
  Watch(Module& net, LabelledSet census, WatchOptions options = {});
  template <LabelledRange Batches>
  Watch(Module& net, Batches&& census, WatchOptions options = {})
      : Watch(net, labelled_set(census), std::move(options)) {}
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // After backward() and before the update: logits [N, K], their loss, labels int64 [N], and the
  // learning rate, where there is one. A loss that is not finite is noted with its origin. Throws
  // ShapeError or DtypeError where logits and labels do not fit.
  void step(const Variable& logits, const Variable& loss, const Tensor& labels,
      std::optional<double> learning_rate = {});

  // Counts all units again: deaths and revivals lie between two censuses.
  void census();
  // The same on another set, a part of the first, say, under a name of its own in the log. The
  // verdict rests on the set that the watch was built over all the same.
  void census(const LabelledSet& set, const std::string& name);

  // How the network does on samples that it does not learn from.
  HeldOut held_out(const LabelledSet& set);
  template <LabelledRange Batches>
  HeldOut held_out(Batches&& batches) {
    return held_out(labelled_set(batches));
  }

  // The verdict on the run so far. Takes a census if there was none after the last step.
  Diagnosis verdict(const Probes& probes = {});

  int64_t steps() const;
  const LifeHistory& life() const;
  const Evidence& evidence() const;  // of the last verdict

  // The run as lines of a log, a JSON object each (apps/README.md): config, train, eval, liveness,
  // units, death, revival, and once there is a verdict evidence and final. `write_lines` makes a
  // file of them.
  std::vector<std::string> history() const;

 private:
  struct State;
  std::unique_ptr<State> s_;
};

}  // namespace lively
