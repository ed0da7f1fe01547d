#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/process.h"

namespace lively::testing {

// The lines of a log.
std::vector<nlohmann::json> events(const std::string& path);
std::vector<nlohmann::json> events(const std::string& path, const std::string& type);

// How often `part` stands in `text`.
int64_t count(const std::string& text, const std::string& part);

// The first element of a page that is not closed where it should be; empty: all are.
std::string unbalanced(const std::string& html);

}  // namespace lively::testing
