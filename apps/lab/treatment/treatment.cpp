#include "apps/lab/treatment/treatment.h"

#include <algorithm>
#include <cmath>
#include <list>

#include "apps/lab/treatment/ddmin.h"
#include "apps/lab/treatment/ward.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

using Clock = std::chrono::steady_clock;
using Candidates = std::vector<Candidate>;
using Flags = std::vector<const Flag*>;

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
constexpr int64_t kTrain = 10'000, kTest = 2'000;  // pictures of a short twin
constexpr int64_t kLonger = 4;                     // epochs of the next longer one
constexpr int kWanted = 24;                        // short twins that a budget of time should allow
constexpr int64_t kLeastSteps = 20;                // of a short twin
constexpr double kSearch = 0.6;  // of the time; the rest is for twins that confirm
constexpr double kAlike =
    0.9;  // of the best gain: which of two comes first is then a matter of taste
constexpr double kPromises = 0.4;   // of the best gain: may yet heal a longer twin
constexpr std::size_t kFew = 2;     // flags to undo that come before remedies
constexpr int kConfirmed = 3;       // candidates that get a long twin, at most
constexpr std::size_t kPaired = 4;  // of those that came furthest

std::string share(double accuracy) { return percent(accuracy) + " %"; }

class Search {
 public:
  Search(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
      const TreatmentBudget& budget)
      : recipe_(without_files(recipe)),
        data_(data),
        outcome_(outcome),
        suspects_(suspects(recipe_)),
        as_is_{recipe_, "", ""},
        undone_(undo(recipe_, suspects_)),
        purse_{budget, Clock::now(), Clock::now()} {
    const auto in = [&](double seconds) {
      return purse_.began + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(std::min(seconds, 1e6)));
    };
    purse_.until = searched_ = in(kSearch * budget.seconds);
    end_ = in(budget.seconds);
  }

  Treated run();

 private:
  // The run itself is the twin of its length that changes nothing.
  void know_run(Ward& w) const {
    const bool finite = !outcome_.diverged();
    w.know(as_is_, {finite ? outcome_.test.accuracy : 0, outcome_.steps, finite});
  }
  Ward& ward(const TwinLength& length) { return wards_.emplace_back(data_, length, purse_); }
  std::vector<TwinLength> lengths();
  bool tells(Ward& w, const Candidates& singles, bool widely);
  bool heal(Ward& w, const Candidates& list, Treated& to);
  Flags smallest_set(Ward& w, const Flags& flags);
  Candidates pairs(Ward& w, const Candidates& all);
  bool confirm(Ward& w, const Candidate& c, Treated& to);
  std::string why(const Ward& w, const Candidate& c) const;
  void accept(const Ward& w, const Candidate& c, const Ward& by, Treated& to) const;
  bool interrupted() const { return purse_.budget.interrupt && *purse_.budget.interrupt; }
  bool over() const { return purse_.over() || fine_; }

  const Settings recipe_;
  const DataSplits& data_;
  const Outcome& outcome_;
  const std::vector<const Flag*> suspects_;
  const Candidate as_is_, undone_;
  Ward::Purse purse_;
  Clock::time_point searched_, end_;  // until when candidates are sought, and confirmed
  std::list<Ward> wards_;
  Ward* long_ = nullptr;     // where cures are confirmed
  bool whole_ = false;       // it is as long as the run
  double step_seconds_ = 0;  // of a twin on one thread; 0: not measured
  int confirmed_ = 0;        // long twins made
  bool fine_ = false;        // the run itself reached the bar
};

