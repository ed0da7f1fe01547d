#include "apps/lab/rivals/rivals.h"

#include <algorithm>

namespace lively::lab {

const std::vector<Rival>& rivals() {
  using enum Verdict;
  static const std::vector<Rival> all{
      {.name = "AutoTrainer",
          .source = "Zhang, Zhai, Ma, Shen, ICSE 2021; shiningrain/AUTOTRAINER, utils/monitor.py "
                    "(papers.md, section 7)",
          .given = "loss and accuracy of each epoch on the training and the test set, which stands "
                   "for its validation set; every third epoch the gradients of all parameters on "
                   "the first batch_size rows; Theta is 0.7, its default",
          .left_out = "",
          .says = {{"relu", {born_dead, died}}, {"explode", {exploding, poisoned}},
              {"vanish", {vanishing}}, {"not_converge", {slow, starved_step}},
              {"unstable", {oscillating}}},
          .words = autotrainer_words},
      {.name = "SageMaker DeadRelu",
          .source = "AWS SageMaker Debugger, built-in rule DeadRelu (papers.md, section 8)",
          .given = "on how much of the training set each relu fires, after each epoch",
          .left_out = "it is given saved batches, not the whole set, which is harder",
          .says = {{"DeadRelu", {born_dead, died}}},
          .words = sagemaker_words},
      {.name = "keras-contrib",
          .source = "keras-contrib, callbacks/dead_relu_detector.py, not verbose (papers.md, "
                    "section 8)",
          .given = "which relus fire on none of the training set in training mode, after each "
                   "epoch, in layers whose own activation it is",
          .left_out = "",
          .says = {{"dead neurons", {born_dead, died}}},
          .words = keras_contrib_words},
      {.name = "DeepDiagnosis",
          .source = "Wardat, Cruz, Le, Rajan, ICSE 2022; DeepDiagnosis/ICSE2022, "
                    "callback/callbacks.py (papers.md, section 8)",
          .given = "after each epoch loss and accuracy, and on the first batch_size rows what "
                   "rectifiers get and give, weights and their gradients. One message of it covers "
                   "NaN and 0; they are told apart here, in its favour",
          .left_out = "the change that it proposes after a symptom (from the variance of means of "
                      "weights, the learning rate, the inputs' range) is no verdict and not read; "
                      "that the last layer's range fits the loss, which ours always does",
          .says = {{"Dead Node", {born_dead, died}}, {"Saturated Activation", {vanishing}},
              {"Vanishing Gradient", {vanishing}},
              {"Numerical Problem Forward", {exploding, poisoned}},
              {"Numerical Problem Forward, 0", {born_dead, died}},
              {"Numerical Error in delta Weights", {exploding, poisoned}},
              {"Numerical Error in delta Weights, 0", {frozen_loss, born_dead, died}},
              {"Numerical Error in Weights", {exploding, poisoned}},
              {"Numerical Error in Weights, 0", {wiring}}, {"Invalid loss", {exploding, poisoned}},
              {"Invalid accuracy"}, {"Unchange Tensor", {frozen_optimizer, frozen_loss}},
              {"Unchange Tensor in Weights", {frozen_optimizer, frozen_loss}},
              {"Loss Not Decreasing", {frozen_optimizer, frozen_loss}},
              {"Accuracy Not Increasing"}},
          .words = deep_diagnosis_words},
      {.name = "UMLAUT",
          .source = "Schoop, Huang, Hartmann, CHI 2021; BerkeleyHCI/umlaut, umlaut/heuristics.py "
                    "(papers.md, section 8)",
          .given = "learning rate and dropout as typed, the range of the inputs, loss and accuracy "
                   "of each epoch on both sets",
          .left_out = "inputs that are no floats, of another shape, layers without activation: "
                      "ours cannot be so",
          .says = {{"Missing Softmax layer before loss", {wiring}},
              {"High dropout rate", {over_regularised}}, {"NaN in input", {poisoned}},
              {"Input data exceeds typical limits"},
              {"Learning Rate is high", {exploding, died, oscillating}},
              {"Learning Rate is low", {slow, starved_step}}, {"NaN loss", {exploding, poisoned}},
              {"Possible overfitting", {}, false}, {"Check validation accuracy", {}, false}},
          .words = umlaut_words},
  };
  return all;
}

Opinion opinion(const Rival& rival, const Sight& sight) {
  Opinion o{.words = rival.words(sight), .codes = {}};
  for (const std::string_view word : o.words) {
    const Saying& s = *std::ranges::find(rival.says, word, &Saying::word);
    o.alarm |= s.alarm;
    for (const Verdict v : s.means)
      if (std::ranges::find(o.codes, v) == o.codes.end()) o.codes.push_back(v);
  }
  return o;
}

}  // namespace lively::lab
