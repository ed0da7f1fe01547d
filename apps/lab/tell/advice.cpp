#include "apps/lab/tell/advice.h"

#include <cstdio>
#include <cstdlib>

namespace lively::lab {
namespace {

// To six digits, so that the command shows 3e-05 and not 2.9999999999999997e-05.
double rounded(double lr) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", lr);
  return std::strtod(text, nullptr);
}

}  // namespace

std::vector<Advice> advice(const Diagnosis& diagnosis, const Settings& settings) {
  const Settings same = without_files(settings);
  Settings test = same, cure = same;
  const Settings defaults = default_settings(settings.architecture);
  cure.init = defaults.init;
  cure.bias_init = defaults.bias_init;
  Settings unplanted = same;
  unplanted.plant = "";
  switch (diagnosis.verdict) {
    case Verdict::exploding:
    case Verdict::died:
    case Verdict::oscillating:
      test.lr = rounded(settings.lr / 10);
      if (settings.optimizer == "sgd" && cure.lr < defaults.lr) cure.lr = defaults.lr;
      break;
    case Verdict::slow:
      test.lr = rounded(settings.lr * 10);
      return {{"Test it", test}};
    case Verdict::poisoned:
      if (settings.plant.starts_with("nan_inputs")) return {{"Test it", unplanted}};
      test.clip = 1;
      break;
    case Verdict::wiring:
    case Verdict::uninformative_labels:
      // Nothing that a flag of a clean run could mend: the text says where to look.
      if (settings.plant.empty()) return {};
      return {{"Test it", unplanted}};
    case Verdict::frozen_loss:
      test.loss = "softmax_cross_entropy";
      return {{"Test it", test}};
    case Verdict::born_dead:
      test.seed += 1;
      break;
    case Verdict::frozen_optimizer:
    case Verdict::vanishing:
      if (flags_of(cure) != flags_of(same)) return {{"Test it", cure}};
      if (settings.architecture != Architecture::mlp || !settings.residual.empty()) return {};
      test.residual = "add";
      return {{"Test it", test}};
    case Verdict::unsure:
      test.epochs *= 4;
      return {{"Look longer", test}};
    case Verdict::healthy:
      return {};
  }
  std::vector<Advice> all{{"Test it", test}};
  if (flags_of(cure) != flags_of(same)) all.push_back({"Cure it", cure});
  return all;
}

}  // namespace lively::lab
