#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/words/json_value.h"

namespace lively::lab {

// Fields of an event as a log may have them: absent, null, or of their type. One of another type
// is a DataError that names it.
bool has(const Json& e, const char* key);      // and is not null
double real(const Json& e, const char* key);   // NaN for null, a number that was not finite
double share(const Json& e, const char* key);  // the same, from 0 to 1
int64_t whole(const Json& e, const char* key, int64_t otherwise = 0);
int64_t counted(const Json& e, const char* key);  // RunLog::kNotCounted: there is none
bool flag(const Json& e, const char* key);
// Numbers as they are written: a label is a number in one log and a name in another.
std::string text(const Json& e, const char* key);
std::vector<double> reals(const Json& e, const char* key);  // empty: there are none
std::vector<std::string> texts(const Json& e, const char* key);
const Json& list(const Json& e, const char* key);  // must be there
// The i-th number of a list within the field `key`.
double entry(const Json& line, std::size_t i, const char* key);
// Those of a picture, a byte a pixel. Throws DataError unless they are that many.
std::string bytes_of(const Json& e, const char* key, int64_t width, int64_t height);

}  // namespace lively::lab
