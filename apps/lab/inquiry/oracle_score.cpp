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
  if (!right &&
      s.prophecy.fate !=
          Fate::wakes_at)  // what cannot be, happened: a theorem is false, or this program
    out_.on(Warning{"prophecy",
        message("Layer ", layer, ", unit ", key.second, ": foretold at step ", s.made, " that it ",
            lively::text(s.prophecy), ". This was wrong: it ", text, ". Please report it.")});
  to.push_back({layer, key.second, s.prophecy, right, std::move(text)});
}

void Oracle::stepped(int64_t step) {
  if (plant_.pushes(step)) standing_.clear(), next_due_ = INT64_MAX;
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
    const bool fired = census.layers[i].counts.fired[static_cast<std::size_t>(key.second)] > 0 &&
                       s.prophecy.ground != Ground::norm_bound;  // that one speaks of training mode
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
      !s_.residual.empty())
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

void Oracle::keep(Archive& a) {
  std::vector<int64_t> all = state();
  a("standing", all);
  if (a.reads()) restore(all);
}

std::vector<int64_t> Oracle::state() const {
  std::vector<int64_t> all{
      right_[0], right_[1], right_[2], right_[3], wrong_, next_due_, censuses_};
  for (const auto& [key, s] : standing_)
    all.insert(all.end(),
        {key.first, key.second, static_cast<int64_t>(s.prophecy.fate),
            static_cast<int64_t>(s.prophecy.ground), s.prophecy.wakes_at, s.prophecy.sample, s.made,
            std::bit_cast<int64_t>(s.own), std::bit_cast<int64_t>(s.below), s.early, s.samples});
  return all;
}

void Oracle::restore(const std::vector<int64_t>& v) {
  const auto bad = [] { fail<DataError>("oracle: is not what a run wrote"); };
  if (v.size() < 7 || v.size() % 11 != 7) bad();
  std::copy_n(v.begin(), 4, right_);
  wrong_ = v[4], next_due_ = v[5], censuses_ = v[6];
  standing_.clear();
  for (auto p = v.begin() + 7; p != v.end(); p += 11) {
    const auto site = static_cast<std::size_t>(p[0]);
    if (!sites_.empty() && (site >= sites_.size() || p[1] < 0)) bad();
    if (!sites_.empty() && sites_[site].layer && p[1] >= sites_[site].layer->weight.size(0)) bad();
    if (p[2] < 0 || p[2] > static_cast<int64_t>(Fate::open) || p[4] < -1 || p[5] < -1 ||
        p[5] >= train_.size())
      bad();
    if (sites_.empty() && static_cast<Fate>(p[2]) != Fate::open) bad();
    if (p[3] < 0 || p[3] > static_cast<int64_t>(Ground::no_law)) bad();
    standing_[{p[0], p[1]}] = {{static_cast<Fate>(p[2]), static_cast<Ground>(p[3]), p[4], p[5]},
        p[6], std::bit_cast<uint64_t>(p[7]), std::bit_cast<uint64_t>(p[8]), p[9] != 0, p[10]};
  }
}

}  // namespace lively::lab
