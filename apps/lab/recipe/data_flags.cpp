#include "apps/lab/recipe/data_flags.h"

#include <algorithm>

namespace lively::lab {

void DataFlags::add_to(Arguments& arguments, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    const Flag* flag = &*std::ranges::find(flag_table(), name, &Flag::name);
    const std::string help = name == "--data" ? "as for the training programs"
                                              : flag->help + "; else as the model's run";
    arguments.add({.name = flag->name, .value = flag->value, .help = help},
        [this, flag](const std::string& text) {
          flag->read(given_, text);
          typed_.push_back(flag);
        });
  }
}

Settings DataFlags::over(Settings settings) const {
  for (const Flag* flag : typed_) flag->assign(settings, given_);
  return settings;
}

}  // namespace lively::lab
