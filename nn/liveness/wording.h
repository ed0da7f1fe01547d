#pragma once

#include <cstdint>
#include <string>

// Numbers in sentences.
namespace lively::detail {

std::string thousands(int64_t n);  // 60,000
std::string compact(double v);     // four digits at most: "0.4321", "1.2e+09"; NaN: "not finite"

double share(int64_t part, int64_t whole);  // 0 of nothing

// As printf, up to 320 characters.
[[gnu::format(printf, 1, 2)]] std::string print(const char* pattern, ...);

}  // namespace lively::detail
