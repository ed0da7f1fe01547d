#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lively/nn/liveness/life.h"

namespace lively {

// What a census's lines in a log say beside what the books know.
struct CensusNote {
  std::optional<int64_t> epoch{};
  int64_t step = 0;
  std::string set{};
  bool in_training = false;              // counted in batches, while the weights moved
  std::vector<std::string> cuts{};       // the layers that are each a dead cut; not in training
  std::vector<double> zero_gradients{};  // by weighted layer; empty: not looked at
};

// The events of a log, a JSON object each, as apps/README.md defines them: "liveness",
std::string liveness_line(const LifeHistory& life, const CensusNote& note);
// "units", one for each layer,
std::vector<std::string> unit_lines(const LifeHistory& life, const CensusNote& note);
// and "death" or "revival", without a cause: one for each of the life's changes.
std::vector<std::string> change_lines(
    const LifeHistory& life, const CensusNote& note, int64_t after);

}  // namespace lively
