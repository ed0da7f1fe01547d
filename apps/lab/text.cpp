#include "apps/lab/text.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace lively::lab {
namespace {

// Characters, not bytes: "±" and "–" are one wide.
std::size_t width_of(const std::string& text) {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

std::string format(const char* pattern, int digits, double v) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, digits, v);
  return text;
}

}  // namespace

std::string thousands(int64_t n) {
  std::string text = std::to_string(n);
  for (int at = static_cast<int>(text.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string percent(double share, int digits) { return format("%.*f", digits, 100 * share); }

std::string compact(double v) {
  return std::isfinite(v) ? format("%.*g", 4, v) : "not finite";
}

std::string pad(const std::string& text, std::size_t width) {
  return text + std::string(std::max(width, width_of(text)) - width_of(text), ' ');
}

std::string pad_front(const std::string& text, std::size_t width) {
  return std::string(std::max(width, width_of(text)) - width_of(text), ' ') + text;
}

bool wants_colour(int descriptor) {
  const char* no = std::getenv("NO_COLOR");
  return ::isatty(descriptor) && !(no && *no);
}

std::string bold(const std::string& text) {
  return wants_colour(STDOUT_FILENO) ? "\033[1m" + text + "\033[0m" : text;
}

}  // namespace lively::lab
