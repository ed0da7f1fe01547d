#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/lab/run/outcome.h"
#include "lively/data/source.h"

namespace lively::lab {

// Someone else who says what befell a run.
struct Judge {
  std::string name;
  // The codes of ours that its answer comes to; none: it finds nothing. Called by a thread of its
  // own, beside others.
  std::function<std::vector<std::string>(
      const Settings& recipe, const DataSplits& data, const Outcome& outcome)>
      codes;
};

}  // namespace lively::lab
