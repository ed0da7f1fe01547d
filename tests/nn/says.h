#pragma once

#include <string>

#include "lively/nn/liveness/diagnose.h"

namespace lively::testing {

inline bool says(const Diagnosis& d, const std::string& text) {
  return d.text.find(text) != std::string::npos;
}

}  // namespace lively::testing
