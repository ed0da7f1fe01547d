#include "apps/lab/grading/verdict_grade.h"

#include <algorithm>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/grading/truth.h"
#include "apps/lab/grading/verdict_report.h"
#include "apps/lab/rivals/onlooker.h"
#include "apps/lab/rivals/rivals.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/whole_run.h"

namespace lively::lab {
namespace {

constexpr uint64_t kHealthyFrom = 1'000'000;  // their seeds, after those of the faults

std::vector<std::string> names(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> all;
  for (const Verdict v : verdicts) all.emplace_back(name(v));
  return all;
}

// A run with all instruments, and what rivals saw of it; nullopt if stopped.
std::optional<Watched> carried_out(
    const Settings& recipe, const Place& place, bool rivals, const std::atomic<bool>& stop) {
  Sinks nobody;
  const Budget budget{.interrupt = &stop};
  Watched w;
  if (rivals) {
    w = run_watched(recipe, place.data, nobody, budget);
  } else {
    w.outcome = run(recipe, place.data, nobody, budget);
  }
  if (w.outcome.interrupted) return std::nullopt;
  return w;
}

double accuracy_of(const Outcome& o) { return o.diverged() ? 0 : o.test.accuracy; }

Json opinions(const Sight& sight) {
  Json all = Json::object();
  for (const Rival& rival : rivals()) {
    const Opinion o = opinion(rival, sight);
    all[std::string(rival.name)] = object({{"codes", names(o.codes)}, {"alarm", o.alarm}});
  }
  return all;
}

// A case and what its run came to.
struct Made {
  Json line;
  FaultyRecipe c{};  // without faults: `faulty` is the recipe as it is
  Outcome outcome{};
};

class VerdictGrading {
 public:
  VerdictGrading(const VerdictGrade& grade, const Rounds& rounds, const std::vector<Place>& places,
      Ledger& ledger)
      : grade_(grade), rounds_(rounds), places_(places), ledger_(ledger) {}

  // Makes rounds of cases until those that count are enough.
  template <class One, class Count>
  bool go(const char* type, const char* what, int64_t wanted, uint64_t first, const One& one,
      const Count& counted) {
    for (int64_t made = counted(), next = 0; made < wanted; made = counted()) {
      std::vector<uint64_t> round;
      const auto few = std::clamp<int64_t>((wanted - made) / 2, 4, kRound);
      for (; std::ssize(round) < few; ++next)
        if (const uint64_t seed = first + static_cast<uint64_t>(next); !ledger_.find(type, seed))
          round.push_back(seed);
      Limits limits{.workers = rounds_.workers, .interrupt = rounds_.interrupt};
      if (rounds_.progress)
        limits.progress = [&](int64_t, int64_t) { rounds_.progress(what, counted(), wanted); };
      std::vector<std::optional<Made>> all(round.size());
      const auto whole =
          side_by_side(std::ssize(round), limits, [&](int64_t i, const std::atomic<bool>& stop) {
            const auto at = static_cast<std::size_t>(i);
            auto m = one(round[at], stop);
            if (m && !grade_.treated) ledger_.add(m->line);
            const bool made_whole = m.has_value();
            if (grade_.treated) all[at] = std::move(m);
            return made_whole;
          });
      if (!std::ranges::all_of(whole, [](bool w) { return w; })) return false;
      // One after the other: a treatment takes all cores.
      for (auto& m : all) {
        if (m && !treat_too(*m)) return false;
        if (m) ledger_.add(m->line);
        if (m && rounds_.progress) rounds_.progress(what, counted(), wanted);
      }
    }
    return true;
  }

  std::optional<Made> fault(uint64_t seed, const std::atomic<bool>& stop) const;
  std::optional<Made> healthy(uint64_t seed, const std::atomic<bool>& stop) const;

 private:
  bool treat_too(Made& m) const;

  static constexpr int64_t kRound = 32;  // cases that are under way together, at most

