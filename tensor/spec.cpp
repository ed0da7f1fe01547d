#include "lively/tensor/spec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "lively/tensor/error.h"

namespace lively {
namespace {

std::string joined(std::span<const std::string_view> names, std::string_view between) {
  std::string text;
  for (const std::string_view& name : names) {
    if (&name != names.data()) text += between;
    text += name;
  }
  return text;
}

double parse_number(std::string_view whole, std::string_view part) {
  double value = 0;
  const char* first = part.data();
  const char* last = first + part.size();
  if (first != last && *first == '+') ++first;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last || !std::isfinite(value))
    fail<ValueError>(whole, ": \"", part, "\" is not a number");
  return value;
}

char plain(char c) {
  if (c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment: Levenshtein's distance, and a swap of neighbours counts one.
int distance(std::string_view a, std::string_view b) {
  const std::size_t n = b.size();
  std::vector<int> two_above(n + 1), above(n + 1), row(n + 1);
  for (std::size_t j = 0; j <= n; ++j) above[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= n; ++j) {
      const bool same = plain(a[i - 1]) == plain(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
          plain(a[i - 2]) == plain(b[j - 1]))
        row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
    std::swap(two_above, above);
    std::swap(above, row);
  }
  return above[n];
}

}  // namespace

std::string number(double value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.begin(), buffer.end(), value);
  return {buffer.begin(), end};
}

std::string Spec::to_string() const {
  std::string text = name;
  char before = ':';
  for (const double n : numbers) {
    text.push_back(before);
    text += number(n);
    before = ',';
  }
  return text;
}

Spec parse_spec(std::string_view text) {
  const std::size_t colon = text.find(':');
  Spec spec{std::string(text.substr(0, colon)), {}};
  if (colon == std::string_view::npos) return spec;
  for (std::string_view rest = text.substr(colon + 1);;) {
    const std::size_t comma = rest.find(',');
    spec.numbers.push_back(parse_number(text, rest.substr(0, comma)));
    if (comma == std::string_view::npos) return spec;
    rest.remove_prefix(comma + 1);
  }
}

void check_numbers(const Spec& spec, std::span<const std::string_view> takes, Numbers numbers) {
  if (spec.numbers.size() == takes.size()) return;
  if (spec.numbers.empty() && numbers == Numbers::optional) return;
  if (takes.empty()) fail<ValueError>(spec, ": takes no number");
  fail<ValueError>(spec, ": takes ", takes.size(), takes.size() == 1 ? " number (" : " numbers (",
      joined(takes, ","), numbers == Numbers::optional ? ") or none" : ")");
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> known) {
  std::string_view best;
  int fewest = text.size() < 6 ? 2 : 3;  // slips that are no longer believed
  if (text.size() > 64) return best;
  for (const std::string_view name : known) {
    const bool begun = text.size() > 1 && name.starts_with(text);  // "glorot"
    const int slips = begun ? 1 : distance(text, name);
    if (slips >= fewest) continue;
    fewest = slips;
    best = name;
  }
  return best;
}

void fail_unknown(
    std::string_view text, std::string_view what, std::span<const std::string_view> known) {
  if (text.empty()) text = "\"\"";
  if (const std::string_view near = nearest(text, known); !near.empty())
    fail<ValueError>(text, ": no such ", what, ", did you mean ", near, "?");
  const std::string names = joined(known, ", ");
  if (names.size() > 80) fail<ValueError>(text, ": no such ", what);
  fail<ValueError>(text, ": no such ", what, "; known: ", names);
}

}  // namespace lively
