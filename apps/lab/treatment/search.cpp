#include "apps/lab/treatment/search.h"

#include <algorithm>

#include "apps/lab/treatment/ddmin.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

using Flags = std::vector<const Flag*>;

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
constexpr int64_t kTrain = 10'000, kTest = 2'000;  // pictures of a short twin
constexpr int64_t kLonger = 4;                     // epochs of the next longer one
constexpr int kWanted = 24;                        // short twins that a budget of time should allow
constexpr int64_t kLeastSteps = 20;                // of a short twin
constexpr double kSpare = 3;                       // twins beside those of the suspects
constexpr double kSearch = 0.6;  // of the time; the rest is for twins that confirm
constexpr double kAlike =
    0.9;  // of the best gain: which of two comes first is then a matter of taste
constexpr double kPromises = 0.4;   // of the best gain: may yet heal a longer twin
constexpr std::size_t kFew = 2;     // flags to undo that come before remedies
constexpr double kSoon = 5;         // seconds that a whole twin may take without a short one before
constexpr int kConfirmed = 3;       // candidates that get a long twin, at most
constexpr std::size_t kPaired = 4;  // of those that came furthest

}  // namespace

Search::Search(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
    const TreatmentBudget& budget)
    : recipe_(without_files(recipe)),
      data_(data),
      outcome_(outcome),
      suspects_(suspects(recipe_)),
      as_is_{recipe_, "", ""},
      undone_(undo(recipe_, suspects_)),
      purse_{budget, healthy() ? kNear : kHeals, Clock::now(), Clock::now()} {
  const auto in = [&](double seconds) {
    return purse_.began + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(std::min(seconds, 1e6)));
  };
  purse_.until = searched_ = in(kSearch * budget.seconds);
  end_ = in(budget.seconds);
}

// From the shortest on. A budget of time is shared out by how long a step takes: where it does not
// do for an epoch of each suspect, the first twins are cut short.
std::vector<TwinLength> Search::lengths() {
  const bool timed = purse_.budget.steps == kAll;
  const int64_t samples = data_.train.size(), epochs = recipe_.epochs;
  const int64_t epoch = std::max<int64_t>(1, std::min(samples, kTrain) / recipe_.batch_size);
  TwinLength brief{kTrain, 1, kTest};
  bool cut_short = false;
  if (timed) {
    Ward& w = ward({kTrain, 1, 1, 8});
    w.try_all({as_is_, undone_});
    for (const Candidate* c : {&as_is_, &undone_})
      if (const Reached* r = w.reached(*c); r && r->steps > 0)
        step_seconds_ = std::max(step_seconds_, r->seconds / static_cast<double>(r->steps));
    purse_.tried.clear();  // they measured time
    wards_.clear();
    if (step_seconds_ > 0) {
      const double steps = purse_.budget.seconds * threads() / step_seconds_,
                   affordable = steps / static_cast<double>(epoch);
      const auto each = std::max(kLeastSteps, static_cast<int64_t>(kSearch * steps / kWanted));
      cut_short = each < epoch && affordable < static_cast<double>(suspects_.size()) + kSpare;
      if (cut_short) brief.steps = each;
    }
  }
  std::vector<TwinLength> all;
  if (cut_short || samples > kTrain || epochs > 1) all.push_back(brief);
  if (cut_short && (samples > kTrain || epochs > 1)) {
    all.push_back({kTrain, 1, kTest});
  } else if (!cut_short && epochs > 1 && (samples > kTrain || epochs > kLonger)) {
    all.push_back({kTrain, std::min(kLonger, epochs), kTest});
  }
  all.push_back({samples, epochs, data_.test.size()});
  return all;
}

// Does a twin of this length show the fault, and what learning is? Where not even the undone recipe
// learns, it looks `widely` for something that does.
bool Search::tells(Ward& w, const Candidates& singles, bool widely) {
  Candidates list{as_is_, undone_};
  list.insert(list.end(), singles.begin(), singles.end());
  w.try_all(list);
  if (widely && !w.learnable())
    for (const Candidates& more : {scale(recipe_), remedies(recipe_)}) w.try_all(more);
  const Reached* as_is = w.reached(as_is_);
  return as_is && w.reached(undone_) && w.learnable() && !w.heals(as_is_);
}

