#include "lively/nn/liveness/wording.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace lively::detail {

std::string thousands(int64_t n) {
  std::string text = std::to_string(n);
  for (int at = static_cast<int>(text.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string compact(double v) { return std::isfinite(v) ? print("%.4g", v) : "not finite"; }

double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string print(const char* pattern, ...) {
  char text[320];
  std::va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

}  // namespace lively::detail
