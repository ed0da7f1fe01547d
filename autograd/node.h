#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lively/tensor/tensor.h"

// What a Variable points to. Ops never touch this: they say `differentiable` and `grad`.

namespace lively::detail {

using Hook = std::function<Tensor(const Tensor& gradient)>;

// One value of the graph and how its gradient flows on, in one pooled block: a node of an op
// is followed by its edges and gradient closures (differentiable.h).
//
// Two counts: `handles` are the Variables, and with the last of them the data goes, since the
// graph needs only shape and dtype; `refs` are the edges from later nodes, plus one for all
// handles together, and with the last of them the node goes.
struct Node {
  std::atomic<int32_t> refs{1};
  std::atomic<int32_t> handles{1};
  const char* op = nullptr;  // null for a leaf
  uint64_t sequence = 0;     // order of creation; leaves are 0, so they come last in backward
  Node* next_to_free = nullptr;
  bool requires_grad = false;
  bool retains_grad = false;  // keep the gradient though this is no leaf
  bool ran = false;           // backward has used up the closures
  bool in_part = false;       // made inside a part of a batch (parts.h)
  int edge_count = 0;
  Node** edges = nullptr;  // inputs; null where no gradient is wanted
  std::size_t bytes = sizeof(Node);
  Tensor data;
  Tensor grad;     // what the user sees
  Tensor pending;  // what has arrived in the backward pass under way
  Shape shape;
  Dtype dtype{};
  void (*run)(Node&, const Tensor& gradient) = nullptr;
  void (*drop)(Node&) noexcept = nullptr;     // destroys the closures
  void (*destroy)(Node&) noexcept = nullptr;  // the destructor of the full type
  std::unique_ptr<std::vector<Hook>> hooks;

  bool is_leaf() const { return op == nullptr; }
};

Node* new_leaf(Tensor data);
// Fills in what all op nodes share.
void open_node(Node& node, const char* op, Tensor data);
// Throws StateError if `t` has a NaN or an infinity: the anomaly mode's check.
void check_finite(const char* op, const char* what, const Tensor& t);

inline void add_ref(Node* n) { n->refs.fetch_add(1, std::memory_order_relaxed); }
void free_nodes(Node* n) noexcept;  // and all that only it keeps, without recursion
inline void drop_ref(Node* n) noexcept {
  if (n->refs.load(std::memory_order_acquire) == 1 ||
      n->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
    free_nodes(n);
}

// Hands a gradient on to an input: sums it back over broadcast axes, checks its dtype, adds
// it to what has arrived. An undefined gradient counts as zero.
void deliver(Node* to, Tensor gradient);

// Calls the hooks of a leaf with a gradient that was added up from parts, and adds it to what it
// has.
void finish_leaf_in_parts(Node& leaf, Tensor gradient);

// The number of nodes alive on this thread, for leak tests.
int64_t live_nodes();

}  // namespace lively::detail
