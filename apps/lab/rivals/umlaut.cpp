// UMLAUT's heuristics: papers.md, section 8. It says all that holds at once, in its own order.
#include <algorithm>
#include <cmath>

#include "apps/lab/rivals/rivals.h"

namespace lively::lab {

Words umlaut_words(const Sight& s) {
  constexpr double kHighRate = 0.01, kLowRate = 1e-7, kHighDropout = 0.5, kHighAccuracy = 0.95;
  Words all;
  if (!s.from_logits) all.push_back("Missing Softmax layer before loss");
  if (s.dropout > kHighDropout) all.push_back("High dropout rate");
  if (!s.input_finite) all.push_back("NaN in input");
  if (s.input_low < -1 || s.input_high > 1) all.push_back("Input data exceeds typical limits");
  if (s.lr > kHighRate) all.push_back("Learning Rate is high");
  if (s.lr < kLowRate) all.push_back("Learning Rate is low");
  const auto any = [&](const auto& holds) {
    for (std::size_t i = 0; i < s.looks.size(); ++i)
      if (holds(s.looks[i], i ? &s.looks[i - 1] : nullptr)) return true;
    return false;
  };
  if (any([](const Look& l, const Look*) { return std::isnan(l.loss); })) all.push_back("NaN loss");
  if (any([](const Look& l, const Look* before) {
        return before && l.test_loss > before->test_loss && l.loss <= before->loss;
      }))
    all.push_back("Possible overfitting");
  if (any([](const Look& l, const Look*) {
        return l.test_accuracy > kHighAccuracy || l.test_accuracy > l.accuracy;
      }))
    all.push_back("Check validation accuracy");
  return all;
}

}  // namespace lively::lab