// From the shortest on. A budget of time is shared out by how long a step takes.
std::vector<TwinLength> Search::lengths() {
  const bool timed = purse_.budget.steps == kAll;
  TwinLength brief{kTrain, 1, kTest};
  if (timed) {
    Ward& w = ward({kTrain, 1, 1, 8});
    w.try_all({as_is_, undone_});
    for (const Candidate* c : {&as_is_, &undone_})
      if (const Reached* r = w.reached(*c); r && r->steps > 0)
        step_seconds_ = std::max(step_seconds_, r->seconds / static_cast<double>(r->steps));
    purse_.tried.clear();  // they measured time
    wards_.clear();
    if (step_seconds_ > 0)
      brief.steps =
          std::max(kLeastSteps, static_cast<int64_t>(kSearch * purse_.budget.seconds * threads() /
                                                     kWanted / step_seconds_));
  }
  const int64_t samples = data_.train.size(), epochs = recipe_.epochs;
  const bool cut_short = brief.steps < std::min(samples, kTrain) / recipe_.batch_size;
  if (!cut_short) brief.steps = kAll;
  std::vector<TwinLength> all;
  if (cut_short || samples > kTrain || epochs > 1) all.push_back(brief);
  if (cut_short) {
    all.push_back({kTrain, 1, kTest});
  } else if (epochs > 1 && (samples > kTrain || epochs > kLonger)) {
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
  return as_is && w.learnable() && !w.heals(as_is_);
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
  purse_.until = searched_;
  ++confirmed_;
  if (!long_->reached(c)) {  // the time is over
    accept(w, c, w, to);
    return true;
  }
  fine_ = whole_ && long_->reached(undone_) && long_->heals(as_is_);
  if (fine_ || !long_->heals(c)) return false;
  accept(w, c, *long_, to);
  return true;
}

void Search::accept(const Ward& w, const Candidate& c, const Ward& by, Treated& to) const {
  to.cure = by.told(c);
  to.cure->learned = true;
  to.confirmed = &by == long_;
  to.whole_run = to.confirmed && whole_;
  to.bar = by.bar();
  to.command = command_of(c.recipe);
  to.why = why(w, c);
}

std::string Search::why(const Ward& w, const Candidate& c) const {
  if (!c.culprit.empty()) return c.culprit + " alone keeps it from learning.";
  std::string text;
  int undone = 0;
  for (const Flag* flag : suspects_) {
    const Candidate one = undo(recipe_, {flag});
    if (flag->say(c.recipe) != flag->say(one.recipe)) continue;
    ++undone;
    const Reached* r = w.reached(one);
    text += (text.empty() ? "" : ", ") + one.culprit +
            (r ? " (undone alone: " + (r->finite ? share(r->accuracy) : "diverges") + ")" : "");
  }
  if (undone > 1) return "Each of these keeps it from learning: " + text + ".";
  const auto changed = difference(recipe_, c.recipe);
  if (changed.size() != 1 || changed[0]->name != "--lr") return "";
  if (c.recipe.lr < recipe_.lr)
    return "The learning rate " + number(recipe_.lr) + " is too large for it.";
  return "The learning rate " + number(recipe_.lr) + " is too small for it.";
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

Treated Search::run() {
  Treated to;
  to.run_accuracy = outcome_.test.accuracy;
  to.run_diverged = outcome_.diverged();
  Candidates singles;
  for (const Flag* flag : suspects_) singles.push_back(undo(recipe_, {flag}));

  Candidates promising = singles;
  Ward* telling = nullptr;
  const TwinLength* longer = nullptr;  // than its twins, and still short
  bool healed = false;
  const std::vector<TwinLength> ladder = lengths();
  for (std::size_t rung = 0; rung < ladder.size() && !over(); ++rung) {
    const bool as_long = rung + 1 == ladder.size();
    if (as_long && telling) break;  // the time is for other changes
    Ward& w = ward(ladder[rung]);
    if (as_long) {
      know_run(w);
      long_ = &w, whole_ = true;
    }
    if (!tells(w, promising, rung == 1)) continue;
    telling = &w;
    longer = rung + 2 < ladder.size() ? &ladder[rung + 1] : nullptr;
    if ((healed = heal(w, promising, to)) || confirmed_ >= kConfirmed) break;
    std::erase_if(promising, [&](const Candidate& c) {
      const Reached* r = w.reached(c);
      return !r || r->accuracy - w.majority() < kPromises * (w.best() - w.majority());
    });
    if (promising.empty()) break;  // a longer look at them would show no more
  }
  if (telling && !healed && confirmed_ < kConfirmed) {
    Ward& w = *telling;
    Candidates numbers = scale(recipe_), others = remedies(recipe_), all = singles;
    healed = heal(w, numbers, to);
    if (!healed) {
      Flags flags = smallest_set(w, suspects_);
      Ward* by = &w;
      if (flags.size() > 1 && longer) {  // there fewer may do
        Ward& next = ward(*longer);
        if (const Flags fewer = smallest_set(next, flags); !fewer.empty())
          flags = fewer, by = &next;
      }
      const Candidates set = flags.empty() ? Candidates{} : Candidates{undo(recipe_, flags)};
      healed =
          (flags.size() <= kFew && heal(*by, set, to)) || heal(w, others, to) || heal(*by, set, to);
    }
    if (!healed && !over()) {
      all.insert(all.end(), numbers.begin(), numbers.end());
      all.insert(all.end(), others.begin(), others.end());
      healed = heal(w, pairs(w, all), to);
    }
  }
  for (Ward& w : wards_) w.mark();
  to.tried = purse_.tried;
  to.seconds = purse_.spent_seconds();
  if (healed) return to;
  const Ward* last = telling ? telling : wards_.empty() ? nullptr : &wards_.back();
  if (last) to.bar = last->bar();
  if (interrupted()) {
    to.none = "The treatment was interrupted.";
  } else if (fine_ || (!telling && last && last->learnable())) {
    to.none = "No change is needed to learn: as it is, the recipe comes to at least " +
              percent(kHeals, 0) + " % of what the defaults reach above the commonest class.";
  } else if (!last || !last->learnable()) {
    to.none = "Nothing that was tried learns.";
  } else {
    to.none = "Nothing that was tried heals it.";
  }
  return to;
}

}  // namespace

double treatment_seconds(const Outcome& outcome) { return std::max(10.0, outcome.seconds); }

bool wants_treatment(const Outcome& outcome) {
  return !outcome.interrupted && outcome.diagnosis.verdict != Verdict::healthy;
}

Treated treat(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
    const TreatmentBudget& budget) {
  return Search(recipe, data, outcome, budget).run();
}

}  // namespace lively::lab
