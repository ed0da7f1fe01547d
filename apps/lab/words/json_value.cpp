#include "apps/lab/words/json_value.h"

#include <cmath>

#include "apps/lab/words/nlohmann.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr int kDeepest = 64;  // objects and arrays within each other

const char* kind_of(const Json& v) {
  using Kind = Json::value_t;
  switch (v.type()) {
    case Kind::null:
      return "null";
    case Kind::object:
      return "an object";
    case Kind::array:
      return "a list";
    case Kind::string:
      return "a string";
    case Kind::boolean:
      return "true or false";
    default:
      return "a number";
  }
}

[[noreturn]] void fail_kind(const Json& v, std::string_view what, const char* needs) {
  fail<DataError>(what, ": is ", kind_of(v), "; needs ", needs);
}

}  // namespace

Json parsed(std::string_view text) {
  // Deeper ones would overflow the stack of what walks through them.
  const auto shallow = [](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDeepest) fail<DataError>("nests deeper than ", kDeepest);
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const Json::parse_error& error) {
    fail<DataError>("is no JSON from byte ", error.byte, " on");
  } catch (const Json::exception&) {
    fail<DataError>("has a number beyond the range of a double");
  }
}

Json read_back(std::string_view text) { return Json::parse(text); }

std::string one_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double number_of(const Json& v, std::string_view what) {
  if (v.is_null()) return std::nan("");
  if (!v.is_number()) fail_kind(v, what, "a number");
  return v.get<double>();
}

int64_t whole_of(const Json& v, std::string_view what) {
  if (!v.is_number()) fail_kind(v, what, "a whole number");
  const double size = v.get<double>();
  // Beyond it a double, which is what JSON has elsewhere, has no longer each whole number; and what
  // is below can be added to and drawn.
  constexpr double kLargest = 9007199254740992;
  if (!(std::abs(size) <= kLargest) || size != std::floor(size))
    fail<DataError>(what, ": is ", size, "; needs a whole number, at most 2^53 in size");
  return v.get<int64_t>();
}

bool flag_of(const Json& v, std::string_view what) {
  if (!v.is_boolean()) fail_kind(v, what, "true or false");
  return v.get<bool>();
}

std::string string_of(const Json& v, std::string_view what) {
  if (!v.is_string()) fail_kind(v, what, "a string");
  return v.get<std::string>();
}

const Json& list_of(const Json& v, std::string_view what) {
  if (!v.is_array()) fail_kind(v, what, "a list");
  return v;
}

const Json& object_of(const Json& v, std::string_view what) {
  if (!v.is_object()) fail_kind(v, what, "an object");
  return v;
}

const Json& member(const Json& object, const char* key) {
  const auto found = object_of(object, "this").find(key);
  if (found == object.end()) fail<DataError>("has no ", key);
  return *found;
}

}  // namespace lively::lab
