#include "apps/lab/grading/cure_grade.h"

#include <algorithm>
#include <chrono>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/grading/cure_report.h"
#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/rivals/autotrainer_repair.h"
#include "apps/lab/rivals/onlooker.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/whole_run.h"

namespace lively::lab {
namespace {

constexpr double kTwo = 1.0 / 3;    // of the cases have two faults
constexpr std::size_t kRound = 12;  // cases drawn side by side

// Which faults, by the seed: kinds by turns, so that each has its share.
std::optional<FaultyRecipe> draw(uint64_t seed, uint64_t first, const std::vector<Place>& places,
    const std::atomic<bool>& stop) {
  const auto& kinds = fault_kinds();
  Stream stream(Seed{seed}, "grading faults");
  const FaultKind* one = &kind_of_turn(seed - first);
  std::vector<const FaultKind*> faults{one};
  if (stream.uniform() < kTwo) {
    const FaultKind* other = one;
    while (other == one) other = &kinds[stream.below(kinds.size())];
    faults.push_back(other);
  }
  const auto strength = static_cast<Strength>(stream.below(kStrengths));
  auto c = draw_case(seed, faults, strength, places, stop);
  // Two may never fit one recipe, and one may fit none on these data.
  for (uint64_t k = 0; !c && !stop && k < kinds.size(); ++k)
    c = draw_case(seed, {&kind_of_turn(seed - first + k)}, strength, places, stop);
  if (!c && !stop) fail_draw();
  return c;
}

// The recipe that a printed command stands for.
Settings recipe_of(const std::string& command, const Settings& like) {
  Settings s = default_settings(like.architecture);
  parse_flags(command.substr(command.find(' ') + 1), s);
  return s;
}

class CureGrading {
 public:
  CureGrading(const CureGrade& grade, const Rounds& rounds, const std::vector<Place>& places,
      Ledger& ledger)
      : grade_(grade), rounds_(rounds), places_(places), ledger_(ledger) {}
  bool go();

 private:
  struct Drawn {
    FaultyRecipe c;
    double accuracy = 0;
  };
  std::vector<std::optional<Drawn>> drawn(const std::vector<uint64_t>& seeds) const;
  std::optional<Json> treated(const Drawn& d) const;
  Json repaired(const FaultyRecipe& c, double bar) const;
  bool hurt(const Drawn& d) const {
    return d.accuracy < restored_bar(d.c.clean_accuracy, *d.c.place);
  }
  bool interrupted() const { return stop_; }
  std::optional<double> reaches(const Settings& recipe, const FaultyRecipe& c) const {
    return reached(recipe, *c.place, stop_);
  }

