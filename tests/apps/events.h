#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/words/json_object.h"
#include "tests/apps/process.h"

template <>
struct doctest::StringMaker<lively::lab::Json> {
  static String convert(const lively::lab::Json& value) {
    return lively::lab::one_line(value).c_str();
  }
};

namespace lively::testing {

using lab::Json, lab::Member, lab::object, lab::one_line, lab::parsed, lab::update;

// The lines of a log.
std::vector<Json> events(const std::string& path);
std::vector<Json> events(const std::string& path, const std::string& type);

// Whether a regular expression, an extended one of POSIX, fits somewhere in a text.
bool matches(const std::string& text, const std::string& expression);

// How often `part` stands in `text`.
int64_t count(const std::string& text, const std::string& part);

// The first element of a page that is not closed where it should be; empty: all are.
std::string unbalanced(const std::string& html);

}  // namespace lively::testing
