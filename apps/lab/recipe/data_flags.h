#pragma once

#include <string_view>
#include <vector>

#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/flag_table.h"

namespace lively::lab {

// The flags that say what data are, for a program that asks a finished model: where one is not
// typed, what the model's file says of it holds.
class DataFlags {
 public:
  // Adds those of these names. The arguments read into this object, which must outlive them.
  void add_to(Arguments& arguments, const std::vector<std::string_view>& names);
  bool typed() const { return !typed_.empty(); }
  // These settings, with the flags that were typed.
  Settings over(Settings settings) const;

 private:
  Settings given_;
  std::vector<const Flag*> typed_;
};

}  // namespace lively::lab
