#include "apps/lab/words/text.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace lively::lab {
namespace {

std::string format(const char* pattern, int digits, double v) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, digits, v);
  return text;
}

}  // namespace

std::size_t columns(const std::string& text) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      i = std::min(text.find('m', i), text.size());
    } else {
      n += (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    }
  }
  return n;
}

std::string percent(double share, int digits) { return format("%.*f", digits, 100 * share); }

std::string pad(const std::string& text, std::size_t width) {
  return text + std::string(std::max(width, columns(text)) - columns(text), ' ');
}

std::string pad_front(const std::string& text, std::size_t width) {
  return std::string(std::max(width, columns(text)) - columns(text), ' ') + text;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts{""};
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string wrap(const std::string& text, std::size_t width, const std::string& indent) {
  std::string out, line = indent;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (line.size() > indent.size() && columns(line) + 1 + columns(word) > width) {
      out += line + "\n";
      line = indent;
    }
    line += (line.size() > indent.size() ? " " : "") + word;
    at = end + 1;
  }
  return out + line;
}

std::string short_blas(const std::string& config) {
  const std::size_t name = config.find(' '), version = config.find(' ', name + 1);
  if (version == std::string::npos) return config;
  return config.substr(0, version) +
         (config.find("USE_OPENMP") != std::string::npos ? " (OpenMP)" : " (pthreads)");
}

bool dumb_terminal() {
  const char* term = std::getenv("TERM");
  return !term || !*term || std::string_view(term) == "dumb";
}

bool wants_colour(int descriptor) {
  const char* no = std::getenv("NO_COLOR");
  return ::isatty(descriptor) && !dumb_terminal() && !(no && *no);
}

std::string bold(const std::string& text) {
  return wants_colour(STDOUT_FILENO) ? "\033[1m" + text + "\033[0m" : text;
}

}  // namespace lively::lab
