#pragma once

#include <string_view>

#include "apps/lab/recipe/settings.h"
#include "lively/data/source.h"
#include "lively/data/synthetic_digits.h"

namespace lively::testing {

// The defaults of a program, with these flags.
inline lab::Settings with(
    std::string_view flags, lab::Architecture architecture = lab::Architecture::mlp) {
  lab::Settings s = lab::default_settings(architecture);
  lab::parse_flags(flags, s);
  return s;
}

// The first synthetic digits to train on, and as many as `test` after them.
inline DataSplits digits_of(int64_t train, int64_t test) {
  return {"digits", synthetic_digits(0, train), synthetic_digits(train, test)};
}

// The same, drawn once.
template <int64_t kTrain, int64_t kTest>
const DataSplits& digits() {
  static const DataSplits data = digits_of(kTrain, kTest);
  return data;
}

}  // namespace lively::testing
