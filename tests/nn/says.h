#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "lively/nn/liveness/diagnose.h"

namespace lively::testing {

inline const double kH = std::log(10.0);  // the entropy of ten classes, equally many of each

inline bool looked(const Diagnosis& d, Verdict v) {
  return std::ranges::find(d.looked_for, v) != d.looked_for.end();
}

inline bool says(const Diagnosis& d, const std::string& text) {
  return d.text.find(text) != std::string::npos;
}

}  // namespace lively::testing
