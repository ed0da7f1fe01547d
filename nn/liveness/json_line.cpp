#include "lively/nn/liveness/json_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace lively::detail {

std::string json(double v) {
  if (!std::isfinite(v)) return "null";
  char text[32];
  std::string number(text, std::to_chars(text, text + sizeof text, v).ptr);
  // Else readers take it for a whole number.
  return number.find_first_of(".e") == number.npos ? number + ".0" : number;
}

std::string json(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

JsonLine::JsonLine(std::string_view type) { put("schema", 1).put("type", type); }

JsonLine& JsonLine::put_finite(std::string_view key, double value) {
  put(key, value);
  if (!std::isfinite(value)) poison();
  return *this;
}

JsonLine& JsonLine::put_finite(std::string_view key, const std::vector<double>& values) {
  raw(key, json_array(values));
  if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) poison();
  return *this;
}

void JsonLine::poison() {
  if (!poisoned_) put("poisoned", true);
  poisoned_ = true;
}

JsonLine& JsonLine::raw(std::string_view key, std::string_view value) {
  if (!fields_.empty()) fields_ += ",";
  fields_ += json(key) + ":";
  fields_ += value;
  return *this;
}

}  // namespace lively::detail
