#pragma once

#include <span>
#include <string>
#include <string_view>

#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// Who is to be healed: a recipe, and where there is one the network that has failed by it.
struct Patient {
  Settings recipe;
  std::string checkpoint;  // empty: the recipe is to be run first
};

// Is this word of a command line a recipe in flags: "--lr 1 --depth 3", "--quick", "--preset=died"?
// Not so "--out=my page.html", whose name ends before its first blank. A flag that begins as one of
// `own` is the program's. Throws ValueError for a flag of a recipe that stands without its value,
// as in: doctor --lr 1.
bool is_recipe(std::string_view word, std::span<const std::string_view> own);

// The recipe of a command as logs keep it, "./apps/mnist_mlp --lr 1", or of flags alone, which are
// of mnist_mlp; --preset among them. Files that it reads and writes are left out. Throws
// ValueError, which says what would do.
Settings recipe_of_command(const std::string& command);

// Of a checkpoint of either program, or of the weights beside it. Throws DataError.
Patient patient_of_checkpoint(const std::string& path);

}  // namespace lively::lab
