#include "apps/lab/doctor/consult.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "apps/lab/doctor/question.h"
#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/whole_run.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kTreatment = 0.3;  // of the time left, for finding candidates
constexpr double kFirst = 0.5;      // of the rest, for the first of the two questions
constexpr int64_t kFewImages =
    1'000;                      // that judge convolutions, which take a hundred times as long
constexpr double kAlike = 0.9;  // of the best effect: which comes first is then a matter of taste

double share(const ArmReport& a) {
  return static_cast<double>(a.healed) / static_cast<double>(a.seeds);
}

// Clearly better than the recipe as it is, seed by seed.
bool better(const ArmReport& a) { return !a.change.empty() && a.effect > 0 && !(a.low <= 0); }

// Of the arms that heal most seeds the first that comes as far as any of them, or nearly so: they
// stand in order, the least invasive first. nullptr: none heals any.
const ArmReport* best_of(const QuestionReport& q) {
  int64_t healed = 0;
  double effect = 0;
  const auto helps = [&](const ArmReport& a) { return better(a) && share(a) > share(q.arms[0]); };
  for (const ArmReport& a : q.arms)
    if (helps(a)) healed = std::max(healed, a.healed);
  if (healed == 0) return nullptr;
  for (const ArmReport& a : q.arms)
    if (a.healed == healed && helps(a)) effect = std::max(effect, a.effect);
  for (const ArmReport& a : q.arms)
    if (a.healed == healed && helps(a) && a.effect >= kAlike * effect) return &a;
  return nullptr;
}

std::string points(double share) { return (share <= -5e-4 ? "−" : "+") + percent(std::abs(share)); }

std::string praise(const ArmReport& a) {
  std::string text = a.change + " heals " + std::to_string(a.healed) + " of " +
                     std::to_string(a.seeds) + (a.seeds == 1 ? " seed" : " seeds") + " (" +
                     points(a.effect) + " points";
  if (std::isfinite(a.low)) text += ", 95 %: " + points(a.low) + " to " + points(a.high);
  return text + ")";
}

std::string sentence(const std::vector<QuestionReport>& questions) {
  std::string text;
  for (const QuestionReport& q : questions) {
    text += (text.empty() ? "" : " ") +
            std::string(q.failed ? "The network that has failed: " : "From the start: ");
    const ArmReport* best = best_of(q);
    if (best) {
      text += praise(*best) + ".";
    } else if (!q.none.empty()) {
      text += q.none;
    } else if (q.arms[0].healed > 0) {
      text += message("as it is, it learns from ", q.arms[0].healed, " of ", q.arms[0].seeds,
          std::ranges::any_of(q.arms, better)
              ? " seeds; what comes further is in the table."
              : " seeds, and nothing that was tried does clearly better.");
    } else {
      text += "nothing that was tried heals it.";
    }
  }
  return text;
}

}  // namespace

Consultation consult(const Patient& patient, const DataSplits& data, const Outcome& outcome,
    const ConsultBudget& budget) {
  const auto began = Clock::now();
  const auto in = [&](double seconds) {
    return began +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  };
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
  const auto say = [&](const std::string& what) {
    if (budget.progress) budget.progress(what, spent());
  };
  const Treated treated = treat(patient.recipe, data, outcome,
      {.seconds = kTreatment * budget.seconds,
          .interrupt = budget.interrupt,
          .progress = [&](int64_t twins, double) {
            say("looking for candidates, " + std::to_string(twins) + " twins tried");
          }});
  const Settings& recipe = patient.recipe;
  DataSplits judged = data;
  if (recipe.architecture == Architecture::resnet) judged.test = data.test.first(kFewImages);
  Question start(arms_from_start(recipe, treated), "");
  const bool both = !patient.checkpoint.empty();
  const double left = std::max(0.0, budget.seconds - spent());
  start.ask(judged, in(spent() + left * (both ? kFirst : 1)), budget.interrupt, [&](int64_t round) {
    say("from the start, " + std::to_string(start.arms().size()) + " arms, seed " +
        std::to_string(round + 1));
  });
  std::optional<Question> failed;
  if (both) {
    failed.emplace(arms_for_failed(recipe, start.arms()), patient.checkpoint);
    failed->ask(judged, in(budget.seconds), budget.interrupt, [&](int64_t round) {
      say("the failed network, " + std::to_string(failed->arms().size()) + " arms, seed " +
          std::to_string(round + 1));
    });
  }
  const double heals = wants_treatment(outcome) ? kHeals : kNear;
  const double majority = held_out(0, judged.test).majority_share;
  const double best = std::max({majority, start.best(), failed ? failed->best() : 0});
  Consultation c{{}, {recipe, ""}, patient.checkpoint};
  Consulted& r = c.report;
  r.budget = budget.seconds;
  r.questions.push_back(start.report(majority, best, heals));
  r.questions.push_back(failed ? failed->report(majority, best, heals)
                               : QuestionReport{.failed = true,
                                     .none = "it diverged before its first epoch had ended, so "
                                             "there is no network to go on from.",
                                     .arms = {}});
  r.sentence = sentence(r.questions);
  const ArmReport* winner = nullptr;
  for (const QuestionReport& q : r.questions) {
    const ArmReport* a = best_of(q);
    if (!a || (winner && a->healed * winner->seeds <= winner->healed * a->seeds)) continue;
    winner = a;
    r.best_failed = q.failed;
    const std::vector<Arm>& arms = (q.failed ? *failed : start).arms();
    c.best = *std::ranges::find(arms, a->change, &Arm::change);
  }
  if (winner) r.change = winner->change;
  if (winner && !r.best_failed) r.command = command_of(c.best.recipe);
  r.seconds = spent();
  return c;
}

std::optional<double> carry_out(const Consultation& found, const DataSplits& data,
    const std::string& save, const std::atomic<bool>& interrupt) {
  if (found.report.change.empty()) return {};
  if (found.report.best_failed) {
    const auto came = bare_run(
        found.best.recipe, data, {.checkpoint = found.checkpoint, .save = save}, interrupt);
    return came && came->finite ? std::optional(came->accuracy) : std::nullopt;
  }
  Settings s = found.best.recipe;
  s.save = save;
  Sinks nobody;
  const Outcome o = run(s, data, nobody, {.interrupt = &interrupt});
  return o.interrupted ? std::nullopt : std::optional(o.test.accuracy);
}

}  // namespace lively::lab
