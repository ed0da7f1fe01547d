// Backward: nodes are popped from a heap by sequence number, newest first. That is an order
// in which every node comes after all that use it, so nothing is sorted or walked twice, and
// nothing recurses.
#include <algorithm>

#include "lively/autograd/modes.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/part_scope.h"
#include "lively/autograd/saved.h"
#include "lively/autograd/team_gradients.h"
#include "lively/autograd/variable.h"
#include "lively/tensor/block_pool.h"
#include "lively/tensor/map.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace detail {
namespace {

thread_local constinit uint64_t t_sequence = 0;
thread_local constinit int64_t t_live = 0;
thread_local std::vector<Node*>* t_heap = nullptr;  // of the backward pass under way

bool older(const Node* a, const Node* b) { return a->sequence < b->sequence; }

void push(Node* n) {
  add_ref(n);
  t_heap->push_back(n);
  std::push_heap(t_heap->begin(), t_heap->end(), older);
}

// Do elements of equal places lie side by side, without gaps?
bool same_layout(const Tensor& a, const Tensor& b) {
  return (a.is_contiguous() && b.is_contiguous()) || (a.strides() == b.strides() && a.is_dense());
}

// Adds `g` to `total`, in place only where nobody else could see it.
void accumulate(Tensor& total, Tensor g) {
  if (!total.defined()) {
    total = std::move(g);
  } else if (total.is_only_handle() && same_layout(total, g)) {
    update(
        "gradient", [](auto& t, auto v) { t += v; }, total, std::as_const(g));
  } else {
    total = map(
        "gradient", [](auto a, auto b) { return a + b; }, total, g);
  }
}

void finish_leaf(Node& n, Tensor g) {
  // Optimizers walk parameters and gradients side by side. A leaf whose handles are gone has no
  // data.
  if (n.data.defined() && !same_layout(n.data, g)) {
    Tensor copy = n.data.is_dense()
                      ? Tensor::empty_strided(n.data.shape(), n.data.strides(), g.dtype())
                      : Tensor::empty(g.shape(), g.dtype());
    copy.copy_from(g);
    g = std::move(copy);
  }
  PartScope* part = t_modes.part;
  if (!part || !n.is_leaf()) return accumulate(n.grad, std::move(g));
  accumulate(part->gradient_of(n), std::move(g));
  if (part->exchange) part->exchange->delivered(part->asked_last());
}

Tensor after_hooks(const Node& n, Tensor g) {
  if (n.hooks) {
    for (const Hook& hook : *n.hooks)
      if (Tensor changed = hook(g); changed.defined()) g = std::move(changed);
  }
  return g;
}

// Frees what a node keeps for its inputs, once nothing more can flow through it.
void release(Node& n) noexcept {
  for (int i = 0; i < n.edge_count; ++i)
    if (n.edges[i]) drop_ref(std::exchange(n.edges[i], nullptr));
  n.edge_count = 0;
  n.drop(n);
}

// One backward pass: its heap, cleared of gradients under way if a closure throws.
class Pass {
 public:
  Pass() : before_(std::exchange(t_heap, &heap_)) {}
  ~Pass() {
    for (Node* n : heap_) {
      n->pending = Tensor();
      drop_ref(n);
    }
    t_heap = before_;
    t_modes.running = nullptr;
  }

  void run(bool retain_graph) {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), older);
      Node* n = heap_.back();
      heap_.pop_back();
      const Keep keep{n};
      step(*n, std::exchange(n->pending, Tensor()), retain_graph);
    }
  }

 private:
  struct Keep {
    Node* node;
    ~Keep() { drop_ref(node); }
  };

  static void step(Node& n, Tensor g, bool retain_graph) {
    g = after_hooks(n, std::move(g));
    if (n.is_leaf()) return finish_leaf(n, std::move(g));
    if (n.retains_grad) finish_leaf(n, g);
    if (n.ran)
      fail<StateError>("backward: ", n.op,
          " was run backward before and its saved tensors are "
          "gone: pass retain_graph the first time");
    t_modes.running = n.op;
    n.run(n, g);
    if (retain_graph) return;
    n.ran = true;
    release(n);
  }

  std::vector<Node*> heap_;
  std::vector<Node*>* before_;
};

}  // namespace