  const VerdictGrade& grade_;
  const Rounds& rounds_;
  const std::vector<Place>& places_;
  Ledger& ledger_;
};

// Whether these codes are right, where there is something to be right about; false if stopped.
bool put_right(const std::vector<std::string>& codes, Truth& truth, bool hurt,
    const std::atomic<bool>& stop, Json& line) {
  line["right"] = nullptr;
  if (!hurt) return true;
  const auto r = truth.of(codes, stop);
  if (r) line["right"] = name(*r);
  return r.has_value();
}

bool learned(const Json& line) { return line["learns"].get<bool>(); }

std::optional<Made> VerdictGrading::fault(uint64_t seed, const std::atomic<bool>& stop) const {
  const uint64_t turn = seed - rounds_.seed, round = turn / fault_kinds().size();
  const auto strength = static_cast<Strength>((turn + round) % kStrengths);
  std::optional<FaultyRecipe> c;
  for (uint64_t k = 0; !c && !stop && k < fault_kinds().size(); ++k)  // not all fit all data
    c = draw_case(seed, {&kind_of_turn(turn + k)}, strength, places_, stop);
  if (!c && !stop) fail_draw();
  if (!c) return std::nullopt;
  auto w = carried_out(c->faulty, *c->place, grade_.rivals, stop);
  if (!w) return std::nullopt;
  const Diagnosis& d = w->outcome.diagnosis;
  const double accuracy = accuracy_of(w->outcome);
  const bool is_hurt = accuracy < restored_bar(c->clean_accuracy, *c->place);
  Truth truth(*c);
  Json line = object({{"type", kFault}, {"seed", seed}, {"data", c->place->name},
      {"kind", c->faults[0]->name}, {"strength", name(c->strength)}, {"clean", flags_of(c->clean)},
      {"faulty", flags_of(c->faulty)}, {"majority", c->place->majority},
      {"clean_accuracy", c->clean_accuracy}, {"accuracy", accuracy}, {"hurt", is_hurt},
      {"verdict", name(d.verdict)}, {"verdicts", names(d.all)}, {"seconds", w->outcome.seconds}});
  if (!put_right({name(d.verdict)}, truth, is_hurt, stop, line)) return std::nullopt;
  line["text"] = d.text;
  if (grade_.rivals) {
    line["rivals"] = opinions(w->sight);
    for (Json& said : line["rivals"])
      if (!put_right(said["codes"].get<std::vector<std::string>>(), truth, is_hurt, stop, said))
        return std::nullopt;
  }
  return Made{std::move(line), *c, std::move(w->outcome)};
}

std::optional<Made> VerdictGrading::healthy(uint64_t seed, const std::atomic<bool>& stop) const {
  Stream stream(Seed{seed}, "grading");
  const Place& place = places_[stream.below(places_.size())];
  FaultyRecipe c{.seed = seed, .place = &place};
  c.clean = draw_recipe(place, stream);
  c.clean.seed = seed;
  c.faulty = c.clean;
  auto w = carried_out(c.clean, place, grade_.rivals, stop);
  if (!w) return std::nullopt;
  const Diagnosis& d = w->outcome.diagnosis;
  const double accuracy = accuracy_of(w->outcome);
  Json line = object({{"type", kHealthy}, {"seed", seed}, {"data", place.name},
      {"clean", flags_of(c.clean)}, {"majority", place.majority}, {"accuracy", accuracy},
      {"learns", learns(accuracy, place)}, {"verdict", name(d.verdict)}, {"verdicts", names(d.all)},
      {"seconds", w->outcome.seconds}, {"text", d.text}});
  if (grade_.rivals) line["rivals"] = opinions(w->sight);
  return Made{std::move(line), std::move(c), std::move(w->outcome)};
}

// What the verdict is after the treatment that a program has for such a run; false if stopped.
bool VerdictGrading::treat_too(Made& m) const {
  const std::atomic<bool> never{false};
  const std::atomic<bool>& stop = rounds_.interrupt ? *rounds_.interrupt : never;
  const DataSplits& data = m.c.place->data;
  const TreatmentBudget budget{.seconds = treatment_seconds(m.outcome), .interrupt = &stop};
  std::optional<Verdict> ruling;
  if (wants_treatment(m.outcome) || falls_short(m.c.faulty, data, m.outcome, budget))
    ruling = treat(m.c.faulty, data, m.outcome, budget).verdict;
  if (stop) return false;
  Json& said = m.line["treated"];
  const std::string code = name(ruling.value_or(m.outcome.diagnosis.verdict));
  said["verdict"] = code;
  Truth truth(m.c);
  return put_right({code}, truth, hurt(m.line), stop, said);
}

// The lines from `first` on, as far as all are there, until `wanted` of them count.
template <class Counts>
std::vector<Json> lines_until(
    const char* type, uint64_t first, int64_t wanted, const Ledger& ledger, const Counts& counts) {
  std::vector<Json> lines;
  int64_t counted = 0;
  for (uint64_t seed = first; counted < wanted; ++seed) {
    const Json* line = ledger.find(type, seed);
    if (!line) break;
    lines.push_back(*line);
    counted += counts(*line);
  }
  return lines;
}

Json made_with(const VerdictGrade& grade, const Rounds& rounds, const std::vector<Place>& places) {
  Json data = Json::array();
  for (const Place& p : places) data.push_back({p.known_as(), p.data.train.size(), p.reachable});
  return object({{"grading", "verdicts"}, {"first", rounds.seed}, {"data", data},
      {"rivals", grade.rivals}, {"treated", grade.treated}});
}

}  // namespace

Graded grade_verdicts(
    const VerdictGrade& grade, const Rounds& rounds, const std::vector<Place>& places) {
  Ledger ledger(rounds.out, made_with(grade, rounds, places),
      [&](const Json& line) { check_verdict(line, grade.rivals, grade.treated); });
  VerdictGrading g(grade, rounds, places, ledger);
  const uint64_t healthy_from = rounds.seed + kHealthyFrom;
  const auto faults = [&] { return lines_until(kFault, rounds.seed, grade.faults, ledger, hurt); };
  const auto healthy = [&] {
    return lines_until(kHealthy, healthy_from, grade.healthy, ledger, learned);
  };
  const auto count = [](const std::vector<Json>& lines, bool (*counts)(const Json&)) {
    return static_cast<int64_t>(std::ranges::count_if(lines, counts));
  };
  const bool whole =
      g.go(
          kFault, "hurt by a fault", grade.faults, rounds.seed,
          [&](uint64_t seed, const std::atomic<bool>& stop) { return g.fault(seed, stop); },
          [&] { return count(faults(), hurt); }) &&
      g.go(
          kHealthy, "healthy", grade.healthy, healthy_from,
          [&](uint64_t seed, const std::atomic<bool>& stop) { return g.healthy(seed, stop); },
          [&] { return count(healthy(), learned); });
  return {verdict_report(faults(), healthy()), whole};
}

}  // namespace lively::lab
