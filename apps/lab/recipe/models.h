#pragma once

#include <memory>

#include "apps/lab/recipe/settings.h"
#include "lively/data/source.h"
#include "lively/nn/module.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// What a model is for: samples of this shape [C, H, W], in these classes.
struct Task {
  Shape sample;
  int64_t classes = 10;
  std::vector<std::string> names{};  // of the classes
  DataForm form{};                   // what else it must know of them
  bool light = false;                // grey pictures on a light background, as print on paper
};
Task task_of(const DataSplits& data);

// Are these points in the plane, samples of two numbers?
bool is_plane(const Dataset& set);
// Are these numbers that make no picture, [1, 1, numbers]: points, or the lines of a table?
bool is_table(const DataSplits& data);
// Throws ValueError where a recipe cannot be run on these data.
void check_fits(const Settings& settings, const DataSplits& data);

// The optimizer that they describe.
std::unique_ptr<Optimizer> build_optimizer(
    const Settings& settings, std::vector<Variable> parameters);
std::unique_ptr<Optimizer> build_optimizer(const Settings& settings, const Module& model);

// The model that the settings describe, drawn by their initialiser and seed.
std::unique_ptr<Module> build_model(const Settings& settings, const Task& task);

// How many numbers of a sample reach the first hidden layer of an MLP.
int64_t inputs_of(const Settings& settings, const Shape& sample);

// Of --front: which share is dropped behind its convolutions. Throws ValueError unless the text is
// conv, or conv:P with P from 0 to below 1.
double front_dropout(const std::string& front);

// "784 – 5 × 128 – 10, relu", "ResNet-20, 16 – 32 – 64 channels, relu".
std::string network_text(const Settings& settings, const Task& task);

}  // namespace lively::lab
