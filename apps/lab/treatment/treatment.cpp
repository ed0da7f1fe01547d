#include "apps/lab/treatment/treatment.h"

#include <algorithm>

#include "apps/lab/treatment/nearest.h"
#include "apps/lab/treatment/ruling.h"
#include "apps/lab/treatment/search.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr double kLearnt = 0.5;  // of what there is to learn, from which a run counts as healthy
constexpr double kHurt = 0.75;   // of the best gain, below which a healthy verdict was wrong
constexpr int kRounds = 3;       // of bisection,
constexpr int kPlaces = 2;       // with so many values in each
constexpr double kNearestTime = 0.5;  // of the time that is left, at most

std::string in_percent(double accuracy) { return percent(accuracy) + " %"; }

}  // namespace

void Search::accept(Ward& w, const Candidate& c, const Ward& by, Treated& to) {
  to.cure = by.told(c);
  to.cure->learned = true;
  to.confirmed = &by == long_;
  to.whole_run = to.confirmed && whole_;
  to.bar = by.bar();
  to.command = command_of(c.recipe);
  // The run itself against twins of its own length, else a twin of it.
  const Ward& beside = by.reached(as_is_) ? by : w;
  const Reached* own = beside.reached(as_is_);
  const double gain = own && own->finite ? own->accuracy - beside.majority() : 0;
  to.run_learned =
      gain > 0 && gain >= (healthy() ? kHurt : kHeals) * (beside.best() - beside.majority());
  to.why = why(w, c, to.run_learned);
  to.verdict = to.run_learned ? as_learned()
               : bears_out(w) ? outcome_.diagnosis.verdict
                              : corrected(outcome_, recipe_, c.recipe);
  find_nearest(w, c, to);
}

// Does a change that tests the run's own verdict heal, too? Then another cure refutes nothing.
bool Search::bears_out(Ward& w) {
  const Verdict v = outcome_.diagnosis.verdict;
  Candidates tests;
  for (const Flag* flag : suspects_) tests.push_back(undo(recipe_, {flag}));
  for (const Candidates& more : {scale(recipe_), remedies(recipe_)})
    tests.insert(tests.end(), more.begin(), more.end());
  std::erase_if(tests, [&](const Candidate& c) {
    const std::vector<Verdict> tested = tested_by(recipe_, c.recipe);
    return std::ranges::find(tested, v) == tested.end();
  });
  const auto one_heals = [&] {
    return std::ranges::any_of(tests, [&](const Candidate& c) { return w.heals(c); });
  };
  if (one_heals()) return true;
  purse_.until = end_;
  w.try_all(tests);
  // What there was no time to try refutes nothing.
  return one_heals() || std::ranges::any_of(tests, [&](const Candidate& c) {
    return goes_together(c.recipe) && !w.reached(c);
  });
}

// On twins as short as those that showed the fault.
void Search::find_nearest(Ward& w, const Candidate& c, Treated& to) {
  std::optional<Border> border = Border::between(recipe_, c.recipe);
  const double cost = step_seconds_ * static_cast<double>(kRounds * w.planned_steps(recipe_));
  if (!border || cost > kNearestTime * purse_.left_seconds()) return;
  purse_.until = end_;
  for (int round = 0; round < kRounds && !purse_.over(); ++round) {
    const Candidates list = border->next(kPlaces);
    w.try_all(list);
    std::vector<bool> heal;
    for (const Candidate& one : list) {
      if (!w.reached(one)) return;
      heal.push_back(w.heals(one));
    }
    border->tell(list, heal);
  }
  const Candidate* nearest = border->nearest();
  if (!nearest) return;
  // As the cure was: a value that does on a short twin may not do on a long one.
  Ward& by = to.confirmed ? *long_ : w;
  by.try_all({*nearest});
  if (!by.heals(*nearest)) return;
  to.nearest = by.told(*nearest);
  to.nearest->learned = true;
}

std::string Search::why(const Ward& w, const Candidate& c, bool learned) const {
  const char* does = learned ? " takes it further" : " lets it learn";
  if (!c.culprit.empty()) return "Undoing " + c.culprit + " alone" + does + ".";
  std::string text;
  int undone = 0;
  for (const Flag* flag : suspects_) {
    const Candidate one = undo(recipe_, {flag});
    if (flag->say(c.recipe) != flag->say(one.recipe)) continue;
    ++undone;
    const Reached* r = w.reached(one);
    text +=
        (text.empty() ? "" : ", ") + one.culprit +
        (r ? " (undone alone: " + (r->finite ? in_percent(r->accuracy) : "diverges") + ")" : "");
  }
  if (undone > 1) return std::string("Undoing all of these") + does + ": " + text + ".";
  const auto changed = difference(recipe_, c.recipe);
  if (changed.size() != 1 || changed[0]->name != "--lr") return "";
  if (c.recipe.lr < recipe_.lr)
    return "The learning rate " + number(recipe_.lr) + " is too large for it.";
  return "The learning rate " + number(recipe_.lr) + " is too small for it.";
}

// Of a run that comes near what its neighbours reach.
Verdict Search::as_learned() const {
  const bool half = outcome_.diagnosis.explained.value_or(0) >= kLearnt;
  return half ? Verdict::healthy : Verdict::unsure;
}

// The recipe with all flags undone was measured beside every other change: where it heals, it is
// a cure, if the most invasive one.
bool Search::last_resort(Treated& to) {
  if (fine_ || interrupted() || !telling_) return false;
  for (Ward* by : {long_, telling_})
    if (by && by->learnable() && by->heals(undone_) && !by->heals(as_is_)) {
      accept(*telling_, undone_, *by, to);
      return true;
    }
  return false;
}

// Why there is no cure.
void Search::give_up(Treated& to) const {
  const Ward* last = telling_ ? telling_ : wards_.empty() ? nullptr : &wards_.back();
  if (last) to.bar = last->bar();
  const bool compared = last && last->reached(undone_);
  if (interrupted()) {
    to.none = "The treatment was interrupted.";
  } else if (fine_) {
    to.none = "No change is needed to learn: as it is, the recipe comes to at least " +
              percent(purse_.share, 0) + " % of what the defaults reach above the commonest class.";
  } else if (!compared || (!telling_ && last->learnable())) {
    to.none = "There was no time for twins long enough to show the fault.";
  } else if (!last->learnable()) {
    to.none = "Nothing that was tried learns.";
  } else {
    to.none = "Nothing that was tried heals it.";
  }
  if (fine_) to.verdict = as_learned();
}

Treated Search::run() {
  Treated to;
  to.run_accuracy = outcome_.test.accuracy;
  to.run_diverged = outcome_.diverged();
  to.run_verdict = outcome_.diagnosis.verdict;
  const bool healed = search(to) || last_resort(to);
  for (Ward& w : wards_) w.mark();
  to.tried = purse_.tried;
  to.seconds = purse_.spent_seconds();
  if (!healed) give_up(to);
  return to;
}

double treatment_seconds(const Outcome& outcome) { return std::max(10.0, outcome.seconds); }

bool wants_treatment(const Outcome& outcome) {
  return !outcome.interrupted && outcome.diagnosis.verdict != Verdict::healthy;
}

bool falls_short(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
    const TreatmentBudget& budget) {
  return !outcome.interrupted && !wants_treatment(outcome) &&
         Search(recipe, data, outcome, budget).falls_short();
}

Treated treat(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
    const TreatmentBudget& budget) {
  return Search(recipe, data, outcome, budget).run();
}

}  // namespace lively::lab
