#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lively/nn/liveness/wording.h"

namespace lively::lab {

using detail::compact;
using detail::thousands;

// How wide it is on a screen: characters, not bytes, and what sets a colour is nothing.
std::size_t columns(const std::string& text);
std::string percent(double share, int digits = 1);            // "86.1"
std::string pad(const std::string& text, std::size_t width);  // to the left, on screen
std::string pad_front(const std::string& text, std::size_t width);

std::vector<std::string> split(const std::string& list);  // "a,b" at its commas

// Broken between words into lines of at most `width`, each with `indent` before it.
std::string wrap(const std::string& text, std::size_t width, const std::string& indent = "");

// "OpenBLAS 0.3.21 (OpenMP)" from what OpenBLAS says of its build.
std::string short_blas(const std::string& config);

bool dumb_terminal();  // TERM is "dumb", or says nothing
// Is this a terminal that wants colour? Neither in a pipe, nor a dumb one, nor under NO_COLOR.
bool wants_colour(int descriptor);
std::string bold(const std::string& text);  // on stdout, where wanted

}  // namespace lively::lab
