#include "apps/lab/grading/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/models.h"
#include "apps/lab/recipe/plant.h"
#include "apps/lab/treatment/twin.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

constexpr int64_t kTest = 2'000;
constexpr double kRestores = 0.8;
constexpr int64_t kOrdinarySteps = 1'500;
constexpr int kAttempts = 500;    // recipes drawn for a case, at most
constexpr double kWork = 1.2e10;  // multiplications with weights, forward alone: a second or so
constexpr int64_t kLeastSteps = 120, kMostSteps = 4'000;  // of a clean run

template <class T, std::size_t n>
T one_of(const std::array<T, n>& all, Stream& stream) {
  return all[stream.below(n)];
}

bool by_chance(double p, Stream& stream) { return stream.uniform() < p; }

double between(double low, double high, Stream& stream) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", std::exp(stream.uniform(std::log(low), std::log(high))));
  return std::strtod(text, nullptr);
}

std::string init_of(const std::string& activation, Stream& stream) {
  if (activation == "tanh" || activation == "sigmoid")
    return one_of(std::array{"glorot_uniform", "glorot_normal"}, stream);
  if (activation == "selu") return "lecun_normal";
  return one_of(std::array{"he_uniform", "he_normal"}, stream);
}

void draw_optimizer(Settings& s, Stream& stream) {
  s.optimizer = one_of(
      std::array{"sgd", "sgd", "sgd", "adam", "adam", "adamw", "rmsprop", "adagrad"}, stream);
  if (s.optimizer == "sgd") {
    s.momentum = one_of(std::array{0.9, 0.9, 0.8, 0.0}, stream);
    s.nesterov = s.momentum > 0 && by_chance(0.2, stream);
    s.lr = s.momentum > 0 ? between(0.005, 0.05, stream) : between(0.05, 0.2, stream);
  } else if (s.optimizer == "adagrad") {
    s.lr = between(0.005, 0.02, stream);
  } else {
    s.lr = between(0.0005, 0.002, stream);
  }
}

int64_t weights_of(const Settings& s, const Ground& g) {
  return g.features * s.width + (s.depth - 1) * s.width * s.width + 10 * s.width;
}

// To the bits of one thread, whoever asks.
double ordinary(const Place& place) {
  Settings s = place.from;
  s.depth = 2;
  s.optimizer = "adam";
  s.lr = 0.001;
  s.batch_size = 32;
  s.epochs = (kOrdinarySteps + place.ground().batches(s) - 1) / place.ground().batches(s);
  const std::atomic<bool> never{false};
  const OneThread alone;
  return reached(s, place, never).value();
}

}  // namespace

std::string Place::known_as() const {
  return data.form.classes.empty() ? name : name + " #" + hash_of(data);
}

std::vector<Place> places_of(
    const std::vector<std::string>& names, int64_t train, const Settings& as) {
  std::vector<Place> places;
  for (const std::string& name : names) {
    Settings from = as;
    from.data = name;
    if (find_data(name).format != DataFormat::table) from.target.clear();
    Place p{name, data_of(from), from};
    p.data.train = p.data.train.first(train);
    p.data.test = p.data.test.first(kTest);
    p.majority = held_out(0, p.data.test).majority_share;
    p.reachable = ordinary(p);
    places.push_back(std::move(p));
  }
  return places;
}

std::optional<double> reached(
    const Settings& recipe, const Place& place, const std::atomic<bool>& stop) {
  const TwinLength whole{place.data.train.size(), recipe.epochs, place.data.test.size()};
  const auto r = train_twin(twin_of(recipe, whole, place.data), place.data, whole.steps, stop);
  if (r) return r->finite ? r->accuracy : 0;
  if (stop) return std::nullopt;
  return 0;  // flags that do not go together make no network
}

