#include "apps/lab/study/claims/cases.h"

#include <cmath>
#include <set>

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/run/step.h"
#include "apps/lab/run/training.h"
#include "apps/lab/study/cells.h"
#include "apps/lab/study/claims/watched_run.h"
#include "apps/lab/study/faulty_gradient_test.h"
#include "apps/lab/study/trial_line.h"
#include "lively/nn/liveness/census.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr int64_t kTrained = 10'000;   // pictures, as --quick of the training programs
constexpr int64_t kConvolved = 2'000;  // that a ResNet is tested with
constexpr int64_t kNetworks = 100;     // that a seed of `born` draws
constexpr int64_t kPoints = 500;       // in its square
constexpr int64_t kLogits = 1'000;     // samples of `softmax_sums`

Settings recipe_of(const ClaimArm& arm) {
  constexpr std::string_view kResnet = "mnist_resnet ";
  const bool resnet = arm.flags.starts_with(kResnet);
  Settings s = default_settings(resnet ? Architecture::resnet : Architecture::mlp);
  parse_flags(
      resnet ? std::string_view(arm.flags).substr(kResnet.size()) : std::string_view(arm.flags), s);
  s.liveness = Liveness::epoch;
  check(s);
  return s;
}

bool takes_pictures(Instrument i) {
  return i == Instrument::run || i == Instrument::birth || i == Instrument::faulty_test;
}

const char* word(Instrument i) {
  switch (i) {
    case Instrument::run:
      return "run";
    case Instrument::birth:
      return "birth";
    case Instrument::born:
      return "born";
    case Instrument::faulty_test:
      return "faulty_test";
    case Instrument::softmax_sums:
      return "softmax_sums";
  }
  return "";
}

std::string said(const ClaimArm& arm) {
  return message(word(arm.instrument), " ", arm.dose, " ", arm.flags);
}

// Lu et al. (2019): networks on points of [-√3, √3]^d. Constant there, almost surely, if and only
// if a layer is dead on all of them (lemma 10).
Json draw_born(Settings s, int64_t inputs, uint64_t seed) {
  Tensor points = Tensor::empty({kPoints, 1, 1, inputs}, Dtype::float32);
  Stream stream(Seed{seed}, "points");
  fill_uniform(points, stream, -std::sqrt(3.0), std::sqrt(3.0));
  int64_t networks = 0;
  double units = 0, dead = 0;
  for (int64_t i = 0; i < kNetworks; ++i) {
    s.seed = seed * static_cast<uint64_t>(kNetworks) + static_cast<uint64_t>(i);
    const auto model =
        build_model(s, {.sample = {1, 1, inputs}, .classes = std::max<int64_t>(2, inputs)});
    bool given = false;
    const Census census = take_census(*model, [&](Tensor& next) {
      next = points;
      return !std::exchange(given, true);
    });
    bool constant = false;
    for (const LayerPulse& layer : census.layers) constant |= layer.dead() == layer.units();
    networks += constant;
    units += static_cast<double>(census.units()), dead += static_cast<double>(census.dead());
  }
  return object(
      {{"networks", kNetworks}, {"networks_dead", networks}, {"units_dead", dead / units}});
}

// Trains, then measures the loss's gradient, then asks the faulty test.
std::optional<Json> ask_faulty(
    const Settings& s, const DataSplits& data, const std::atomic<bool>& stop) {
  const auto model = build_model(s, task_of(data));
  const auto optimizer = build_optimizer(s, *model);
  Sinks nobody;
  Training t(*model, *optimizer, s, data, nobody);
  TrainStep train_step(*model, *optimizer, s);
  Batch batch;
  for (t.epoch = 1; t.epoch <= s.epochs; ++t.epoch)
    for (const Batch& b : t.loader.epoch(t.epoch, 0)) {
      if (stop) return std::nullopt;
      optimizer->set_lr_factor(t.rate_factor(++t.position.steps));
      if (!std::isfinite(train_step(b).loss)) break;
      if (b.size() == s.batch_size || !batch.inputs.defined()) batch = b;
    }
  const Examination test = evaluate(*model, t.data.test, s.loss);
  Json line = object({{"accuracy", std::isfinite(test.accuracy) ? test.accuracy : 0.0}});
  const GradientReading truth = read_loss_gradient(*model, s, batch),
                        reported = faulty_gradient_test(*model, s, batch);
  line["true_zeros"] = truth.zeros;
  line["faulty_zeros"] = reported.zeros;
  const double size = reported.largest / truth.largest;
  line["faulty_size"] = or_null(size);
  return line;
}

}  // namespace

