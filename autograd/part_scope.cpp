#include "lively/autograd/part_scope.h"

#include <algorithm>

namespace lively {
namespace detail {

void PartCounts::begin(RectifierListener* outer, std::mutex* one_at_a_time) {
  outer_ = outer;
  one_at_a_time_ = one_at_a_time;
  made_ = 0;
}

UnitCounts* PartCounts::counts(const RectifierSite& site) {
  if (made_ == calls_.size()) calls_.emplace_back();
  Call& call = calls_[made_++];
  call.site = site;
  call.path = site.path;
  {
    const std::lock_guard lock(*one_at_a_time_);
    call.wanted = outer_->counts(site) != nullptr;
  }
  if (!call.wanted) return nullptr;
  call.counts.samples = 0;
  const auto units = static_cast<std::size_t>(site.units);
  for (auto* of : {&call.counts.fired, &call.counts.poisoned, &call.counts.active})
    of->assign(units, 0);
  return &call.counts;
}

void PartCounts::activated(const RectifierSite& site, Variable& y) {
  const std::lock_guard lock(*one_at_a_time_);
  outer_->activated(site, y);
}

void PartCounts::sum(Team& team) {
  std::vector<int64_t> all{static_cast<int64_t>(made_)};
  for (std::size_t k = 0; k < made_; ++k) {
    const UnitCounts& c = calls_[k].counts;
    if (!calls_[k].wanted) continue;
    all.push_back(c.samples);
    for (const auto* of : {&c.fired, &c.poisoned, &c.active})
      all.insert(all.end(), of->begin(), of->end());
  }
  if (all.size() == 1) return;
  team.sum(all);
  auto next = all.begin() + 1;
  for (std::size_t k = 0; k < made_; ++k) {
    UnitCounts& c = calls_[k].counts;
    if (!calls_[k].wanted) continue;
    c.samples = *next++;
    for (auto* of : {&c.fired, &c.poisoned, &c.active})
      for (int64_t& n : *of) n = *next++;
  }
}

void PartCounts::tell(RectifierListener& outer, const std::vector<const PartCounts*>& parts) {
  const PartCounts& first = *parts.front();
  for (std::size_t k = 0; k < first.made_; ++k) {
    RectifierSite site = first.calls_[k].site;
    site.path = first.calls_[k].path;
    for (const PartCounts* p : parts)
      if (p->made_ != first.made_ || p->calls_[k].site.units != site.units)
        fail<StateError>("backward in parts: ", site.op, " call ", site.call,
            ": the parts of a batch did not take the same course");
    if (!first.calls_[k].wanted) continue;
    UnitCounts* to = outer.counts(site);
    for (const PartCounts* p : parts) {
      const UnitCounts& from = p->calls_[k].counts;
      to->samples += from.samples;
      to->positions = from.positions;
      for (std::size_t u = 0; u < from.fired.size(); ++u) {
        to->fired[u] += from.fired[u];
        to->poisoned[u] += from.poisoned[u];
        to->active[u] += from.active[u];
      }
    }
  }
}

// Every pass asks for the leaves in one order, so the one asked for is nearly always the next.
PartScope::LeafGradient* PartScope::find(const Node& leaf) {
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    at_ = at_ + 1 < leaves.size() ? at_ + 1 : 0;
    if (leaves[at_].leaf == &leaf) return &leaves[at_];
  }
  return nullptr;
}

Tensor& PartScope::gradient_of(Node& leaf) {
  if (LeafGradient* there = find(leaf)) return there->gradient;
  add_ref(&leaf);
  leaves.push_back({&leaf, {}});
  at_ = leaves.size() - 1;
  return leaves.back().gradient;
}

uint64_t PartScope::next_draw(uint64_t& counter) {
  for (auto& [which, next] : draws)
    if (which == &counter) return next++;
  draws.emplace_back(&counter, counter + 1);
  return counter;
}

void PartScope::clear(const Part& now) {
  forget();
  leaves.clear();
  draws.clear();
  running.clear();
  outputs = outputs_gradient = Tensor();
  exchange = nullptr;
  moments = nullptr;
  part = now;
  loss = 0;
}

void PartScope::forget() noexcept {
  for (LeafGradient& l : leaves)
    if (l.leaf) drop_ref(std::exchange(l.leaf, nullptr));
}

uint64_t next_draw(uint64_t& counter) {
  return t_modes.part ? t_modes.part->next_draw(counter) : counter++;
}

}  // namespace detail
}  // namespace lively
