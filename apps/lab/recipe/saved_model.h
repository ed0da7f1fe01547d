#pragma once

#include <memory>
#include <string>

#include "apps/lab/recipe/models.h"
#include "lively/data/safetensors.h"

namespace lively::lab {

// "run.safetensors" -> "run.checkpoint".
std::string checkpoint_beside(const std::string& save);

// Says in a file's metadata what builds the model again: program, flags, shape of the input,
// classes, and what its inputs were made by, so that others can be made alike. Where the run writes
// is not among it: that is for whoever starts a run to say, not for a file.
void put_settings(Safetensors& to, const Settings& settings, const Task& task);

// The settings that a checkpoint, or a weights file, was written with; `save` leads to where it
// lies. Throws DataError.
Settings settings_of_checkpoint(const std::string& path);
// The same, of that program alone.
Settings settings_of_checkpoint(const std::string& path, Architecture architecture);
// What the model of a checkpoint is for. Throws DataError.
Task task_of_checkpoint(const std::string& path);

struct SavedModel {
  Settings settings;
  Task task;
  std::unique_ptr<Module> model;  // in evaluation mode
};
// The model of a weights file, of whose flags those that describe the network, and how data are
// read, are taken: who gives a model away does not say which folder is read, or with how many
// threads. Throws DataError.
SavedModel load_model(const std::string& path);

}  // namespace lively::lab
