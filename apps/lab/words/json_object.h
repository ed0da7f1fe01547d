#pragma once

#include <initializer_list>
#include <string_view>

#include "apps/lab/words/json_value.h"
#include "apps/lab/words/nlohmann.h"

namespace lively::lab {

// A member of a JSON object that is being written.
struct Member {
  std::string_view key;
  mutable Json value;  // is moved out, which a list in braces allows in no other way
};

// {"key": value, ...} in this order. What nlohmann's own braces give; those are compiled anew for
// each length that a key has, which was most of the time of a file that writes JSON.
Json object(std::initializer_list<Member> members);

// Adds members to an object; one that is there already is replaced.
void update(Json& object, std::initializer_list<Member> members);

// null where it is not finite, which JSON has no number for.
Json or_null(double value);

}  // namespace lively::lab
