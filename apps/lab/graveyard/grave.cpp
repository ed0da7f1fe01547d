#include "apps/lab/graveyard/grave.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "apps/lab/grading/truth.h"
#include "apps/lab/graveyard/blind.h"
#include "apps/lab/rivals/onlooker.h"
#include "apps/lab/rivals/rivals.h"
#include "apps/lab/tell/log.h"
#include "apps/lab/treatment/candidates.h"
#include "apps/lab/trials/trials.h"

namespace lively::lab {
namespace {

constexpr int64_t kTrain = 1000;            // samples
constexpr uint64_t kSeeds = 1'000'000'000;  // of one graveyard, far from those that gradings use
constexpr uint64_t kHealthyFrom = kSeeds / 2;
constexpr double kSick = 0.6;  // of what the clean recipe gains above the commonest class, at most
constexpr std::size_t kShown = 3;  // wrong changes that are kept, those that came furthest

std::vector<std::string> names(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> all;
  for (const Verdict v : verdicts) all.emplace_back(name(v));
  return all;
}

// A log that is blinded and gone.
class PassingLog {
 public:
  PassingLog(const std::string& path, const Settings& recipe)
      : path_(path), log_(path, "lively", recipe) {}
  ~PassingLog() { std::remove(path_.c_str()); }
  Sink& sink() { return log_; }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);)
      if (std::string shown = blind(line); !shown.empty()) all.push_back(std::move(shown));
    return all;
  }

 private:
  const std::string path_;
  JsonLog log_;
};

// Makes the run with everybody looking on. Gives false if stopped.
bool bury(Grave& g, const Settings& recipe, const Place& place, const std::string& folder,
    const std::atomic<bool>& stop) {
  PassingLog log(folder + "/.digging-" + std::to_string(recipe.seed), recipe);
  const Watched w = run_watched(recipe, place.data, log.sink(), {.interrupt = &stop});
  if (w.outcome.interrupted) return false;
  g.data = place.name;
  g.faulty = flags_of(recipe);
  g.majority = place.majority;
  g.accuracy = w.outcome.diverged() ? 0 : w.outcome.test.accuracy;
  g.said["Lively"] = {name(w.outcome.diagnosis.verdict)};
  for (const Rival& r : rivals()) {
    const Opinion o = opinion(r, w.sight);
    g.said[std::string(r.name)] = names(o.codes);
    if (o.codes.empty()) g.said[std::string(r.name)] = {o.alarm ? kOther : "healthy"};
  }
  g.log = log.lines();
  return true;
}

// Does a change of the recipe undo the fault, or something of it, under another name?
bool undoes(const FaultyRecipe& c, const Settings& to) {
  const auto flags = difference(c.faulty, to);
  return std::ranges::any_of(c.flags.front(),
      [&](const Flag* flag) { return std::ranges::find(flags, flag) != flags.end(); });
}

// To six digits, so that an answer shows 0.0001 and not 9.9999999999999991e-05.
double rounded(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return std::strtod(text, nullptr);
}

// Tries what tests the verdicts that do not name the fault. False if stopped.
bool try_others(Grave& g, const FaultyRecipe& c, const std::atomic<bool>& stop) {
  for (const VerdictWords& words : explanations()) {
    if (g.is_right(words.name)) continue;
    bool restores = false;
    for (Settings to : tests_of(words.name, c.faulty)) {
      to.lr = rounded(to.lr);
      const std::string change = change_text(c.faulty, to);
      if (undoes(c, to) ||
          std::ranges::find(g.wrong, change, &Intervention::change) != g.wrong.end())
        continue;
      const auto accuracy = reached(to, *c.place, stop);
      if (!accuracy) return false;
      restores |= *accuracy >= g.bar;
      if (*accuracy < g.bar) g.wrong.push_back({change, *accuracy});
    }
    if (restores) g.codes.emplace_back(words.name);
  }
  std::ranges::stable_sort(g.wrong, std::greater{}, &Intervention::accuracy);
  if (g.wrong.size() > kShown) g.wrong.resize(kShown);
  return true;
}

// What came of one draw: stopped; or made, and a grave if it will do.
struct Dug {
  bool whole = false;
  std::optional<Grave> grave{};
};

