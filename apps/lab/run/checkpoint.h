#pragma once

#include <functional>

#include "apps/lab/run/archive.h"
#include "apps/lab/run/training.h"

namespace lively::lab {

// Writes the weights to the recipe's --save, under PyTorch's names, with what is needed to build
// their model again, and the checkpoint beside them: the training, and what `instruments` keep.
// Each file is there whole or not at all. Throws Error.
void save_run(Training& training, const std::function<void(Archive&)>& instruments);

// Puts back what save_run wrote to the recipe's --resume. Throws DataError if the file is damaged
// or of another model.
void load_run(Training& training, const std::function<void(Archive&)>& instruments);

}  // namespace lively::lab
