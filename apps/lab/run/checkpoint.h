#pragma once

#include <functional>

#include "apps/lab/run/archive.h"
#include "apps/lab/run/training.h"

namespace lively::lab {

// Writes the weights to the recipe's --save, under PyTorch's names, with what is needed to build
// their model again, and the checkpoint beside them: the training, and what `instruments` keep.
// Each file is there whole or not at all. Throws Error.
void save_run(Training& training, const std::function<void(Archive&)>& instruments);

// The weights alone.
void save_weights(const Training& training, const std::string& path);

// Puts back what save_run wrote to the recipe's --resume. Throws DataError if the file is damaged
// or of another model.
void load_run(Training& training, const std::function<void(Archive&)>& instruments);

// The network and where it stood alone, for who goes on with another recipe: the moments too, where
// the recipe's optimizer is that of the checkpoint, else it begins anew. Throws as load_run.
void load_network(Training& training);

// Where the run of a checkpoint stood. Throws DataError.
Position position_of(const std::string& path);

}  // namespace lively::lab
