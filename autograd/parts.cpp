// A batch in parts. The parts meet twice: where they begin, and where what each kept to itself is
// added up in their order.
#include "lively/autograd/parts.h"

#include <span>

#include "lively/autograd/part_scope.h"
#include "lively/autograd/team_gradients.h"
#include "lively/tensor/map.h"
#include "lively/tensor/threads.h"

namespace lively {
namespace {

using detail::Node;
using detail::PartScope;

// The calling thread as part of another's pass: its modes, its listener.
class Inside {
 public:
  Inside(PartScope& scope, const detail::Modes& modes, const detail::Observation& observation)
      : scope_(scope),
        modes_(std::exchange(detail::t_modes, modes)),
        observation_(std::exchange(detail::t_observation, observation)) {
    detail::t_modes.part = &scope;
    if (observation.listener) detail::t_observation.listener = &scope.counts;
  }
  ~Inside() {
    scope_.calls = detail::t_observation.calls;
    detail::t_modes = modes_;
    detail::t_observation = observation_;
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  PartScope& scope_;
  const detail::Modes modes_;
  const detail::Observation observation_;
};

void run_part(PartScope& scope, const std::function<PartLoss(const Part&)>& loss_of) {
  const Part& part = scope.part;
  PartLoss made = loss_of(part);
  check_defined("backward in parts", made.loss);
  if (made.loss.numel() != 1)
    fail<ShapeError>("backward in parts: loss ", made.loss.shape(), ": needs a single element");
  const bool keeps = made.outputs.defined();
  if (keeps && (made.outputs.rank() < 1 || made.outputs.size(0) != part.size()))
    fail<ShapeError>("backward in parts: outputs ", made.outputs.shape(), " of a part of ",
        part.size(), " samples: needs them along axis 0");
  if (keeps) made.outputs.retain_grad();
  scope.loss = made.loss.item();
  made.loss.backward(Tensor::full(made.loss.shape(), part.share(), made.loss.dtype()));
  if (!keeps) return;
  scope.outputs = made.outputs.data();
  scope.outputs_gradient = made.outputs.grad();
}

// The gradients of one leaf, each laid out as its data, and what they come to.
struct LeafSum {
  Node* leaf;
  std::vector<Tensor> of_parts;
  Tensor total;
};

template <class T>
void add_range(const LeafSum& s, T* total, int64_t begin, int64_t end) {
  const T* first = s.of_parts[0].data<T>();
  const T* second = s.of_parts.size() > 1 ? s.of_parts[1].data<T>() : nullptr;
  detail::vectorised<T>([=] {
    for (int64_t i = begin; i < end; ++i) total[i] = second ? first[i] + second[i] : first[i];
  });
  for (std::size_t k = 2; k < s.of_parts.size(); ++k)
    detail::vectorised<T>([=, more = s.of_parts[k].data<T>()] {
      for (int64_t i = begin; i < end; ++i) total[i] += more[i];
    });
}

// All in one region: to split each leaf alone would cost more than the work on most of them.
void add_up(std::vector<LeafSum>& sums) {
  std::vector<std::byte*> to;
  std::vector<int64_t> sizes;
  for (LeafSum& s : sums) {
    const Tensor& like = s.of_parts[0];
    s.total = Tensor::empty_strided(like.shape(), like.strides(), like.dtype());
    to.push_back(s.total.mutable_bytes());
    sizes.push_back(s.total.numel());
  }
  parallel_for_all(sizes, detail::kMapGrain, [&](std::size_t i, int64_t begin, int64_t end) {
    visit_float("gradient", sums[i].total.dtype(), [&](auto zero) {
      add_range(sums[i], reinterpret_cast<decltype(zero)*>(to[i]), begin, end);
    });
  });
}

using Scopes = std::span<const std::unique_ptr<PartScope>>;

// Rows one below the other; undefined where a part has none.
Tensor joined(Scopes scopes, Tensor PartScope::*which) {
  for (const auto& s : scopes)
    if (!((*s).*which).defined()) return {};
  const Tensor& first = (*scopes.front()).*which;
  Shape shape = first.shape();
  shape[0] = scopes.front()->part.batch;
  Tensor all = Tensor::empty(shape, first.dtype());
  for (const auto& s : scopes) all.slice(0, s->part.begin, s->part.end).copy_from((*s).*which);
  return all;
}

// Adds up the gradients of each leaf, in the order of parts.
void add_leaves(Scopes scopes) {
  std::vector<LeafSum> sums;
  for (std::size_t i = 0; i < scopes.size(); ++i)
    for (PartScope::LeafGradient& l : scopes[i]->leaves) {
      if (!l.leaf) continue;  // went with an earlier part's
      sums.push_back({std::exchange(l.leaf, nullptr), {l.gradient}, Tensor()});
      LeafSum& sum = sums.back();
      for (const auto& later : scopes.subspan(i + 1))
        if (auto* same = later->find(*sum.leaf)) {
          sum.of_parts.push_back(same->gradient);
          detail::drop_ref(std::exchange(same->leaf, nullptr));
        }
    }
  add_up(sums);
  for (LeafSum& s : sums) {
    detail::finish_leaf_in_parts(*s.leaf, std::move(s.total));
    detail::drop_ref(s.leaf);
  }
}

void count_draws(Scopes scopes) {
  for (const auto& [counter, next] : scopes.front()->draws) *counter = next;
}

void tell_counts(Scopes scopes, RectifierListener* listener) {
  if (!listener) return;
  std::vector<const detail::PartCounts*> counts;
  for (const auto& s : scopes) counts.push_back(&s->counts);
  detail::PartCounts::tell(*listener, counts);
  detail::t_observation.calls = scopes.front()->calls;
}

BatchParts::Passed whole_of(Scopes scopes) {
  BatchParts::Passed whole;
  for (const auto& s : scopes) whole.loss += s->loss * s->part.share();
  if (Tensor outputs = joined(scopes, &PartScope::outputs); outputs.defined()) {
    Tensor gradient = joined(scopes, &PartScope::outputs_gradient);
    whole.outputs = Variable(std::move(outputs), gradient.defined());
    if (gradient.defined()) whole.outputs.set_grad(std::move(gradient));
  }
  return whole;
}

BatchParts::Passed in_one(int64_t samples, const std::function<PartLoss(const Part&)>& loss_of) {
  const PartLoss made = loss_of({0, samples, samples});
  check_defined("backward in parts", made.loss);
  if (made.outputs.defined()) Variable(made.outputs).retain_grad();
  made.loss.backward();
  return {made.loss.item(), made.outputs};
}

}  // namespace

Tensor Part::of(const Tensor& all) const {
  check_defined("part", all);
  if (all.rank() < 1 || all.size(0) != batch)
    fail<ShapeError>(
        "part: ", all.shape(), ": axis 0 must have the ", batch, " samples of the batch");
  return all.slice(0, begin, end);
}

Part part_under_way() { return detail::t_modes.part ? detail::t_modes.part->part : Part{}; }

struct BatchParts::State {
  Team* team = nullptr;
  NormOver norm = NormOver::batch;
  detail::TeamGradients gradients{};
  std::vector<std::unique_ptr<PartScope>> scopes;
};

BatchParts::BatchParts(Team* team, NormOver norm) : s_(std::make_unique<State>()) {
  s_->team = team && team->size() > 1 ? team : nullptr;
  s_->norm = norm;
}
BatchParts::~BatchParts() = default;

BatchParts::Passed BatchParts::backward(
    int64_t samples, int64_t parts, const std::function<PartLoss(const Part&)>& loss_of) {
  if (parts < 1 || parts > samples)
    fail<ValueError>("backward in parts: ", parts, " parts of ", samples,
        " samples: must be from 1 to the number of samples");
  // The moments of a share need two samples.
  const int64_t least = s_->norm == NormOver::share ? 2 : 1;
  const bool shared_out = s_->team && samples >= least * s_->team->size();
  if (parts == 1 && !shared_out) return in_one(samples, loss_of);
  if (detail::t_modes.part) fail<StateError>("backward in parts: inside a part of another batch");
  const detail::Modes modes = detail::t_modes;
  const detail::Observation observation = detail::t_observation;
  if (observation.listener && observation.listener->wants_pre_activations())
    fail<StateError>(
        "backward in parts: a listener wants pre-activations, which come whole only "
        "in one part");
  if (shared_out) {
    if (s_->scopes.empty()) s_->scopes.push_back(std::make_unique<PartScope>());
    PartScope& scope = *s_->scopes.front();
    return detail::backward_in_team(
        *s_->team, s_->gradients, scope, samples, observation.listener, [&](PartScope& share) {
          share.moments = s_->norm == NormOver::batch ? s_->team : nullptr;
          const Inside inside(share, modes, observation);
          run_part(share, loss_of);
        });
  }
  while (static_cast<int64_t>(s_->scopes.size()) < parts)
    s_->scopes.push_back(std::make_unique<PartScope>());
  const Scopes scopes = Scopes(s_->scopes).first(static_cast<std::size_t>(parts));
  std::mutex one_at_a_time;
  parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      PartScope& scope = *scopes[static_cast<std::size_t>(i)];
      scope.clear({samples * i / parts, samples * (i + 1) / parts, samples});
      scope.counts.begin(observation.listener, &one_at_a_time);
      const Inside inside(scope, modes, observation);
      run_part(scope, loss_of);
    }
  });
  tell_counts(scopes, observation.listener);
  count_draws(scopes);
  add_leaves(scopes);
  return whole_of(scopes);
}

}  // namespace lively
