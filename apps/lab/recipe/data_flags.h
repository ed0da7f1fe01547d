#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/flag_table.h"
#include "lively/data/source.h"

namespace lively::lab {

// The flags that say what data are, for a program whose other flags are not those of a recipe. The
// arguments read into this object, which must outlive them.
class DataFlags {
 public:
  // Those of these names, for a program that asks a finished model: where one is not typed, what
  // the model's file says of it holds.
  void add_to(Arguments& arguments, const std::vector<std::string_view>& names);
  // --data, of which `help` says what it is for, and how its files are read.
  void add_to_study(Arguments& arguments, const std::string& help);

  bool typed() const { return !typed_.empty(); }
  // These settings, with the flags that were typed.
  Settings over(Settings settings) const;
  // As typed, each after a blank: " --data iris.csv --target species".
  std::string command() const;
  // The sets, of `otherwise` where no --data is typed, with at most so many samples to train on.
  // Of a user's own files the name says how they are read, where that was typed, and has a hash of
  // what they hold: what a study has kept of others of that name is not theirs: "iris.csv (--target
  // kind) #5e1f09c2". Throws as data_of does.
  DataSplits load(int64_t train, const std::string& otherwise = "") const;

 private:
  void add(Arguments& arguments, const Flag& flag, const std::string& help);

  Settings given_;
  std::vector<const Flag*> typed_;
};

}  // namespace lively::lab
