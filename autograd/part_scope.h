// internal: what a part of a batch keeps to itself while it is under way, on one thread.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lively/autograd/modes.h"
#include "lively/autograd/node.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/parts.h"
#include "lively/autograd/team.h"

namespace lively::detail {

class TeamGradients;

// The counts of a part's rectifiers, for a listener who must not be told by two threads at once.
class PartCounts final : public RectifierListener {
 public:
  void begin(RectifierListener* outer, std::mutex* one_at_a_time);
  UnitCounts* counts(const RectifierSite& site) override;
  bool wants_results() const override { return outer_->wants_results(); }
  void activated(const RectifierSite& site, Variable& y) override;

  // Adds up what all members of a team have.
  void sum(Team& team);
  // Of this part and the others, in order, to the listener, as one call each. Throws StateError
  // where they did not make the same calls.
  static void tell(RectifierListener& outer, const std::vector<const PartCounts*>& parts);

 private:
  struct Call {
    RectifierSite site;
    std::string path;
    bool wanted;
    UnitCounts counts;
  };
  RectifierListener* outer_ = nullptr;
  std::mutex* one_at_a_time_ = nullptr;
  std::deque<Call> calls_;  // its counts stay where they are
  std::size_t made_ = 0;    // of this pass
};

// Blocks of memory go back to the thread that frees them, so a part's tensors live until the next
// batch's part of that number clears them: it allocates the same again.
class PartScope {
 public:
  struct LeafGradient {
    Node* leaf;
    Tensor gradient;
  };

  PartScope() = default;
  ~PartScope() { forget(); }
  PartScope(const PartScope&) = delete;
  PartScope& operator=(const PartScope&) = delete;

  // Where the gradient of a leaf is added up.
  Tensor& gradient_of(Node& leaf);
  LeafGradient* find(const Node& leaf);           // null: it has none
  std::size_t asked_last() const { return at_; }  // the place in `leaves` of gradient_of()'s
  uint64_t next_draw(uint64_t& counter);
  void clear(const Part& part);
  void forget() noexcept;  // its leaves

  Part part;
  // Of a part that is the share of this process (team_gradients.h): who adds up its gradients, and
  // who shares batch norm's moments. Null for a thread's, which may not have any.
  TeamGradients* exchange = nullptr;
  Team* moments = nullptr;
  std::vector<Tensor> running;  // that hang on its share of the batch alone
  double loss = 0;
  Tensor outputs, outputs_gradient;
  PartCounts counts;
  int calls = 0;                                      // of rectifiers
  std::vector<LeafGradient> leaves;                   // in the order of their first gradient
  std::vector<std::pair<uint64_t*, uint64_t>> draws;  // counters of random draws, and their next

 private:
  std::size_t at_ = 0;  // where the leaf asked for last stands
};

// counter++, which the parts of a batch do once together.
uint64_t next_draw(uint64_t& counter);

}  // namespace lively::detail