Settings draw_recipe(const Place& place, Stream& stream) {
  const Ground g = place.ground();
  Settings s = place.from;
  s.depth = one_of(std::array{1, 2, 3, 4, 5, 6, 8}, stream);
  s.width = one_of(std::array{24, 32, 64, 100, 128, 200}, stream);
  s.activation = one_of(std::array{"relu", "relu", "relu", "relu", "leaky_relu", "elu", "selu",
                            "gelu", "silu", "tanh", "tanh", "sigmoid"},
      stream);
  s.init = init_of(s.activation, stream);
  if (by_chance(0.2, stream)) s.norm = by_chance(0.8, stream) ? "batch" : "batch_after";
  if (by_chance(0.15, stream)) s.residual = "add";
  draw_optimizer(s, stream);
  s.batch_size = one_of(std::array{16, 32, 64, 100, 128, 256}, stream);
  if (by_chance(0.15, stream)) s.dropout = one_of(std::array{0.1, 0.2}, stream);
  if (by_chance(0.15, stream)) s.weight_decay = one_of(std::array{1e-5, 1e-4, 1e-3}, stream);
  if (by_chance(0.1, stream)) s.clip = one_of(std::array{1.0, 5.0}, stream);
  if (by_chance(0.1, stream)) s.warmup = one_of(std::array{10, 20}, stream);
  const double pass = static_cast<double>(weights_of(s, g) * g.samples);
  const auto affordable = static_cast<int64_t>(kWork / pass);
  const int64_t least = (kLeastSteps + g.batches(s) - 1) / g.batches(s),
                most = std::clamp<int64_t>(affordable, 1, kMostSteps / g.batches(s) + 1);
  s.epochs = g.pictures() ? one_of(std::array{1, 2, 3, 4}, stream)
                          : one_of(std::array{15, 20, 30}, stream);
  s.epochs = std::max(least, std::min(s.epochs, most));
  const std::string thirds = "step:" + std::to_string(std::max<int64_t>(1, s.epochs / 3)) + ",0.5";
  if (by_chance(0.25, stream))
    s.schedule = one_of(std::array<std::string, 3>{"cosine", "one_cycle", thirds}, stream);
  return s;
}

bool learns(double accuracy, const Place& place) {
  return accuracy >= place.majority + kLearns * (place.reachable - place.majority);
}

Settings without(const FaultyRecipe& c, const std::vector<std::size_t>& faults) {
  Settings s = c.faulty;
  for (const std::size_t i : faults)
    for (const Flag* flag : c.flags[i]) flag->assign(s, c.clean);
  return s;
}

double restored_bar(double clean_accuracy, const Place& place) {
  return place.majority + kRestores * (clean_accuracy - place.majority);
}

namespace {

// Puts them in one after the other; false where one does not fit, changes nothing, or changes a
// flag that another has changed.
bool put_all(FaultyRecipe& c, Stream& stream) {
  const Ground g = c.place->ground();
  c.faulty = c.clean;
  c.flags.clear();
  std::vector<const Flag*> changed;
  for (const FaultKind* kind : c.faults) {
    if (!kind->fits(c.clean, g)) return false;
    Settings alone = c.clean;
    kind->put(alone, g, c.strength, stream);
    const auto flags = difference(c.clean, alone);
    if (flags.empty()) return false;
    c.flags.push_back(flags);
    for (const Flag* flag : flags) {
      if (std::ranges::find(changed, flag) != changed.end()) return false;
      changed.push_back(flag);
      flag->assign(c.faulty, alone);
    }
  }
  try {
    check(c.faulty);
    const auto model = build_model(c.faulty, task_of(c.place->data));
    Plant::parse(c.faulty.plant).check(*model, g.steps(c.faulty), c.place->data);
  } catch (const ValueError&) {
    return false;
  }
  return true;
}

}  // namespace

std::optional<FaultyRecipe> draw_case(uint64_t seed, const std::vector<const FaultKind*>& faults,
    Strength strength, const std::vector<Place>& places, const std::atomic<bool>& stop) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Stream stream(Seed{seed}, "grading", static_cast<uint64_t>(attempt));
    FaultyRecipe c{.seed = seed,
        .place = &places[stream.below(places.size())],
        .faults = faults,
        .strength = strength};
    c.clean = draw_recipe(*c.place, stream);
    c.clean.seed = seed;
    if (!put_all(c, stream)) continue;
    const auto accuracy = reached(c.clean, *c.place, stop);
    if (!accuracy) return std::nullopt;
    if (!learns(*accuracy, *c.place)) continue;
    c.clean_accuracy = *accuracy;
    return c;
  }
  return std::nullopt;
}

void fail_draw() {
  fail<Error>("no recipe that learns was found for any fault: are these data that can be learnt?");
}

}  // namespace lively::lab
