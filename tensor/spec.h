#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lively {

// A name with numbers, as settings are written on a command line: "random_uniform:-1,1",
// "leaky_relu:0.3", "cosine". Initialisers, activations, optimizers and schedules parse so.
struct Spec {
  std::string name;
  std::vector<double> numbers;

  std::string to_string() const;  // parses back to the same, to the bit
};

// Throws ValueError where a number is none or is not finite: "relu:x: x is not a number".
Spec parse_spec(std::string_view text);

// Throws ValueError unless there are as many numbers as `takes` names, or none where `optional`:
// "random_normal:1: takes 2 numbers (mean,deviation) or none".
enum class Numbers : bool { required, optional };
void check_numbers(const Spec& spec, std::span<const std::string_view> takes, Numbers numbers);

// The known name that `text` was meant to be: one that begins with it, or one or two slips away
// (a letter wrong, missing, too many or swapped with its neighbour; case and - for _ count
// nothing). Empty if none.
std::string_view nearest(std::string_view text, std::span<const std::string_view> known);

// Throws ValueError: "he_unifrom: no such initialiser, did you mean he_uniform?", or, where
// nothing is near, with the known names if they are few.
[[noreturn]] void fail_unknown(
    std::string_view text, std::string_view what, std::span<const std::string_view> known);

// The shortest decimal that reads back as the same double: "0.1", "1e-08", "-3".
std::string number(double value);

}  // namespace lively
