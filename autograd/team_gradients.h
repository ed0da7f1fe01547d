// internal: a batch whose parts run in the processes of a Team.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lively/autograd/part_scope.h"
#include "lively/autograd/team.h"

namespace lively::detail {

// Adds up the gradients of leaves over a team while backward goes on, as Li et al. (2020), "PyTorch
// Distributed", do: in buckets of about a MiB, since many small messages cost latency, and one
// large one could begin only when all is done. The first pass notes how often each leaf is given a
// part of its gradient, and in which order the leaves were given their last, and adds up at its
// end; later ones hand a bucket over as soon as its last leaf is complete.
class TeamGradients {
 public:
  void begin(Team& team, PartScope& scope);
  // Leaf `i` of the scope was given some of its gradient. Throws StateError where the pass takes
  // another course than the first.
  void delivered(std::size_t i);
  // The sums become the leaves' gradients.
  void end();

 private:
  struct Leaf {
    Shape shape;
    Dtype dtype;
    int64_t deliveries;
    std::size_t bucket;
    int64_t offset;
  };
  struct Bucket {
    Dtype dtype;
    int64_t numel = 0;
    int leaves = 0, missing = 0;
    Tensor sum{};
  };
  void plan();
  void fill(std::size_t i);
  void send_complete();

  Team* team_ = nullptr;
  PartScope* scope_ = nullptr;
  std::vector<Leaf> leaves_;  // in the order of their first gradient; empty: no pass has ended
  std::vector<Bucket> buckets_;
  std::vector<int64_t> delivered_, last_;  // by leaf: how often, and when
  int64_t now_ = 0;
  std::size_t next_ = 0;  // bucket to be sent
};

// Runs this process's share of the batch by `run`, which makes forward and backward in the scope,
// and gives every process what the whole batch comes to. Needs a sample for each.
BatchParts::Passed backward_in_team(Team& team, TeamGradients& gradients, PartScope& scope,
    int64_t samples, RectifierListener* listener, const std::function<void(PartScope&)>& run);

}  // namespace lively::detail
