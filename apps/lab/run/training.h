#pragma once

#include <atomic>
#include <memory>

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/outcome.h"
#include "lively/data/source.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Trains `model` and gives what happened. Same settings, data and thread count: same bits.
// Stops early when the loss is no longer finite, or when `interrupt` becomes true. With `save` in
// the settings, writes weights and checkpoint after each epoch and when interrupted; with `resume`,
// goes on from there, to the same bits as if it had never stopped.
Outcome run_training(Module& model, const Settings& settings, const DataSplits& data,
    const std::string& data_source, RunListener& listener,
    const std::atomic<bool>* interrupt = nullptr);

}  // namespace lively::lab
