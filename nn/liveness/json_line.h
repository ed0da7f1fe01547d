#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

// A line of a log: JSON, as apps/README.md defines its events.
namespace lively::detail {

std::string json(double v);  // the shortest that reads back the same; null if it is not finite
std::string json(std::string_view text);
inline std::string json(bool v) { return v ? "true" : "false"; }
inline std::string json(std::integral auto v) { return std::to_string(v); }
inline std::string json(const std::string& text) { return json(std::string_view(text)); }
inline std::string json(const char* text) { return json(std::string_view(text)); }

template <class Range>
std::string json_array(const Range& range) {
  std::string text = "[";
  for (const auto& v : range) text += (text.size() > 1 ? "," : "") + json(v);
  return text + "]";
}

// An object, field by field.
class JsonLine {
 public:
  JsonLine() = default;
  explicit JsonLine(std::string_view type);  // an event of a log, with its schema

  JsonLine& put(std::string_view key, const auto& value) { return raw(key, json(value)); }
  // JSON has no NaN: null, and a flag beside it.
  JsonLine& put_finite(std::string_view key, double value);
  JsonLine& put_finite(std::string_view key, const std::vector<double>& values);
  JsonLine& raw(std::string_view key, std::string_view json);  // that is JSON already
  std::string text() const { return "{" + fields_ + "}"; }

 private:
  void poison();

  std::string fields_;
  bool poisoned_ = false;
};

}  // namespace lively::detail
