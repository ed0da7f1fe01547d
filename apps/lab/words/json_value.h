#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace lively::lab {

using Json = nlohmann::ordered_json;

// Values of a JSON text that others wrote. What is of another kind is a DataError that says where,
// what it is and what was expected, "loss: is a string; needs a number", and echoes nothing.
Json parsed(std::string_view text);  // "is no JSON from byte 12 on"; at most 64 levels deep
// A text of our own: a log line of the library, what one_line wrote. Throws what nlohmann's does
// where it is none, which is a fault of ours.
Json read_back(std::string_view text);

// A value as a text on one line; what is no UTF-8, as a path need not be, is replaced, what is not
// finite is null.
std::string one_line(const Json& value);

double number_of(const Json& v, std::string_view what);  // NaN for null, which was not finite
int64_t whole_of(const Json& v, std::string_view what);
bool flag_of(const Json& v, std::string_view what);
std::string string_of(const Json& v, std::string_view what);
const Json& list_of(const Json& v, std::string_view what);
const Json& object_of(const Json& v, std::string_view what);

// A member of an object, which must be there.
const Json& member(const Json& object, const char* key);

}  // namespace lively::lab