// Does the recipe as it is come near the best? One that learns, and no more than that, is held to
// the higher bar from here on.
bool Search::near_enough(const Ward& w) {
  if (w.heals(as_is_)) purse_.share = kNear;
  return w.heals(as_is_);
}

// Tries a list, and confirms what heals, in the list's order among those that heal alike.
bool Search::heal(Ward& w, const Candidates& list, Treated& to) {
  if (fine_ || interrupted()) return false;
  w.try_all(list);  // once the time for it is over, what was tried before is still of use
  double best = 0;
  for (const Candidate& c : list)
    if (w.heals(c)) best = std::max(best, w.reached(c)->accuracy - w.majority());
  Candidates first, then;
  for (const Candidate& c : list)
    if (w.heals(c))
      (w.reached(c)->accuracy - w.majority() >= kAlike * best ? first : then).push_back(c);
  first.insert(first.end(), then.begin(), then.end());
  for (const Candidate& c : first) {
    if (confirm(w, c, to)) return true;
    if (fine_ || confirmed_ >= kConfirmed || Clock::now() >= end_) return false;
  }
  return false;
}

bool Search::confirm(Ward& w, const Candidate& c, Treated& to) {
  purse_.until = end_;
  const int64_t whole =
      (data_.train.size() + recipe_.batch_size - 1) / recipe_.batch_size * recipe_.epochs;
  if (!long_) {
    int64_t steps = kAll;
    if (step_seconds_ > 0) {
      double slowest = 0;  // measured anew, on more steps than at first
      for (const Candidate* of : {&c, &undone_})
        if (const Reached* r = w.reached(*of))
          slowest = std::max(slowest, r->seconds / static_cast<double>(r->steps));
      step_seconds_ = slowest;
      const auto room = static_cast<int64_t>(0.8 * purse_.left_seconds() / step_seconds_);
      if (room < whole) steps = room;
    }
    whole_ = steps == kAll;
    if (!whole_ && steps < 2 * w.planned_steps(recipe_)) {
      accept(w, c, w, to);  // no room for a longer one
      return true;
    }
    long_ = &ward({data_.train.size(), recipe_.epochs, data_.test.size(), steps});
    if (whole_) know_run(*long_);
  }
  long_->try_all({c, undone_});
  if (&w != long_) purse_.until = searched_;
  ++confirmed_;
  if (!long_->reached(c)) {  // the time is over
    accept(w, c, w, to);
    return true;
  }
  fine_ = whole_ && long_->reached(undone_) && near_enough(*long_);
  if (fine_ || !long_->heals(c)) return false;
  accept(w, c, *long_, to);
  return true;
}

// Of these flags, the fewest whose undoing heals; none where that of all does not.
Flags Search::smallest_set(Ward& w, const Flags& flags) {
  const auto of = [&](const Members& set) {
    Flags some;
    for (const std::size_t i : set) some.push_back(flags[i]);
    return some;
  };
  w.try_all({as_is_, undone_, undo(recipe_, flags)});
  if (!w.heals(undo(recipe_, flags)) || w.heals(as_is_)) return {};
  return of(ddmin(flags.size(), [&](const std::vector<Members>& asked) {
    Candidates list;
    for (const Members& s : asked) list.push_back(undo(recipe_, of(s)));
    w.try_all(list);
    std::vector<bool> good;
    for (const Candidate& c : list) good.push_back(w.heals(c));
    return good;
  }));
}

