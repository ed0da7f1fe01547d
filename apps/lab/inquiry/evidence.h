#pragma once

#include <vector>

#include "lively/data/dataset.h"
#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/module.h"

namespace lively::lab {

// The share of entries of each weight's gradient that are exactly 0, for the weights that feed
// rectifiers: those of a shortcut do not. It is no measure of death: pixels that are always black
// and ordinary sparsity give zeros too. NaN where there is no gradient: a run that goes on has made
// no step yet.
std::vector<double> zero_gradients(const Module& model);

// Entropy and majority share of the labels.
void label_evidence(const ImageDataset& data, Evidence& e);

// What the verdict needs of each layer's life; or of its state alone, where nobody saw its birth.
std::vector<LayerEvidence> layer_evidence(Module& model, const LifeHistory& life);
std::vector<LayerEvidence> layer_evidence(Module& model, const Census& census);

}  // namespace lively::lab
