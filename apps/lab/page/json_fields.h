#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace lively::lab {

using Json = nlohmann::ordered_json;

// Fields of an event as a log may have them: absent, null, or of their type. One of another type
// throws Json::exception.
bool has(const Json& e, const char* key);     // and is not null
double real(const Json& e, const char* key);  // NaN for null, a number that was not finite
int64_t whole(const Json& e, const char* key, int64_t otherwise = 0);
int64_t counted(const Json& e, const char* key);  // RunLog::kNotCounted: there is none
bool flag(const Json& e, const char* key);
// Numbers as they are written: a label is a number in one log and a name in another.
std::string text(const Json& e, const char* key);
std::vector<std::string> texts(const Json& e, const char* key);
// Those of a picture, a byte a pixel. Throws DataError unless they are that many.
std::string bytes_of(const Json& e, const char* key, int64_t width, int64_t height);

}  // namespace lively::lab