  const CureGrade& grade_;
  const Rounds& rounds_;
  const std::vector<Place>& places_;
  Ledger& ledger_;
  const std::atomic<bool> never_{false};
  const std::atomic<bool>& stop_ = rounds_.interrupt ? *rounds_.interrupt : never_;
};

// To the bits that a program's own run has.
std::vector<std::optional<CureGrading::Drawn>> CureGrading::drawn(
    const std::vector<uint64_t>& seeds) const {
  std::vector<std::optional<Drawn>> all(seeds.size());
  const Limits limits{
      .bits = Bits::of_all_threads, .workers = rounds_.workers, .interrupt = rounds_.interrupt};
  side_by_side(
      static_cast<int64_t>(seeds.size()), limits, [&](int64_t i, const std::atomic<bool>& stop) {
        const auto at = static_cast<std::size_t>(i);
        const auto c = draw(seeds[at], rounds_.seed, places_, stop);
        if (!c) return false;
        const auto accuracy = reached(c->faulty, *c->place, stop);
        if (accuracy) all[at] = Drawn{*c, *accuracy};
        return accuracy.has_value();
      });
  return all;
}

Json line_of(const FaultyRecipe& c, double accuracy, bool hurt) {
  std::vector<std::string> kinds;
  for (const FaultKind* kind : c.faults) kinds.emplace_back(kind->name);
  return object({{"type", kCure}, {"seed", c.seed}, {"data", c.place->name}, {"kinds", kinds},
      {"strength", name(c.strength)}, {"clean", flags_of(c.clean)}, {"faulty", flags_of(c.faulty)},
      {"majority", c.place->majority}, {"clean_accuracy", c.clean_accuracy}, {"accuracy", accuracy},
      {"hurt", hurt}});
}

// Does this change touch every one of these faults?
bool touches(const Settings& cured, const FaultyRecipe& c, const std::vector<std::size_t>& faults) {
  const auto changed = difference(c.faulty, cured);
  return std::ranges::all_of(faults, [&](std::size_t i) {
    return std::ranges::any_of(c.flags[i],
        [&](const Flag* flag) { return std::ranges::find(changed, flag) != changed.end(); });
  });
}

// What AutoTrainer makes of it.
Json CureGrading::repaired(const FaultyRecipe& c, double bar) const {
  Sinks nobody;
  const Watched w = run_watched(c.faulty, c.place->data, nobody, {.interrupt = rounds_.interrupt});
  const AutoTrainerResult r = autotrainer_treat(c.faulty, c.place->data, w.sight, stop_);
  const auto cured = r.repair ? reaches(r.repair->recipe, c) : std::optional<double>(0);
  return object({{"issue", r.word}, {"repair", r.repair ? r.repair->name : ""}, {"tried", r.tried},
      {"steps", r.steps}, {"seconds", r.seconds}, {"cured", cured.value_or(0)},
      {"restored", cured && *cured >= bar}});
}

// How many flags the smallest of these sets of faults has changed.
std::size_t fewest_flags(const FaultyRecipe& c, const std::vector<std::vector<std::size_t>>& sets) {
  std::size_t fewest = flag_table().size();
  for (const auto& set : sets) {
    std::size_t flags = 0;
    for (const std::size_t i : set) flags += c.flags[i].size();
    fewest = std::min(fewest, flags);
  }
  return fewest;
}

// Does it change nothing but flags of the faults?
bool only_faults(const Settings& cured, const FaultyRecipe& c) {
  return std::ranges::all_of(difference(c.faulty, cured), [&](const Flag* flag) {
    return std::ranges::any_of(
        c.flags, [&](const auto& of) { return std::ranges::find(of, flag) != of.end(); });
  });
}

std::optional<Json> CureGrading::treated(const Drawn& d) const {
  const FaultyRecipe& c = d.c;
  const double bar = restored_bar(c.clean_accuracy, *c.place);
  Sinks nobody;
  const Outcome o = run(c.faulty, c.place->data, nobody, {.interrupt = rounds_.interrupt});
  if (o.interrupted) return std::nullopt;
  Json line = line_of(c, d.accuracy, true);
  line["verdict"] = name(o.diagnosis.verdict);
  line["run_seconds"] = o.seconds;
  line["run_steps"] = o.steps;
  // As a program does after its run.
  const auto began = std::chrono::steady_clock::now();
  const TreatmentBudget budget{.seconds = treatment_seconds(o), .interrupt = rounds_.interrupt};
  const bool asked = wants_treatment(o) || falls_short(c.faulty, c.place->data, o, budget);
  const Treated t = asked ? treat(c.faulty, c.place->data, o, budget) : Treated{};
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  line["treated"] = asked;
  line["ruling"] = t.verdict ? Json(name(*t.verdict)) : Json();
  if (interrupted()) return std::nullopt;
  int64_t steps = 0;
  for (const Tried& one : t.tried) steps += one.steps;
  line["change"] = t.cure ? t.cure->change : "";
  line["why"] = t.why;
  line["none"] = t.none;
  line["command"] = t.command;
  line["measured"] = t.cure ? Json(t.cure->accuracy) : Json();
  line["confirmed"] = t.confirmed;
  line["whole_run"] = t.whole_run;
  line["twins"] = t.tried.size();
  line["steps"] = steps;
  line["seconds"] = took.count();

  // Which faults are to be undone: one alone, if that restores it, or all.
  std::vector<std::vector<std::size_t>> needed;
  Json needed_kinds = Json::array();
  for (std::size_t i = 0; c.faults.size() > 1 && i < c.faults.size(); ++i) {
    const auto accuracy = reaches(without(c, {i}), c);
    if (!accuracy) return std::nullopt;
    if (*accuracy >= bar) needed.push_back({i}), needed_kinds.push_back(c.faults[i]->name);
  }
  if (needed.empty()) {
    needed.emplace_back();
    for (std::size_t i = 0; i < c.faults.size(); ++i) needed.back().push_back(i);
  }
  line["needed"] = needed_kinds;
  line["undo"] = fewest_flags(c, needed);
  std::optional<double> cured;
  bool named = false;
  if (!t.command.empty()) {
    const Settings recipe = recipe_of(t.command, c.faulty);
    cured = reaches(recipe, c);
    if (!cured) return std::nullopt;
    named = std::ranges::any_of(needed, [&](const auto& set) { return touches(recipe, c, set); }) ||
            (*cured >= bar && only_faults(recipe, c));
  }
  line["cured"] = cured ? Json(*cured) : Json();
  line["restored"] = cured && *cured >= bar;
  line["named"] = named;
  if (grade_.autotrainer) {
    line["autotrainer"] = repaired(c, bar);
    if (interrupted()) return std::nullopt;
  }
  return line;
}

// The lines up to the last hurt case that was wanted.
std::vector<Json> lines_until(uint64_t seed, int64_t wanted, const Ledger& ledger) {
  std::vector<Json> lines;
  for (int64_t hurt = 0; hurt < wanted; ++seed) {
    const Json* line = ledger.find(kCure, seed);
    if (!line) break;
    lines.push_back(*line);
    hurt += (*line)["hurt"].get<bool>();
  }
  return lines;
}

bool CureGrading::go() {
  const auto counted = [&] {
    const auto lines = lines_until(rounds_.seed, grade_.wanted, ledger_);
    return static_cast<int64_t>(
        std::ranges::count_if(lines, [](const Json& l) { return l["hurt"].get<bool>(); }));
  };
  uint64_t next = rounds_.seed;
  for (int64_t made = counted(); made < grade_.wanted;) {
    std::vector<uint64_t> seeds;
    for (; seeds.size() < kRound; ++next)
      if (!ledger_.find(kCure, next)) seeds.push_back(next);
    for (const auto& d : drawn(seeds)) {
      if (!d || interrupted()) return false;
      if (made >= grade_.wanted) break;
      const auto line = hurt(*d) ? treated(*d) : line_of(d->c, d->accuracy, false);
      if (!line) return false;
      ledger_.add(*line);
      made = counted();
      if (rounds_.progress) rounds_.progress("hurt and treated", made, grade_.wanted);
    }
  }
  return true;
}

}  // namespace

Graded grade_cures(const CureGrade& grade, const Rounds& rounds, const std::vector<Place>& places) {
  Json data = Json::array();
  for (const Place& p : places) data.push_back({p.known_as(), p.data.train.size(), p.reachable});
  const Json made_with = object({{"grading", "cures"}, {"first", rounds.seed}, {"data", data},
      {"autotrainer", grade.autotrainer}});
  Ledger ledger(
      rounds.out, made_with, [&](const Json& line) { check_cure(line, grade.autotrainer); });
  const bool whole = CureGrading(grade, rounds, places, ledger).go();
  return {cure_report(lines_until(rounds.seed, grade.wanted, ledger)), whole};
}

}  // namespace lively::lab