const DataSplits& Arms::data_of_arm(const Settings& recipe, const DataFlags& data) {
  const bool resnet = recipe.architecture == Architecture::resnet;
  const std::string key = recipe.data + (resnet ? " resnet" : "");
  if (!data_.contains(key)) {
    DataSplits loaded =
        recipe.data.empty() ? data.load(kTrained) : DataFlags().load(kTrained, recipe.data);
    if (resnet) loaded.test = loaded.test.first(kConvolved);
    data_.emplace(key, std::move(loaded));
  }
  return data_.at(key);
}

Arms::Arms(std::vector<Claim>& claims, const DataFlags& data) {
  std::string why;
  std::erase_if(claims, [&](const Claim& claim) {
    std::string misfits;
    for (const ClaimPart& part : claim.parts)
      for (const ClaimArm* arm : {&part.a, part.b ? &*part.b : nullptr}) {
        if (!arm || !takes_pictures(arm->instrument)) continue;
        const Settings recipe = recipe_of(*arm);
        if (misfits.empty()) misfits = misfit(recipe, data_of_arm(recipe, data));
      }
    if (misfits.empty()) return false;
    left_out_ += (left_out_.empty() ? "Left out: " : ", ") + claim.id;
    if (why.empty()) why = misfits;
    return true;
  });
  if (claims.empty()) fail<ValueError>(why, "; no claim is left");
  if (!why.empty()) left_out_ += ". " + why + ".";
  for (const Claim& claim : claims)
    for (const ClaimPart& part : claim.parts)
      for (const ClaimArm* arm : {&part.a, part.b ? &*part.b : nullptr}) {
        if (!arm) continue;
        Known known{*arm, recipe_of(*arm), nullptr};
        if (takes_pictures(arm->instrument)) known.data = &data_of_arm(known.recipe, data);
        const std::string type = type_of(known);
        types_[said(*arm)] = type;
        measures_[type].push_back(part.measure);
        arms_.emplace(type, std::move(known));
      }
}

std::string Arms::type_of(const Known& known) const {
  std::string text = word(known.arm.instrument) + std::string(": ");
  if (known.data) return text + trial_type(known.recipe, *known.data);
  Settings s = without_files(known.recipe);
  return text + flags_of(s) + " " + std::to_string(known.arm.dose);
}

std::string Arms::type(const ClaimArm& arm) const { return types_.at(said(arm)); }

void Arms::check_line(const Json& line) const {
  const auto known = measures_.find(line.at("type"));
  if (known == measures_.end()) return;  // of a claim that was not asked for
  if (line.contains("units"))
    for (const char* key : {"born", "dead", "died", "revived"})
      if (line.at(key).size() != line["units"].size())
        fail<ValueError>("needs as many layers in ", key, " as in units");
  for (const Measure& measure : known->second) measure.read(line);
}

double Arms::seconds(const std::vector<Case>& cases) const {
  double sum = 0;
  for (const Case& c : cases) {
    const Known& known = arms_.at(c.type);
    const Settings& s = known.recipe;
    if (known.arm.instrument == Instrument::born) {
      sum += 0.15;
    } else if (s.architecture == Architecture::resnet) {
      sum += 0.45 * s.depth;
    } else if (known.data) {
      const double epochs = known.arm.instrument == Instrument::birth ? 1 : s.epochs + 1,
                   samples = static_cast<double>(known.data->train.size()) / 10'000,
                   steps = std::max(1.0, 32.0 / static_cast<double>(s.batch_size));
      sum += samples * epochs * (0.03 + 0.0125 * s.depth * steps);
    }
  }
  return sum;
}

std::vector<Case> Arms::cases(const std::vector<Claim>& claims, int seeds, uint64_t first) const {
  std::vector<Case> all;
  std::set<std::pair<std::string, uint64_t>> there;
  for (const Claim& claim : claims)
    for (const ClaimPart& part : claim.parts)
      for (const ClaimArm* arm : {&part.a, part.b ? &*part.b : nullptr}) {
        if (!arm) continue;
        const std::string of = type(*arm);
        const int n = seeds > 0 ? seeds : claim.seeds;
        for (uint64_t seed = first; seed < first + static_cast<uint64_t>(n); ++seed)
          if (there.emplace(of, seed).second) all.push_back({of, seed});
      }
  return all;
}

std::optional<Json> Arms::make(const Case& c, const std::atomic<bool>& stop) const {
  const Known& known = arms_.at(c.type);
  Settings s = known.recipe;
  s.seed = c.seed;
  switch (known.arm.instrument) {
    case Instrument::run:
      return watched_run(s, *known.data, true, stop);
    case Instrument::birth:
      return watched_run(s, *known.data, false, stop);
    case Instrument::faulty_test:
      return ask_faulty(s, *known.data, stop);
    case Instrument::born:
      return draw_born(s, static_cast<int64_t>(known.arm.dose), c.seed);
    case Instrument::softmax_sums:
      return object({{"zeros", softmax_sum_zeros(known.arm.dose, kLogits, 10, c.seed)}});
  }
  return {};
}

}  // namespace lively::lab
