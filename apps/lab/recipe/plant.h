#pragma once

#include <optional>
#include <string>
#include <variant>

#include "lively/data/source.h"
#include "lively/nn/module.h"
#include "lively/tensor/random.h"

namespace lively::lab {

// A fault that was put in on purpose.
struct PlantReport {
  int64_t step = 0;  // 0: in the data
  std::string code, text;
};

// A fault put into a run on purpose, so that what follows from it can be seen. As a text:
//   outliers:COUNT[,SCALE]   so many training pictures are SCALE times as bright (255 unless given:
//                            nobody divided them by 255)
//   nan_inputs:COUNT         so many training pictures hold NaN
//   scaled_inputs:SCALE[,SHIFT]
//                            every picture of both sets is SCALE times as bright, plus SHIFT (0)
//   lr_step:STEP[,FACTOR]    one step at FACTOR times the learning rate (100)
//   bias:STEP[,UNIT]         in this step, the bias of a unit of the first layer, or of all,
//                            falls until no picture can fire it
//   weights:STEP[,UNIT]      or all its incoming weights do
//   shuffled_labels          the labels of both sets, dealt out anew
//   constant_input           every picture is the first of the training set
// What takes the place of pictures, points in the plane, counts as pictures.
class Plant {
 public:
  // Empty: no fault. Throws ValueError where it is none of these.
  static Plant parse(const std::string& text);

  // Throws ValueError if nothing of it would come in a run of so many steps on these data: if it
  // stands at a later step, the model has no such unit, a normalisation would take the push away
  // again, or lower weights do not silence a unit, which is so where inputs can be below 0.
  void check(Module& model, int64_t steps, const DataSplits& data) const;
  // The data as the run gets them. Which pictures are chosen hangs on the seed alone.
  DataSplits planted(const DataSplits& data, Seed seed) const;
  // What this step's learning rate is multiplied by.
  double lr_factor(int64_t step) const;
  // Does it write to weights after this step?
  bool pushes(int64_t step) const;
  // Pushes down what is to be pushed in this step, in a run that `check` has let pass.
  void push(Module& model, int64_t step, const DataSplits& data) const;
  // What is planted in this step, 0 before the first, in words; nullopt: nothing.
  std::optional<PlantReport> report(int64_t step) const;

 private:
  struct None {};
  struct Outliers {
    int64_t count;
    double scale;
  };
  struct NanInputs {
    int64_t count;
  };
  struct ScaledInputs {
    double scale, shift;
  };
  struct LrStep {
    int64_t step;
    double factor;
  };
  struct Push {
    bool bias;  // else the weights
    int64_t step;
    std::optional<int64_t> unit;  // none: all
  };
  struct ShuffledLabels {};
  struct ConstantInput {};

  const Push* push() const { return std::get_if<Push>(&fault_); }
  int64_t step() const;  // 0: it is in the data

  std::string text_;  // as it was given
  std::string code_;
  std::variant<None, Outliers, NanInputs, ScaledInputs, LrStep, Push, ShuffledLabels, ConstantInput>
      fault_;
};

}  // namespace lively::lab
