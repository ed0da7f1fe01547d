#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// A series as one line of blocks "▁▂▄█" of at most `width` characters, each the mean of its part,
// between the smallest and the largest of them; × where a part holds what is not finite. Where all
// are above 0 and span a factor of 100, heights are logarithmic.
std::string spark(const std::vector<double>& series, std::size_t width);

// A share of 1 as a bar of `width` characters.
std::string bar(double share, std::size_t width);

}  // namespace lively::lab
