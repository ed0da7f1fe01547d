#pragma once

#include <functional>
#include <memory>

#include "lively/autograd/variable.h"

namespace lively {

class Team;

// Samples [begin, end) of a batch.
struct Part {
  int64_t begin = 0, end = 0;
  int64_t batch = 0;  // samples of the whole batch

  int64_t size() const { return end - begin; }
  double share() const { return static_cast<double>(size()) / static_cast<double>(batch); }
  // Its samples of a tensor of the batch: a view. Throws ShapeError unless axis 0 has `batch`
  // places.
  Tensor of(const Tensor& all) const;
};

// The part that the calling thread runs; outside of any, one of no samples.
Part part_under_way();

// What a part came to: the mean loss of its samples, a single element, and if somebody wants them,
// outputs [n, …].
struct PartLoss {
  PartLoss(Variable mean_loss, Variable its_outputs = {})
      : loss(std::move(mean_loss)), outputs(std::move(its_outputs)) {}
  Variable loss, outputs;
};

// Runs forward and backward on a batch in parts, each on one thread from end to end: in a small
// network a second thread gains nothing within an op.
//
//   BatchParts parts;
//   for (const Batch& b : loader.epoch(1)) {
//     optimizer.zero_grad();
//     const auto [loss, logits] = parts.backward(b.size(), parts_for(net, b.size()), [&](Part p) {
//       const Variable out = net(Variable(p.of(b.inputs)));
//       return PartLoss(softmax_cross_entropy(out, p.of(b.labels)), out);
//     });
//     optimizer.step();
//   }
//
// As if the batch had come whole, but for rounding: gradients of leaves are added up in the order
// of the parts, and hooks on leaves see the sum; a listener of rectifiers is told their counts
// once, added up; dropout draws for a sample what it would draw for it in the whole batch. The same
// bits at one number of parts, whatever threads run them. What is made once for all parts from
// parameters, and what hangs on the batch as a whole (batch norm's moments in training mode),
// throws StateError; forward hooks and listeners of results are called part by part, hooks by
// several threads at once.
class BatchParts {
 public:
  // What batch norm in training mode takes for its batch, where a team has shared it out: all of
  // it, at the price of two small messages a layer, or the share of each process. By shares,
  // running moments are the means of those of all.
  enum class NormOver : uint8_t { batch, share };

  // With a team, which must outlive it, each process runs a share of its own of every batch, in one
  // part, and all are given what the whole comes to: the same gradients, loss, outputs and counts,
  // bit for bit. All must make the same calls on equal models; a batch of fewer samples than there
  // are processes is run by each as a whole. What a process throws, the others wait for in vain: it
  // is for the team to end that.
  explicit BatchParts(Team* team = nullptr, NormOver norm = NormOver::batch);
  ~BatchParts();
  BatchParts(const BatchParts&) = delete;
  BatchParts& operator=(const BatchParts&) = delete;

  // Of the whole batch.
  struct Passed {
    double loss = 0;   // the mean
    Variable outputs;  // with their gradient; undefined where the parts gave none
  };
  // Calls `loss_of` for each of so many parts, as even as can be, and backward on its loss,
  // weighted by its share of the samples. One part is the batch as it is. Throws ValueError unless
  // 1 <= parts <= samples; what a part throws, when all have ended: then no gradient has changed.
  Passed backward(
      int64_t samples, int64_t parts, const std::function<PartLoss(const Part&)>& loss_of);

 private:
  struct State;
  std::unique_ptr<State> s_;
};

}  // namespace lively
