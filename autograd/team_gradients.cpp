#include "lively/autograd/team_gradients.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace lively::detail {
namespace {

constexpr int64_t kBucket = 1 << 20;  // bytes

int64_t bytes_of(Dtype dtype) { return dtype == Dtype::float64 ? 8 : 4; }

[[noreturn]] void fail_course(const char* what) {
  fail<StateError>("backward in a team: ", what,
      ": every pass must give the same leaves their gradients, as often as the first");
}

void append(std::string& to, const Tensor& t) {
  if (!t.defined()) return;
  const Tensor rows = t.contiguous();
  to.append(reinterpret_cast<const char*>(rows.bytes()),
      static_cast<std::size_t>(rows.numel() * bytes_of(rows.dtype())));
}

// What is each one's own becomes the mean of all.
void average(Team& team, std::vector<Tensor>& own) {
  if (own.empty()) return;
  std::vector<double> all;
  const auto each = [&](const auto& use) {
    for (Tensor& t : own)
      visit_float("running moments", t.dtype(), [&](auto zero) {
        for (auto& v : t.template mutable_values<decltype(zero)>()) use(v);
      });
  };
  each([&](auto& v) { all.push_back(static_cast<double>(v)); });
  team.sum(all);
  auto next = all.begin();
  each([&](auto& v) { v = static_cast<std::decay_t<decltype(v)>>(*next++ / team.size()); });
}

// The rows of all, from texts that have them from byte `skip`, a share's after that of the rank
// before.
Tensor joined_tensor(const std::vector<std::string>& texts, std::size_t skip, bool second,
    const Tensor& mine, int64_t samples) {
  Shape shape = mine.shape();
  const int64_t row = mine.numel() / std::max<int64_t>(1, shape[0]) * bytes_of(mine.dtype());
  shape[0] = samples;
  Tensor all = Tensor::empty(shape, mine.dtype());
  std::byte* to = all.mutable_bytes();
  const auto ranks = static_cast<int64_t>(texts.size());
  for (int64_t r = 0; r < ranks; ++r) {
    const auto n =
        static_cast<std::size_t>((samples * (r + 1) / ranks - samples * r / ranks) * row);
    const std::string& text = texts[static_cast<std::size_t>(r)];
    const std::size_t from = skip + (second ? n : 0);
    if (text.size() < from + n) fail_course("a member gave fewer outputs");
    std::memcpy(to, text.data() + from, n);
    to += n;
  }
  return all;
}

}  // namespace

void TeamGradients::begin(Team& team, PartScope& scope) {
  team_ = &team;
  scope_ = &scope;
  scope.exchange = this;
  now_ = 0;
  next_ = 0;
  delivered_.assign(leaves_.size(), 0);
  last_.assign(leaves_.size(), 0);
  for (Bucket& b : buckets_) {
    b.missing = b.leaves;
    b.sum = Tensor::empty({b.numel}, b.dtype);
  }
}

void TeamGradients::delivered(std::size_t i) {
  if (leaves_.empty()) {
    if (i >= delivered_.size()) delivered_.resize(i + 1), last_.resize(i + 1);
    ++delivered_[i];
    last_[i] = now_++;
    return;
  }
  const Tensor& g = scope_->leaves[i].gradient;
  if (i >= leaves_.size()) fail_course("a leaf has a gradient that had none");
  if (g.shape() != leaves_[i].shape || g.dtype() != leaves_[i].dtype)
    fail_course("a leaf has another shape");
  if (++delivered_[i] > leaves_[i].deliveries) fail_course("a leaf was used more often");
  if (delivered_[i] == leaves_[i].deliveries) {
    fill(i);
    send_complete();
  }
  team_->poll();
}

// Buckets in the order in which leaves were complete.
void TeamGradients::plan() {
  const std::size_t n = scope_->leaves.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return last_[i]; });
  for (std::size_t i = 0; i < n; ++i) {
    const Tensor& g = scope_->leaves[i].gradient;
    leaves_.push_back({g.shape(), g.dtype(), delivered_[i], 0, 0});
  }
  for (const std::size_t i : order) {
    Leaf& leaf = leaves_[i];
    if (buckets_.empty() || buckets_.back().dtype != leaf.dtype ||
        buckets_.back().numel * bytes_of(leaf.dtype) >= kBucket)
      buckets_.push_back({leaf.dtype});
    Bucket& b = buckets_.back();
    leaf.bucket = buckets_.size() - 1;
    leaf.offset = b.numel;
    b.numel += leaf.shape.numel();
    ++b.leaves;
  }
  for (Bucket& b : buckets_) {
    b.missing = b.leaves;
    b.sum = Tensor::empty({b.numel}, b.dtype);
  }
}

void TeamGradients::fill(std::size_t i) {
  const Leaf& leaf = leaves_[i];
  Bucket& b = buckets_[leaf.bucket];
  Tensor& g = scope_->leaves[i].gradient;
  b.sum.slice(0, leaf.offset, leaf.offset + g.numel()).reshape(leaf.shape).copy_from(g);
  g = Tensor();
  --b.missing;
}

void TeamGradients::send_complete() {
  for (; next_ < buckets_.size() && buckets_[next_].missing == 0; ++next_)
    team_->begin_sum(buckets_[next_].sum);
}

void TeamGradients::end() {
  if (leaves_.empty()) {
    plan();
    for (std::size_t i = 0; i < leaves_.size(); ++i) fill(i);
    send_complete();
  }
  if (next_ < buckets_.size()) fail_course("a leaf has no gradient that had one");
  team_->finish();
  scope_->exchange = nullptr;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const Leaf& leaf = leaves_[i];
    finish_leaf_in_parts(
        *scope_->leaves[i].leaf, buckets_[leaf.bucket]
                                     .sum.slice(0, leaf.offset, leaf.offset + leaf.shape.numel())
                                     .reshape(leaf.shape));
  }
  scope_->forget();
}

BatchParts::Passed backward_in_team(Team& team, TeamGradients& gradients, PartScope& scope,
    int64_t samples, RectifierListener* listener, const std::function<void(PartScope&)>& run) {
  const int64_t r = team.rank(), ranks = team.size();
  scope.clear({samples * r / ranks, samples * (r + 1) / ranks, samples});
  std::mutex nobody_else;
  scope.counts.begin(listener, &nobody_else);
  gradients.begin(team, scope);
  run(scope);
  // What is left of the pass, first what does not wait for gradients under way.
  std::string mine(sizeof(double), '\0');
  const double loss = scope.loss * scope.part.share();
  std::memcpy(mine.data(), &loss, sizeof loss);
  append(mine, scope.outputs);
  append(mine, scope.outputs_gradient);
  const std::vector<std::string> all = team.gather(mine);
  if (listener) {
    scope.counts.sum(team);
    PartCounts::tell(*listener, {&scope.counts});
    t_observation.calls = scope.calls;
  }
  for (const auto& [counter, next] : scope.draws) *counter = next;
  average(team, scope.running);
  gradients.end();

  BatchParts::Passed whole;
  for (const std::string& text : all) {
    double share = 0;
    std::memcpy(&share, text.data(), sizeof share);
    whole.loss += share;
  }
  if (!scope.outputs.defined()) return whole;
  const bool wanted = scope.outputs_gradient.defined();
  whole.outputs =
      Variable(joined_tensor(all, sizeof(double), false, scope.outputs, samples), wanted);
  if (wanted)
    whole.outputs.set_grad(
        joined_tensor(all, sizeof(double), true, scope.outputs_gradient, samples));
  return whole;
}

}  // namespace lively::detail