Node* new_leaf(Tensor data) {
  Node* n = new (pool_allocate(sizeof(Node))) Node;
  n->shape = data.shape();
  n->dtype = data.dtype();
  n->data = std::move(data);
  ++t_live;
  return n;
}

void open_node(Node& n, const char* op, Tensor data) {
  ++t_live;
  n.op = op;
  n.sequence = ++t_sequence;
  n.requires_grad = true;
  n.in_part = t_modes.part != nullptr;
  n.shape = data.shape();
  n.dtype = data.dtype();
  n.data = std::move(data);
  if (t_modes.anomaly) check_finite(op, "result", n.data);
}

void free_nodes(Node* first) noexcept {
  // Nodes whose last count goes while one is being freed wait in a list: the depth stays one.
  // Plain pointers, since static Variables go after the destructors of this thread have run.
  thread_local constinit Node* waiting = nullptr;
  thread_local constinit bool busy = false;
  first->next_to_free = std::exchange(waiting, first);
  if (std::exchange(busy, true)) return;
  while (waiting) {
    Node* n = std::exchange(waiting, waiting->next_to_free);
    if (n->drop) release(*n);
    const std::size_t bytes = n->bytes;
    if (n->destroy) {
      n->destroy(*n);
    } else {
      n->~Node();
    }
    pool_free(n, bytes);
    --t_live;
  }
  busy = false;
}

void deliver(Node* to, Tensor g) {
  if (!g.defined()) return;
  if (g.dtype() != to->dtype)
    fail<DtypeError>("backward: ", t_modes.running, " gave a gradient of ", name(g.dtype()),
        " for ", name(to->dtype));
  if (t_modes.anomaly) check_finite(t_modes.running, "gradient", g);
  if (g.shape() != to->shape) g = sum_to(g, to->shape);
  if (to->is_leaf() && (!to->hooks || t_modes.part)) return finish_leaf(*to, std::move(g));
  if (t_modes.part && !to->in_part) [[unlikely]]
    fail<StateError>("backward: ", t_modes.running, " leads out of its part of the batch, to a ",
        to->op, " made before it: make that anew in each part");
  if (!to->pending.defined()) push(to);
  accumulate(to->pending, std::move(g));
}

void finish_leaf_in_parts(Node& leaf, Tensor g) {
  finish_leaf(leaf, after_hooks(leaf, std::move(g)));
}

void check_finite(const char* op, const char* what, const Tensor& t) {
  if (all_finite(t)) return;
  const int64_t bad = t.numel() - static_cast<int64_t>(sum(is_finite(t)).item());
  const std::string path = module_path();
  const std::string range =
      t.numel() ? message(" (", min(t).item(), " to ", max(t).item(), ")") : "";
  throw AnomalyError(message(op, path.empty() ? "" : " in ", path, ": ", what, " ", t.shape(),
                         " has ", bad, " values that are not finite", range),
      op, path, std::string_view(what) == "gradient", t);
}

int64_t live_nodes() { return t_live; }

}  // namespace detail

void Saved::fail_changed() const {
  const char* op = detail::t_modes.running;
  fail<StateError>(op ? op : "saved", ": a tensor ", tensor_.shape(),
      " that backward needs was changed in place since (version ", tensor_.version(), ", saved at ",
      version_, ")");
}

void Variable::backward(bool retain_graph) const {
  check_defined("backward", *this);
  if (numel() != 1)
    fail<ShapeError>(
        "backward: ", shape(), ": needs a single element, or a gradient to start from");
  backward(Tensor::full(shape(), 1, dtype()), retain_graph);
}

void Variable::backward(const Tensor& seed, bool retain_graph) const {
  check_defined("backward", *this, seed);
  if (!requires_grad())
    fail<StateError>("backward: this value does not depend on anything that wants a gradient");
  if (seed.shape() != shape())
    fail<ShapeError>("backward: gradient ", seed.shape(), " for ", shape(), ": must be equal");
  NoGrad no_grad;
  detail::Pass pass;
  detail::t_modes.running = "backward";
  detail::deliver(node_, seed);
  pass.run(retain_graph);
}

}  // namespace lively
