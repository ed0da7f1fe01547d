#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lively::lab {

// Text as a person's terminal shows it. In a pipe lines are 100 wide unless $COLUMNS says
// otherwise, there is no colour, and nothing is said of what is going on.

// How many columns a line may have: $COLUMNS if it says a number, else those of the terminal that
// `descriptor` is, else 100. From 20 to 100, since longer lines are hard to read.
std::size_t screen_width(int descriptor = 1);

enum class Colour : uint8_t { none, green, yellow, red };
// Bold and in that colour, on stdout, where it wants colour.
std::string coloured(const std::string& text, Colour colour);

// Print to stdout what ends with a line feed and is broken between words only.
void say(const std::string& text, const std::string& indent = "");
// "data      Fashion-MNIST, …": a word or two at the margin, and what follows beside it.
void say_beside(const std::string& label, const std::string& text);
// A row of a table; what is too wide goes on two columns further in.
void say_row(const std::string& row);
// A command to paste: on a terminal too narrow for it, broken as a shell reads on.
void say_command(const std::string& command);

// What a program is at, on stderr where that is a terminal that can take a line back (TERM is not
// "dumb"): cut to its width, and replaced by what comes next.
bool shows_status();
void show_status(const std::string& text);
void clear_status();

}  // namespace lively::lab