Candidates Search::pairs(Ward& w, const Candidates& all) {
  Candidates best;
  for (const Candidate& c : all)
    if (w.reached(c)) best.push_back(c);
  std::ranges::stable_sort(best, [&](const Candidate& a, const Candidate& b) {
    return w.reached(a)->accuracy > w.reached(b)->accuracy;
  });
  if (best.size() > kPaired) best.resize(kPaired);
  Candidates pairs;
  for (std::size_t i = 0; i < best.size(); ++i)
    for (std::size_t j = i + 1; j < best.size(); ++j)
      pairs.push_back(both(recipe_, best[i], best[j]));
  return pairs;
}

// What heals, from single flags on; false: nothing was found.
bool Search::search(Treated& to) {
  Candidates singles;
  for (const Flag* flag : suspects_) singles.push_back(undo(recipe_, {flag}));
  Candidates promising = singles;
  const TwinLength* longer = nullptr;  // than the twins that tell, and still short
  const std::vector<TwinLength> ladder = lengths();
  for (std::size_t rung = 0; rung < ladder.size() && !over(); ++rung) {
    const bool as_long = rung + 1 == ladder.size();
    if (as_long && telling_) break;  // the time is for other changes
    Ward& w = ward(ladder[rung]);
    if (as_long) {
      know_run(w);
      long_ = &w, whole_ = true;
      purse_.until = end_;  // what heals here needs no other twin to confirm it
    }
    bool tell = tells(w, promising, rung == 1);
    if (!tell && as_long && w.heals(as_is_)) {
      fine_ = near_enough(w);
      tell = !fine_;
    }
    if (!tell) continue;
    telling_ = &w;
    longer = rung + 2 < ladder.size() ? &ladder[rung + 1] : nullptr;
    if (heal(w, promising, to)) return true;
    if (confirmed_ >= kConfirmed) return false;
    std::erase_if(promising, [&](const Candidate& c) {
      const Reached* r = w.reached(c);
      return !r || r->accuracy - w.majority() < kPromises * (w.best() - w.majority());
    });
    if (promising.empty()) break;  // a longer look at them would show no more
  }
  return telling_ && confirmed_ < kConfirmed && beyond_singles(*telling_, longer, singles, to);
}

bool Search::beyond_singles(
    Ward& w, const TwinLength* longer, const Candidates& singles, Treated& to) {
  const Candidates numbers = scale(recipe_), others = remedies(recipe_);
  if (heal(w, numbers, to)) return true;
  Flags flags = smallest_set(w, suspects_);
  Ward* by = &w;
  if (flags.size() > 1 && longer) {  // there fewer may do
    Ward& next = ward(*longer);
    if (const Flags fewer = smallest_set(next, flags); !fewer.empty()) flags = fewer, by = &next;
  }
  const Candidates set = flags.empty() ? Candidates{} : Candidates{undo(recipe_, flags)};
  if ((flags.size() <= kFew && heal(*by, set, to)) || heal(w, others, to) || heal(*by, set, to))
    return true;
  if (over()) return false;
  Candidates all = singles;
  all.insert(all.end(), numbers.begin(), numbers.end());
  all.insert(all.end(), others.begin(), others.end());
  return heal(w, pairs(w, all), to);
}

bool Search::falls_short() {
  if (suspects_.empty()) return false;
  const auto gain = [](const Ward& w, const Candidate& c) {
    const Reached* r = w.reached(c);
    return r ? r->accuracy - w.majority() : 0;
  };
  const TwinLength length{data_.train.size(), recipe_.epochs, data_.test.size()},
      brief = lengths().front();
  const auto steps = (length.train + recipe_.batch_size - 1) / recipe_.batch_size * recipe_.epochs;
  if (step_seconds_ * static_cast<double>(steps) > kSoon) {
    Ward& w = ward(brief);
    w.try_all({as_is_, undone_});
    const double run = run_accuracy() - w.majority();
    if (!w.learnable() || std::min(gain(w, as_is_), run) >= kNear * gain(w, undone_)) return false;
  }
  Ward& whole = ward(length);
  know_run(whole);
  purse_.until = end_;
  whole.try_all({undone_});
  return whole.reached(undone_) && whole.learnable() && !whole.heals(as_is_);
}

}  // namespace lively::lab
