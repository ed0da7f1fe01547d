#pragma once

#include <span>
#include <string>

namespace lively {

// Writes a text file of these lines, which is there whole or not at all. Throws Error with the
// system's reason.
void write_lines(const std::string& path, std::span<const std::string> lines);

}  // namespace lively
