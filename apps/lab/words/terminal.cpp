#include "apps/lab/words/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "apps/lab/words/text.h"
#include "apps/lab/words/visible.h"

namespace lively::lab {
namespace {

constexpr std::size_t kNarrowest = 20, kWidest = 100;

void print(const std::string& text) { std::printf("%s\n", text.c_str()); }

// The blanks of a command at which a shell reads on after a backslash: not those within '…'.
std::string continued(const std::string& command, std::size_t width, const std::string& indent) {
  std::string out, line = "  ";
  bool in_quotes = false;
  for (std::size_t at = 0; at < command.size();) {
    std::size_t end = at;
    for (; end < command.size() && (in_quotes || command[end] != ' '); ++end)
      in_quotes ^= command[end] == '\'';
    const std::string word = command.substr(at, end - at);
    const bool more = end < command.size();
    if (line.find_first_not_of(' ') != line.npos) {
      if (columns(line) + 1 + columns(word) + (more ? 2 : 0) > width) {
        out += line + " \\\n";
        line = indent;
      } else {
        line += " ";
      }
    }
    line += word;
    at = end + 1;
  }
  return out + line;
}

}  // namespace

std::size_t screen_width(int descriptor) {
  std::size_t width = kWidest;
  winsize size{};
  if (const char* told = std::getenv("COLUMNS"); told && std::atoi(told) > 0) {
    width = static_cast<std::size_t>(std::atoi(told));
  } else if (::isatty(descriptor) && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col) {
    width = size.ws_col;
  }
  return std::clamp(width, kNarrowest, kWidest);
}

std::string coloured(const std::string& text, Colour colour) {
  if (colour == Colour::none || !wants_colour(STDOUT_FILENO)) return bold(text);
  const char* code = colour == Colour::green ? "32" : colour == Colour::yellow ? "33" : "31";
  return std::string("\033[1;") + code + "m" + text + "\033[0m";
}

void say(const std::string& text, const std::string& indent) {
  print(wrap(text, screen_width(), indent));
}

void say_beside(const std::string& label, const std::string& text) {
  const std::string indent(10, ' ');
  print(pad(label, 10) + wrap(text, screen_width(), indent).substr(indent.size()));
}

void say_row(const std::string& row) {
  const std::size_t width = screen_width(), lead = std::min(row.find_first_not_of(' '), row.size());
  if (columns(row) <= width) return print(row);
  const std::string further(lead + 2, ' ');
  print(row.substr(0, lead) + wrap(row.substr(lead), width, further).substr(further.size()));
}

void say_command(const std::string& command) {
  const std::size_t width = screen_width();
  const bool fits = 2 + columns(command) <= width;
  print(fits || !::isatty(STDOUT_FILENO) ? "  " + command : continued(command, width, "      "));
}

bool shows_status() { return ::isatty(STDERR_FILENO) && !dumb_terminal(); }

void show_status(const std::string& status) {
  if (!shows_status()) return;
  const std::string text = visible(status);
  const std::size_t room = screen_width(STDERR_FILENO) - 1;
  std::size_t end = 0;  // bytes that fit
  for (std::size_t shown = 0; end < text.size() && shown < room; ++shown) do
      ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
  std::fflush(stdout);
  std::fprintf(stderr, "\r%s\033[K", text.substr(0, end).c_str());
}

void clear_status() {
  if (shows_status()) std::fputs("\r\033[K", stderr);
}

}  // namespace lively::lab
