#pragma once

#include <string>
#include <vector>

#include "apps/lab/study/deep_signal.h"

namespace lively::lab {

// What ./apps/selu_fixed_point sends a signal through, a row each; a new one is an entry here.
enum class RowGroup : unsigned char { pairing, input, drop };
struct FixedPointRow {
  std::string name;  // of --only
  RowGroup group;
  DeepNet net;
  bool wide = false;  // of the full study alone
};
// At this width; the first is SELU + lecun_normal, to which the others are compared.
std::vector<FixedPointRow> fixed_point_rows(int64_t width);

}  // namespace lively::lab
