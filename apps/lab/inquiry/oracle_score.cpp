#include <algorithm>
#include <bit>
#include <cmath>

#include "apps/lab/inquiry/certify.h"
#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/words/text.h"

// How the oracle's prophecies fare.

namespace lively::lab {

void Oracle::score(
    const Key& key, const Standing& s, bool right, std::string text, std::vector<Scored>& to) {
  const std::string& layer = sites_[static_cast<std::size_t>(key.first)].name;
  ++(right ? right_[static_cast<std::size_t>(s.prophecy.fate)] : wrong_);
  // What cannot be, happened: a theorem is false, or this program.
  if (!right && s.prophecy.fate != Fate::wakes_at && impossible_++ == 0)
    first_impossible_ = message("Layer ", layer, ", unit ", key.second, ": foretold at step ",
        s.made, " that it ", lively::text(s.prophecy), ". This was wrong: it ", text);
  to.push_back({layer, key.second, s.prophecy, right, std::move(text)});
}

// One line for all of a census.
void Oracle::own_up() {
  if (impossible_ > 0)
    out_.on(Warning{
        "prophecy", message(first_impossible_,
                        impossible_ > 1 ? message(", as were ", impossible_ - 1, " more") : "",
                        ". Please report it.")});
  impossible_ = 0;
}

void Oracle::stepped(int64_t step) {
  if (plant_.pushes(step)) rewritten();
  if (step < next_due_) return;
  ScoreReport report{.step = step, .units = {}};
  next_due_ = INT64_MAX;
  for (auto at = standing_.begin(); at != standing_.end();) {
    auto& [key, s] = *at++;
    const Prophecy& p = s.prophecy;
    if (p.fate != Fate::wakes_at) continue;
    if (step == p.wakes_at || step == p.wakes_at - 1) {
      const bool fires =
          fires_on(sites_[static_cast<std::size_t>(key.first)], key.second, p.sample);
      if (step < p.wakes_at) {
        s.early = fires;
      } else {
        score(key, s, fires && !s.early,
            !fires    ? "did not fire"
            : s.early ? "fired a step before"
                      : "fires since this step",
            report.units);
        standing_.erase(key);
        continue;
      }
    }
    next_due_ = std::min(next_due_, p.wakes_at - 1);
  }
  if (!report.units.empty()) out_.on(report);
}

void Oracle::settle(const Census& census, int64_t step, bool last) {
  ScoreReport report{.step = step, .units = {}};
  std::erase_if(standing_, [&](const auto& one) {  // of a damaged checkpoint
    const auto i = static_cast<std::size_t>(one.first.first);
    return i >= sites_.size() || one.first.second < 0 ||
           one.first.second >= census.layers[i].units();
  });
  for (auto at = standing_.begin(); at != standing_.end();) {
    const auto& [key, s] = *at++;
    const auto i = static_cast<std::size_t>(key.first);
    const bool dead = census.layers[i].is_dead(key.second), tried = s.made < step;
    // What holds a unit below a dead cut is that nothing moves; it may fire where nobody had
    // looked.
    const bool elsewhere = s.prophecy.ground == Ground::dead_cut && census.samples > s.samples;
    const bool fired =
        census.layers[i].counts.fired[static_cast<std::size_t>(key.second)] > 0 &&
        s.prophecy.ground != Ground::norm_bound &&  // that one speaks of training mode
        !elsewhere;
    const auto number = [](float v) { return std::isfinite(v); };
    const bool finite =
        !sites_[i].rows || std::ranges::all_of(sites_[i].rows->values(key.second), number);
    bool done = last || !finite || !dead;
    if (finite && tried) {
      switch (s.prophecy.fate) {
        case Fate::cannot_move: {
          const bool moved = own(sites_[i], key.second) != s.own;
          if (fired || moved || last)
            score(key, s, !fired && !moved,
                fired   ? "fires"
                : moved ? "moved"
                        : "did not move",
                report.units);
          done |= moved;
          break;
        }
        case Fate::moves_cannot_wake:
          if (fired || last) score(key, s, !fired, fired ? "fires" : "did not wake", report.units);
          break;
        case Fate::wakes_at:
          if (fired) score(key, s, false, "fires already", report.units);
          if (last && !fired) ++not_due_;
          break;
        case Fate::only_if_upstream_moves:
          if (census.samples > s.samples) break;  // it may fire where nobody had looked
          if (fired && below(i) != s.below)
            score(key, s, true, "woke, and layers below had moved", report.units);
          if (fired && below(i) == s.below) score(key, s, false, "woke by itself", report.units);
          break;
        case Fate::open:
          break;
      }
    }
    if (done) standing_.erase(key);
  }
  own_up();
  if (!report.units.empty()) out_.on(report);
}

bool Oracle::fires_on(const Site& site, int64_t unit, int64_t sample) const {
  const std::vector<float> own = site.rows->values(unit);
  double z = site.rows->has_bias() ? own.back() : 0;
  if (sample < 0) return z > 0;
  const Tensor x = train_.get(std::span(&sample, 1)).inputs.flatten().contiguous();
  const float* p = x.data<float>();
  for (std::size_t j = 0; j < static_cast<std::size_t>(x.numel()); ++j)
    z += static_cast<double>(own[j]) * p[j];
  return z > 0;
}

void Oracle::finish(const Census& census, int64_t step) {
  if (sites_.size() != census.layers.size()) return;
  settle(census, step, true);
  if (!census.dead() || s_.architecture != Architecture::mlp || s_.norm != "none" ||
      !s_.residual.empty() || !s_.front.empty())
    return;
  std::vector<WeightedLayer*> layers;
  for (const Site& site : sites_) layers.push_back(site.layer);
  out_.on(certify(layers, census, train_, step));
}

std::string Oracle::summary() const {
  constexpr const char* kWhat[] = {"could not move", "moved and did not wake", "woke at their step",
      "woke when a layer below had moved"};
  int64_t right = 0;
  std::string parts;
  for (std::size_t i = 0; i < 4; ++i) {
    right += right_[i];
    if (right_[i]) parts += (parts.empty() ? ": " : ", ") + thousands(right_[i]) + " " + kWhat[i];
  }
  if (right + wrong_ + not_due_ == 0) return {};
  std::string text =
      "Prophecies: " + thousands(right) + " of " + thousands(right + wrong_) + " right" + parts;
  if (not_due_) text += "; " + thousands(not_due_) + " not yet due";
  return text + ".";
}

// A prophecy that stands, with the unit that it is about.
struct Oracle::Row {
  int64_t site = 0, unit = 0;
  Standing s;

