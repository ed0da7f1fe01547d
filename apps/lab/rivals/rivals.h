#pragma once

#include <string_view>
#include <vector>

#include "apps/lab/rivals/sight.h"
#include "lively/nn/liveness/verdicts.h"

// Monitors of other people as judges of our runs. AutoTrainer's repairs are in
// autotrainer_repair.h. "papers.md" below is the project's notes on the sources, from which each
// threshold is taken as it stands there.

namespace lively::lab {

// Something that a monitor can say.
struct Saying {
  std::string_view word;         // its own, "vanish"
  std::vector<Verdict> means{};  // all of ours that it may mean; none: we have no code for it
  bool alarm = true;             // does it say that training goes wrong? Else it is a remark
};

using Words = std::vector<std::string_view>;

struct Rival {
  std::string_view name, source;
  std::string_view given;       // what it looks at here
  std::string_view left_out{};  // what of its rule cannot be evaluated here; empty: nothing
  std::vector<Saying> says;
  Words (*words)(const Sight&);  // those of `says` that hold, in its order; empty: all is well
};

// AutoTrainer, SageMaker DeadRelu, keras-contrib, DeepDiagnosis, UMLAUT.
const std::vector<Rival>& rivals();

struct Opinion {
  Words words;
  std::vector<Verdict> codes;  // all that they may mean, in their order
  bool alarm = false;          // does any of them say that training goes wrong?
};
Opinion opinion(const Rival& rival, const Sight& sight);

// The rules, each in a file of its own.
Words autotrainer_words(const Sight& sight);
Words sagemaker_words(const Sight& sight);
Words keras_contrib_words(const Sight& sight);
Words deep_diagnosis_words(const Sight& sight);
Words umlaut_words(const Sight& sight);

}  // namespace lively::lab
