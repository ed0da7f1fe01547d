// DeepDiagnosis (ICSE 2022): thresholds of papers.md, section 8; which test comes when, and on
// what, is that of its code, callbacks.py, mapFaluireToFix. The first symptom ends the run.
#include <algorithm>
#include <cmath>

#include "apps/lab/rivals/rivals.h"

namespace lively::lab {
namespace {

constexpr double kDead = 0.7;       // of a relu layer's values at or below 0
constexpr double kSaturated = 0.5;  // of the inputs of a sigmoid or tanh beyond -5 or 5
constexpr double kVanished = 1e-7;  // mean |g| of a kernel
constexpr std::size_t kWindow = 5, kLongWindow = 20;  // epochs over which something must move

// A mean of exactly 0 counts as a numerical error, as one that is not finite does.
Words numerical(double mean, std::string_view not_finite, std::string_view zero) {
  if (!std::isfinite(mean)) return {not_finite};
  if (mean == 0) return {zero};
  return {};
}

// Was it the same in the last `n` looks? `of` gives its value in one of them.
template <class Of>
bool stands(const std::vector<Look>& looks, std::size_t end, std::size_t n, const Of& of) {
  if (end % n != 0) return false;
  for (std::size_t i = end - n; i < end; ++i)
    if (of(looks[i]) != of(looks[end - 1])) return false;
  return true;
}

Words forward(const Sight& s, std::size_t at) {
  const Look& look = s.looks[at];
  for (std::size_t i = 0; i < look.layers.size(); ++i) {
    const LayerSight& l = look.layers[i];
    for (const double mean : {l.mean_z, l.mean})
      if (Words w = numerical(mean, "Numerical Problem Forward", "Numerical Problem Forward, 0");
          !w.empty())
        return w;
    if (l.op == "relu" && at + 1 == s.parts && l.off >= kDead) return {"Dead Node"};
    // Every fifth epoch; of fewer, the last.
    const bool due = (at + 1) % kWindow == 0 || at + 1 == s.parts;
    if ((l.op == "sigmoid" || l.op == "tanh") && due && l.beyond_five > kSaturated)
      return {"Saturated Activation"};
  }
  for (std::size_t i = 0; i < look.layers.size(); ++i)
    if (stands(s.looks, at + 1, kWindow, [i](const Look& k) { return k.layers[i].mean; }))
      return {"Unchange Tensor"};
  return {};
}

Words metrics(const Sight& s, std::size_t at) {
  const Look& look = s.looks[at];
  if (!std::isfinite(look.loss)) return {"Invalid loss"};
  if (stands(s.looks, at + 1, kWindow, [](const Look& l) { return l.loss; }))
    return {"Loss Not Decreasing"};
  if (look.accuracy == 0) return {"Invalid accuracy"};
  if (stands(s.looks, at + 1, kLongWindow, [](const Look& l) { return l.accuracy; }))
    return {"Accuracy Not Increasing"};
  return {};
}

// From the last layer to the first.
Words backward(const Sight& s, std::size_t at) {
  const Look& look = s.looks[at];
  for (std::size_t i = look.gradients.size(); i-- > 0;) {
    const TensorSight& g = look.gradients[i];
    if (!g.kernel) continue;
    if (Words w = numerical(
            g.mean, "Numerical Error in delta Weights", "Numerical Error in delta Weights, 0");
        !w.empty())
      return w;
    if (g.mean_abs < kVanished) return {"Vanishing Gradient"};
    const auto weight = [&g](const Look& l) {
      const auto found = std::ranges::find(l.weights, g.name, &TensorSight::name);
      return found->mean;
    };
    if (Words w =
            numerical(weight(look), "Numerical Error in Weights", "Numerical Error in Weights, 0");
        !w.empty())
      return w;
    if (stands(s.looks, at + 1, kWindow, [i](const Look& l) { return l.gradients[i].mean; }) ||
        stands(s.looks, at + 1, kWindow, weight))
      return {"Unchange Tensor in Weights"};
  }
  return {};
}

}  // namespace

Words deep_diagnosis_words(const Sight& sight) {
  for (std::size_t at = 0; at < sight.looks.size(); ++at)
    for (Words (*test)(const Sight&, std::size_t) : {forward, metrics, backward})
      if (Words w = test(sight, at); !w.empty()) return w;
  return {};
}

}  // namespace lively::lab
