// internal: how a line of the log is put together.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "apps/lab/run/events.h"
#include "apps/lab/words/json_object.h"

namespace lively::lab {

inline constexpr int kSchema = 1;

// JSON has no NaN: null, and a flag beside it.
inline void put(Json& event, const char* key, double value) {
  if (std::isfinite(value)) {
    event[key] = value;
  } else {
    event[key] = nullptr;
    event["poisoned"] = true;
  }
}

inline Json numbers(std::initializer_list<std::pair<const char*, double>> all) {
  Json object = Json::object();
  for (const auto& [key, value] : all) put(object, key, value);
  return object;
}

// To 5 digits, which are enough to draw and a third of the size; null: not finite.
inline Json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return std::strtod(text, nullptr);
}
inline Json rounded(const std::vector<double>& values) {
  Json all = Json::array();
  for (const double v : values) all.push_back(rounded(v));
  return all;
}

inline Json event(const char* type, std::initializer_list<Member> members = {}) {
  Json e = object({{"schema", kSchema}, {"type", type}});
  update(e, members);
  return e;
}

using Write = std::function<void(const Json& line)>;
// The lines of the events that concern units; none for the others.
void tell_of_units(const Event& event, const Write& write);

}  // namespace lively::lab
