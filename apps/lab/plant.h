#pragma once

#include <optional>
#include <string>

#include "apps/lab/outcome.h"
#include "lively/data/source.h"
#include "lively/nn/module.h"

namespace lively::lab {

// A fault put into a run on purpose, so that what follows from it can be seen. As a text:
//   outliers:COUNT[,SCALE]   so many training pictures are SCALE times as bright (255 unless given:
//                            nobody divided them by 255)
//   nan_inputs:COUNT         so many training pictures hold NaN
//   lr_step:STEP[,FACTOR]    one step at FACTOR times the learning rate (100)
//   bias:STEP[,UNIT]         in this step, the bias of a unit of layer 1, or of all, falls until no
//   weights:STEP[,UNIT]      picture can fire it; or all its incoming weights do
//   shuffled_labels          the labels of both sets, dealt out anew
//   constant_input           every picture is the first of the training set
class Plant {
 public:
  // Empty: no fault. Throws ValueError where it is none of these.
  static Plant parse(const std::string& text);

  // The data as the run gets them. Which pictures are chosen hangs on the seed alone.
  DataSplits planted(const DataSplits& data, Seed seed) const;
  // What this step's learning rate is multiplied by.
  double lr_factor(int64_t step) const;
  // Does it write to weights after this step?
  bool pushes(int64_t step) const { return (is("bias") || is("weights")) && step == at_; }
  // Pushes down what is to be pushed in this step. Throws ValueError if the model has no such unit, or
  // if a normalisation would take the push away again.
  void push(Module& model, int64_t step) const;
  // What is planted in this step, 0 before the first, in words; nullopt: nothing.
  std::optional<PlantReport> report(int64_t step) const;

 private:
  bool is(const char* code) const { return code_ == code; }

  std::string code_;
  int64_t at_ = 0;        // step or count
  int64_t unit_ = -1;     // all
  double factor_ = 1;     // of brightness or rate
};

}  // namespace lively::lab
