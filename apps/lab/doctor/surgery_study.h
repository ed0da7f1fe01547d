#pragma once

#include <atomic>
#include <string>

namespace lively::lab {

// Does unit surgery help? Recipes in which units die, each trained from the same seeds as it is,
// with its dead units drawn anew before each epoch (and as ReDo was published), with as many live
// ones drawn anew instead, and with leaky_relu; prints, as a table of Markdown, the mean accuracy
// and the share of dead units at the end, and the paired differences to the recipe as it is with
// their 95 % intervals. Gives the exit code.
int surgery_study(const std::string& data, int seeds, const std::atomic<bool>& interrupt);

}  // namespace lively::lab
