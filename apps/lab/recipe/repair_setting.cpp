#include "apps/lab/recipe/repair_setting.h"

#include <array>
#include <string_view>

#include "lively/tensor/spec.h"

namespace lively::lab {

RepairSetting RepairSetting::parse(const std::string& text) {
  constexpr std::array<std::string_view, 3> kNames{"dead", "redo", "random"};
  constexpr std::array<std::string_view, 1> kShare{"share"}, kTau{"tau"};
  const Spec spec = parse_spec(text);
  RepairSetting setting;
  if (spec.name == "redo") {
    check_numbers(spec, kTau, Numbers::optional);
    setting.units = Units::dormant;
    setting.tau = spec.numbers.empty() ? LayerPulse::kDormant : spec.numbers[0];
    if (!(setting.tau >= 0 && setting.tau < 1))
      fail<ValueError>(text, ": tau must be from 0 to below 1");
    setting.how = {.weights = Initializer::parse("glorot_uniform"), .fires = {}};
    return setting;
  }
  if (spec.name != "dead" && spec.name != "random") fail_unknown(spec.name, "repair", kNames);
  check_numbers(spec, kShare, Numbers::optional);
  if (spec.name == "random") setting.units = Units::alive;
  if (!spec.numbers.empty()) setting.how.fires = spec.numbers[0];
  if (!(*setting.how.fires > 0 && *setting.how.fires < 1))
    fail<ValueError>(text, ": the share must be between 0 and 1");
  return setting;
}

}  // namespace lively::lab
