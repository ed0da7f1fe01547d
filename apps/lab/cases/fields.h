// internal: what the lines of a ledger hold.
#pragma once

#include "apps/lab/cases/ledger.h"

namespace lively::lab {

enum class Kind : uint8_t { yes_no, number, number_or_none, text, text_or_none, texts, object };

// Throws ValueError, "needs hurt, true or false", unless the object has a field of this kind.
void need(const Json& object, const char* field, Kind kind);

}  // namespace lively::lab
