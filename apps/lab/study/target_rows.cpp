#include "apps/lab/study/target_rows.h"

#include <array>

#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr int64_t kSampledSteps = 1000, kSamplesDrawn = 1000;
constexpr std::array kTargets{UnitTarget::linear, UnitTarget::relu};

Json ends_line(const UnitEnds& e) {
  return object({{"starts", e.starts}, {"dead", e.dead}, {"found", e.found},
      {"unsettled", e.unsettled}, {"right", e.right}, {"dead_right", e.dead_right}});
}

}  // namespace

const std::vector<UnitPanel>& unit_panels() {
  static const std::vector<UnitPanel> panels{{0.5, 0}, {0.1, 0}, {0.001, 0}, {0.001, 0.7},
      {0.001, 0.8}, {0.001, 0.9}, {0.001, 0.95}, {1, 0.9}};
  return panels;
}

const std::vector<UnitVariant>& unit_variants() {
  static const std::vector<UnitVariant> variants{{"derived"}, {"sign lost", SignOfW::lost},
      {"in dL/dw", SignOfW::lost_in_w}, {"in dL/db", SignOfW::lost_in_b},
      {"2 inputs", SignOfW::kept, 2}, {"10 inputs", SignOfW::kept, 10}};
  return variants;
}

const std::vector<double>& target_scales() {
  static const std::vector<double> scales{1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100};
  return scales;
}

const std::vector<double>& swing_rates() {
  static const std::vector<double> rates{0.1, 0.01, 0.001};
  return rates;
}

std::vector<std::string> target_rows() {
  std::vector<std::string> rows{"unit", "samples", "affine"};
  for (const Descent& d : descents()) rows.push_back(d.name);
  return rows;
}

std::string unit_case(const UnitPanel& panel, const UnitVariant& variant) {
  return message("unit ", number(panel.gamma), " ", number(panel.beta), " ", variant.name);
}

std::string sampled_case(const UnitPanel& panel, UnitTarget target) {
  return message("samples ", number(panel.gamma), " ", number(panel.beta),
      target == UnitTarget::linear ? " linear" : " relu");
}

std::string swing_case(double lr) { return "affine " + number(lr); }

std::string scaled_case(const Descent& descent, double gamma) {
  return descent.name + " " + number(gamma);
}

std::vector<Case> target_cases(const std::string& row, const TargetSize& size) {
  std::vector<Case> cases;
  const auto add = [&](const std::string& type, int seeds) {
    for (int seed = 1; seed <= seeds; ++seed) cases.push_back({type, static_cast<uint64_t>(seed)});
  };
  if (row == "unit")
    for (const UnitPanel& panel : unit_panels())
      for (const UnitVariant& v : unit_variants()) add(unit_case(panel, v), size.blocks);
  if (row == "samples")
    for (const UnitPanel& panel : unit_panels())
      for (const UnitTarget target : kTargets) add(sampled_case(panel, target), 1);
  if (row == "affine")
    for (const double lr : swing_rates()) add(swing_case(lr), 1);
  for (const Descent& d : descents())
    if (d.name == row)
      for (const double gamma : target_scales()) add(scaled_case(d, gamma), size.seeds);
  return cases;
}

void check_target_line(const Json& line) {
  const std::string type = line.at("type");
  const auto numbers = [&](std::initializer_list<const char*> keys) {
    for (const char* key : keys) line.at(key).get<double>();
  };
  if (type.starts_with("unit ")) {
    numbers({"starts", "dead", "found", "unsettled", "right", "dead_right"});
  } else if (type.starts_with("samples ")) {
    numbers({"starts", "dead", "dead_closed", "same"});
  } else if (type.starts_with("affine ")) {
    numbers({"formula", "matrix", "runs"});
  } else if (moments_of_line(line).empty()) {
    fail<ValueError>("needs moments, one or more");
  }
}

std::optional<Json> make_target_case(const Case& c, const TargetSize& size,
    const RegressionSet& data, const std::atomic<bool>& stop) {
  for (const UnitPanel& panel : unit_panels()) {
    for (const UnitVariant& v : unit_variants())
      if (unit_case(panel, v) == c.type)
        return ends_line(unit_ends(
            {.gamma = panel.gamma, .beta = panel.beta, .inputs = v.inputs, .sign = v.sign},
            size.starts, Seed{c.seed}));
    for (const UnitTarget target : kTargets)
      if (sampled_case(panel, target) == c.type) {
        const SampledUnits s = sampled_units({.gamma = panel.gamma, .beta = panel.beta}, target,
            size.sampled, kSamplesDrawn, kSampledSteps, Seed{c.seed});
        return object({{"starts", s.starts}, {"dead", s.dead}, {"dead_closed", s.dead_closed},
            {"same", s.same}});
      }
  }
  for (const double lr : swing_rates())
    if (swing_case(lr) == c.type)
      return object({{"formula", swing_threshold(lr)}, {"matrix", swing_threshold_of_matrix(lr)},
          {"runs", swing_threshold_of_runs(lr)}});
  for (const Descent& d : descents())
    for (const double gamma : target_scales())
      if (scaled_case(d, gamma) == c.type) {
        const auto moments = learn_scaled(d, gamma, size.updates, data, Seed{c.seed}, stop);
        if (!moments) return {};
        return lively::lab::line_of(*moments);
      }
  fail<ValueError>(c.type, ": no case of this study");
}

}  // namespace lively::lab
