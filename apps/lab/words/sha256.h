#pragma once

#include <string>
#include <string_view>

namespace lively::lab {

// The 32 bytes of the hash (FIPS 180-4) of a text: what a page's policy knows its script by.
std::string sha256(std::string_view text);

}  // namespace lively::lab
