#pragma once

#include <atomic>
#include <memory>

#include "apps/lab/outcome.h"
#include "lively/data/source.h"
#include "lively/nn/module.h"

namespace lively::lab {

// The model that the settings describe, drawn by their initialiser and seed.
std::unique_ptr<Module> build_model(const Settings& settings, const ImageDataset& train);

// Trains `model` and gives what happened. Same settings, data and thread count: same bits.
// Stops early when the loss is no longer finite, or when `interrupt` becomes true.
Outcome run_training(Module& model, const Settings& settings, const DataSplits& data,
                     const std::string& data_source, RunListener& listener,
                     const std::atomic<bool>* interrupt = nullptr);

// The loss of that name, from logits [N, K] and labels [N].
Variable loss_of(const std::string& name, const Variable& logits, const Tensor& labels);

// Loss, accuracy and census over a set, in evaluation mode.
Examination examine(Module& model, const Dataset& data, const std::string& loss);

}  // namespace lively::lab
