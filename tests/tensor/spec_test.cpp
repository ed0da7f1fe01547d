#include "lively/tensor/spec.h"

#include "lively/tensor/error.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>

using namespace lively;

namespace {

constexpr std::array<std::string_view, 4> kKnown{
    "he_uniform", "he_normal", "glorot_uniform", "rai"};

std::string round_trip(std::string_view text) { return parse_spec(text).to_string(); }

}  // namespace

TEST_CASE("spec: value of a name with and without numbers") {
  CHECK(parse_spec("relu").name == "relu");
  CHECK(parse_spec("relu").numbers.empty());
  const Spec spec = parse_spec("random_uniform:-0.05,+1e-3");
  CHECK(spec.name == "random_uniform");
  CHECK(spec.numbers == std::vector<double>{-0.05, 1e-3});
}

TEST_CASE("spec: value survives a round trip to the bit") {
  for (const char* text :
      {"rai", "constant:0.1", "random_uniform:-1,1", "elu:1e-07", "step:3,0.30000000000000004"})
    CHECK(round_trip(text) == text);
  CHECK(number(0.1) == "0.1");
  CHECK(number(-3) == "-3");
  CHECK(number(1e-8) == "1e-08");
  CHECK(parse_spec("a:" + number(1.0 / 3)).numbers[0] == 1.0 / 3);
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("spec: error for what is no number") {
  CHECK_THROWS_WITH_AS(parse_spec("constant:x"), "constant:x: \"x\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(parse_spec("elu:1,"), "elu:1,: \"\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(parse_spec("elu:"), "elu:: \"\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(parse_spec("elu:1x"), "elu:1x: \"1x\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(parse_spec("elu:nan"), "elu:nan: \"nan\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(parse_spec("elu:inf"), "elu:inf: \"inf\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(parse_spec("elu:1e999"), "elu:1e999: \"1e999\" is not a number", ValueError);
}

TEST_CASE("spec: error for the wrong number of numbers") {
  constexpr std::array<std::string_view, 2> two{"low", "high"};
  const std::span<const std::string_view> none, one = std::span(two).first(1);
  CHECK_NOTHROW(check_numbers(parse_spec("u"), two, Numbers::optional));
  CHECK_NOTHROW(check_numbers(parse_spec("u:1,2"), two, Numbers::required));
  CHECK_THROWS_WITH_AS(check_numbers(parse_spec("u:1"), two, Numbers::optional),
      "u:1: takes 2 numbers (low,high) or none", ValueError);
  CHECK_THROWS_WITH_AS(check_numbers(parse_spec("u"), one, Numbers::required),
      "u: takes 1 number (low)", ValueError);
  CHECK_THROWS_WITH_AS(check_numbers(parse_spec("relu:1"), none, Numbers::optional),
      "relu:1: takes no number", ValueError);
}

TEST_CASE("spec: value of the nearest name") {
  CHECK(nearest("he_unifrom", kKnown) == "he_uniform");   // two letters swapped
  CHECK(nearest("he_unform", kKnown) == "he_uniform");    // one missing
  CHECK(nearest("he_uniforrm", kKnown) == "he_uniform");  // one too many
  CHECK(nearest("he_norman", kKnown) == "he_normal");     // one wrong
  CHECK(nearest("He-Normal", kKnown) == "he_normal");
  CHECK(nearest("glorot", kKnown) == "glorot_uniform");  // the beginning
  CHECK(nearest("rei", kKnown) == "rai");
  CHECK(nearest("xyz", kKnown).empty());
  CHECK(nearest("", kKnown).empty());
  CHECK(nearest(std::string(1000, 'x'), kKnown).empty());
}

TEST_CASE("spec: error for an unknown name") {
  CHECK_THROWS_WITH_AS(fail_unknown("he_unifrom", "initialiser", kKnown),
      "he_unifrom: no such initialiser, did you mean he_uniform?", ValueError);
  CHECK_THROWS_WITH_AS(fail_unknown("xyz", "law", kKnown),
      "xyz: no such law; known: he_uniform, he_normal, glorot_uniform, rai", ValueError);
  const std::array<std::string_view, 2> many{
      "a_name_that_fills_half_of_a_line_already", "another_name_that_is_as_long_as_the_first"};
  CHECK_THROWS_WITH_AS(fail_unknown("xyz", "law", many), "xyz: no such law", ValueError);
}