  template <class A>
  void keep(A& a) {
    a("site", site), a("unit", unit), a.one_of("fate", s.prophecy.fate, Fate::open);
    a.one_of("ground", s.prophecy.ground, Ground::no_law), a("wakes_at", s.prophecy.wakes_at);
    a("sample", s.prophecy.sample), a("made", s.made), a("own", s.own), a("below", s.below);
    a("early", s.early), a("samples", s.samples);
  }
};

bool Oracle::could_stand(const Row& row) const {
  const Prophecy& p = row.s.prophecy;
  if (p.wakes_at < -1 || p.sample < -1 || p.sample >= train_.size()) return false;
  if (sites_.empty()) return p.fate == Fate::open;
  const auto site = static_cast<std::size_t>(row.site);
  if (site >= sites_.size() || row.unit < 0) return false;
  return !sites_[site].layer || row.unit < sites_[site].layer->weight.size(0);
}

void Oracle::keep(Archive& a) {
  for (std::size_t fate = 0; fate < std::size(right_); ++fate)
    a("right." + std::to_string(fate), right_[fate]);
  a("wrong", wrong_), a("censuses", censuses_);
  int64_t due = next_due_ == INT64_MAX ? -1 : next_due_;  // never
  a("next_due", due);
  next_due_ = due < 0 ? INT64_MAX : due;
  std::vector<Row> rows;
  for (const auto& [key, s] : standing_) rows.push_back({key.first, key.second, s});
  a.rows("standing", rows);
  if (!a.reads()) return;
  standing_.clear();
  for (const Row& row : rows) {
    a.check("standing", could_stand(row), "has one that no run wrote");
    standing_[{row.site, row.unit}] = row.s;
  }
}

}  // namespace lively::lab
