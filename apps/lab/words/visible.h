#pragma once

#include <string>

namespace lively::lab {

// Text that a file may have brought, for a terminal: each control character but the line feed, with
// which it could move the cursor or colour what follows, as "\x1b".
std::string visible(const std::string& text);

}  // namespace lively::lab
