#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/layers/sources.h"

namespace house {

// Files that are compiled as one (cmake/together.cmake) see each other's local names. Two of one
// name the compiler refuses, but for functions with other parameters, which overload; where a
// file's local name is a header's as well, a neighbour that means the header's gets the local one
// in silence. One line for each such name, "path: what". It is read off the text: enumerators,
// macros and functions that are handed on without a call are not looked at. `parts`: of each
// file, by its path, that of its target and folder; one that stays alone counts to it as well.
std::vector<std::string> hidden_names(
    const std::vector<Source>& all, const std::map<std::string, std::string>& parts);

}  // namespace house
