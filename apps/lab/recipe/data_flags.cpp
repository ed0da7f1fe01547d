#include "apps/lab/recipe/data_flags.h"

#include <algorithm>

#include "apps/lab/recipe/data_of.h"

namespace lively::lab {

void DataFlags::add_to(Arguments& arguments, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    const Flag* flag = &*std::ranges::find(flag_table(), name, &Flag::name);
    add(arguments, *flag,
        name == "--data" ? "as for the training programs"
                         : flag->help + "; else as the model's run");
  }
}

void DataFlags::add_to_study(Arguments& arguments, const std::string& help) {
  for (const std::string_view name : {"--data", "--target", "--test-share", "--resize"}) {
    const Flag* flag = &*std::ranges::find(flag_table(), name, &Flag::name);
    add(arguments, *flag, name == "--data" ? help : flag->help);
  }
}

void DataFlags::add(Arguments& arguments, const Flag& flag, const std::string& help) {
  arguments.add({.name = flag.name, .value = flag.value, .help = help},
      [this, &flag](const std::string& text) {
        flag.read(given_, text);
        typed_.push_back(&flag);
      });
}

Settings DataFlags::over(Settings settings) const {
  for (const Flag* flag : typed_) flag->assign(settings, given_);
  return settings;
}

std::string DataFlags::command() const {
  const std::string flags = flags_of(given_);
  return flags.empty() ? "" : " " + flags;
}

DataSplits DataFlags::load(int64_t train, const std::string& otherwise) const {
  Settings how = given_;
  if (how.data.empty()) how.data = otherwise;
  DataSplits data = data_of(how);
  data.train = data.train.first(train);
  how.data.clear();
  if (const std::string read = flags_of(how); !read.empty()) data.name += " (" + read + ")";
  if (!data.form.classes.empty()) data.name += " #" + hash_of(data);
  return data;
}

}  // namespace lively::lab
