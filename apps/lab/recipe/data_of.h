#pragma once

#include <string>
#include <utility>

#include "apps/lab/recipe/models.h"
#include "lively/data/source.h"

namespace lively::lab {

// "0.2" or "0.2,7": a share of the samples, and the seed by which they are chosen (1). Throws
// ValueError: the text, and what would do.
std::pair<double, Seed> read_test_share(const std::string& text);
// "28x32": height and width; "28": both. The like.
std::pair<int64_t, int64_t> read_size(const std::string& text);

// What the flags --target, --test-share and --resize say of the data.
DataOptions data_options(const Settings& settings);

// The data of a recipe: --data, with these flags. A run that goes on from a checkpoint has its
// numbers scaled and its classes numbered as the checkpoint says. Throws as find_data and load_data
// do.
DataSplits data_of(const Settings& settings);

// Data for a model that has learnt, the one of this file: scaled, named, and with pictures made as
// large as its own. `settings` say where they are. With `whole` they are not split, see
// DataOptions. Throws DataError if they are none that the model takes.
DataSplits data_for(
    const std::string& model, const Task& task, const Settings& settings, bool whole);

// Of all inputs and labels, eight letters: tells sets of one name apart.
std::string hash_of(const DataSplits& data);

// What was found, split, scaled and named, in a line: "iris.csv, 120 + 30, 20 % held out …".
std::string data_text(const std::string& name, const std::string& counts, const std::string& found,
    const std::string& source);

}  // namespace lively::lab
