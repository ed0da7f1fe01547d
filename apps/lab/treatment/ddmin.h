#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace lively::lab {

using Members = std::vector<std::size_t>;  // ascending
// Which of these sets do it. Asked for several at once, so that they can be tried side by side.
using Does = std::function<std::vector<bool>(const std::vector<Members>&)>;

// A smallest set, in that no member can be left out, of {0 … n - 1}, all of which together do it:
// Zeller and Hildebrandt 2002, Simplifying and Isolating Failure-Inducing Input, their ddmin. Those
// at the end go first, where there is a choice.
Members ddmin(std::size_t n, const Does& does);

}  // namespace lively::lab
