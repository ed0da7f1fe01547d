// The two that count silent rectifiers: papers.md, section 8.
#include <algorithm>

#include "apps/lab/rivals/rivals.h"

namespace lively::lab {

// SageMaker Debugger's DeadRelu: a unit is dead if it is active in less than threshold_inactivity =
// 1.0 %, and the rule fires if more than threshold_layer = 50 % of a layer is.
Words sagemaker_words(const Sight& sight) {
  constexpr double kInactivity = 0.01, kLayer = 0.5;
  for (const Look& look : sight.looks)
    for (const LayerSight& l : look.layers) {
      const auto dead = std::ranges::count_if(l.rates, [](double r) { return r < kInactivity; });
      if (l.op == "relu" &&
          static_cast<double>(dead) > kLayer * static_cast<double>(l.rates.size()))
        return {"DeadRelu"};
    }
  return {};
}

// keras-contrib's DeadReluDetector: units whose activation summed over the training set is 0, in
// learning phase 1; it prints if their share of a layer is at least 10 %. It sees only layers with
// weights whose own activation is relu.
Words keras_contrib_words(const Sight& sight) {
  constexpr double kShare = 0.1;
  for (const Look& look : sight.looks)
    for (const LayerSight& l : look.layers)
      if (l.op == "relu" && l.fused &&
          static_cast<double>(l.silent) >= kShare * static_cast<double>(l.rates.size()))
        return {"dead neurons"};
  return {};
}

}  // namespace lively::lab
