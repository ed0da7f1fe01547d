#pragma once

#include <string>

#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// Who is to be healed: a recipe, and where there is one the network that has failed by it.
struct Patient {
  Settings recipe;
  std::string checkpoint;  // empty: the recipe is to be run first
};

// The recipe of a command as logs keep it, "./apps/mnist_mlp --lr 1", or of flags alone, which are
// of mnist_mlp; --preset among them. Files that it reads and writes are left out. Throws
// ValueError, which says what would do.
Settings recipe_of_command(const std::string& command);

// Of a checkpoint of either program, or of the weights beside it. Throws DataError.
Patient patient_of_checkpoint(const std::string& path);

}  // namespace lively::lab
