#pragma once

#include <string>

namespace lively::lab {

// What every page carries: how it looks, and a few lines that add arrow keys and zoom to charts
// that work without them.
const char* page_style();
const char* page_script();
// Its hash, by which the page's policy allows this script and no other: "sha256-…".
std::string script_hash();

}  // namespace lively::lab
