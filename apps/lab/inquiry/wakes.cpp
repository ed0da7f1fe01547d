#include "apps/lab/inquiry/wakes.h"

#include <algorithm>
#include <numeric>

#include "lively/autograd/parts.h"

namespace lively::lab {

void Wakes::activated(const RectifierSite& site, Variable& y) {
  const Tensor& all = y.data();
  if (site.negative_side != NegativeSide::zero || all.dtype() != Dtype::float32 || all.rank() < 2 ||
      !all.is_contiguous())
    return;
  const int64_t units = all.size(1),
                places = all.numel() / std::max<int64_t>(1, all.size(0) * units);
  std::vector<int64_t>& rows = rows_[site.call];
  rows.resize(static_cast<std::size_t>(units), -1);
  const int64_t first = part_under_way().begin;
  open_.resize(static_cast<std::size_t>(units));  // those that have not been seen firing
  std::iota(open_.begin(), open_.end(), int64_t{0});
  const float* values = all.data<float>();
  for (int64_t n = all.size(0) - 1; n >= 0 && !open_.empty(); --n)
    for (std::size_t i = 0; i < open_.size();) {
      const float* at = values + (n * units + open_[i]) * places;
      if (std::any_of(at, at + places, [](float v) { return v > 0; })) {
        int64_t& row = rows[static_cast<std::size_t>(open_[i])];
        row = std::max(row, first + n);
        open_[i] = open_.back();
        open_.pop_back();
      } else {
        ++i;
      }
    }
}

// Each member of a team has seen its own share of the batch.
void Wakes::join(Team& team) {
  std::vector<int64_t> mine;
  for (const auto& [call, rows] : rows_) mine.insert(mine.end(), rows.begin(), rows.end());
  for (const std::vector<int64_t>& theirs : gather_numbers(team, mine)) {
    if (theirs.size() != mine.size())
      fail<StateError>("wakes: ", theirs.size(), " units of one member of the team for the ",
          mine.size(), " of another");
    auto next = theirs.begin();
    for (auto& [call, rows] : rows_)
      for (int64_t& row : rows) row = std::max(row, *next++);
  }
}

void Wakes::before_update(Training& t, const Batch&, const Step&) {
  if (!looks_) return;
  if (t.team) join(*t.team);
  for (auto& [call, rows] : rows_) {
    std::vector<Wake>& last = last_[call];
    last.resize(rows.size());
    for (std::size_t u = 0; u < rows.size(); ++u)
      if (rows[u] >= 0)
        last[u] = {t.position.steps, t.order.data<int64_t>()[t.first_of_batch() + rows[u]]};
    rows.clear();
  }
}

std::optional<Wakes::Wake> Wakes::of(std::size_t call, int64_t unit) const {
  const auto found = last_.find(static_cast<int>(call));
  if (found == last_.end() || unit < 0 || unit >= static_cast<int64_t>(found->second.size()))
    return {};
  const Wake w = found->second[static_cast<std::size_t>(unit)];
  return w.step < 0 ? std::nullopt : std::optional(w);
}

}  // namespace lively::lab