Dug sick(uint64_t seed, uint64_t turn, const std::vector<Place>& places, const std::string& folder,
    const std::atomic<bool>& stop) {
  const auto& kinds = fault_kinds();
  const FaultKind& kind = kinds[turn % kinds.size()];
  const auto strength =
      (turn / kinds.size() + turn % kinds.size()) % 2 ? Strength::strong : Strength::middle;
  const auto c = draw_case(seed, {&kind}, strength, places, stop);
  if (!c) return {.whole = !stop};  // no recipe of this size fits this kind
  Grave g{
      .run = "", .cause = std::string(kind.name), .codes = {kind.codes.begin(), kind.codes.end()}};
  g.bar = restored_bar(c->clean_accuracy, *c->place);
  g.undone = {change_text(c->faulty, c->clean), c->clean_accuracy};
  if (!bury(g, c->faulty, *c->place, folder, stop)) return {};
  const double gain = (g.accuracy - g.majority) / (c->clean_accuracy - g.majority);
  if (gain > kSick) return {.whole = true};  // not hurt, or not clearly
  if (!try_others(g, *c, stop)) return {};
  if (g.wrong.empty()) return {.whole = true};
  return {.whole = true, .grave = std::move(g)};
}

Dug healthy(uint64_t seed, const std::vector<Place>& places, const std::string& folder,
    const std::atomic<bool>& stop) {
  Stream stream(Seed{seed}, "graveyard");
  const Place& place = places[stream.below(places.size())];
  Settings recipe = draw_recipe(place, stream);
  recipe.seed = seed;
  Grave g{.run = "", .cause = "healthy", .codes = {"healthy"}};
  if (!bury(g, recipe, place, folder, stop)) return {};
  if (!learns(g.accuracy, place)) return {.whole = true};
  return {.whole = true, .grave = std::move(g)};
}

}  // namespace

std::vector<Place> graveyard_places() {
  return places_of({"circles", "moons", "blobs", "synthetic"}, kTrain);
}

std::vector<Grave> dig(const Dig& d, const std::vector<Place>& places, const std::string& folder) {
  std::vector<Grave> graves;
  const auto until = [&](int64_t wanted, uint64_t first, const auto& one) {
    const int64_t before = std::ssize(graves);
    const auto have = [&] { return std::ssize(graves) - before; };
    for (uint64_t next = 0; have() < wanted;) {
      const auto few = std::max<int64_t>(4, wanted - have());
      std::vector<Dug> dug(static_cast<std::size_t>(few));
      Limits limits{.workers = d.workers, .interrupt = d.interrupt};
      if (d.progress)
        limits.progress = [&](int64_t made, int64_t) {
          d.progress(std::min(before + have() + made, d.sick + d.healthy), d.sick + d.healthy);
        };
      const auto whole = side_by_side(few, limits, [&](int64_t i, const std::atomic<bool>& stop) {
        const uint64_t turn = next + static_cast<uint64_t>(i);
        Dug& to = dug[static_cast<std::size_t>(i)];
        to = one(d.seed * kSeeds + first + turn, turn, stop);
        return to.whole;
      });
      for (std::size_t i = 0; i < dug.size() && have() < wanted; ++i) {
        if (!whole[i]) return false;
        if (dug[i].grave) graves.push_back(std::move(*dug[i].grave));
      }
      next += static_cast<uint64_t>(few);
    }
    return true;
  };
  until(d.sick, 0,
      [&](uint64_t seed, uint64_t turn, const std::atomic<bool>& stop) {
        return sick(seed, turn, places, folder, stop);
      }) &&
      until(d.healthy, kHealthyFrom, [&](uint64_t seed, uint64_t, const std::atomic<bool>& stop) {
        return healthy(seed, places, folder, stop);
      });

  Stream stream(Seed{d.seed}, "graves");
  const Tensor order = permutation(std::ssize(graves), stream);
  std::vector<Grave> shuffled;
  for (const int64_t i : order.values<int64_t>()) {
    shuffled.push_back(std::move(graves[static_cast<std::size_t>(i)]));
    char run[32];
    std::snprintf(run, sizeof run, "run-%03zu", shuffled.size());
    shuffled.back().run = run;
  }
  return shuffled;
}

}  // namespace lively::lab
