#pragma once

#include <string>
#include <string_view>
#include <vector>

// The house rules that can be read off a source text. `path` is relative to the source folder, with
// forward slashes; each broken rule gives one line, "path:line: what; why".
namespace house {

std::vector<std::string> includes(std::string_view path, std::string_view text);
std::vector<std::string> header(std::string_view path, std::string_view text);
std::vector<std::string> length(std::string_view path, std::string_view text);
std::vector<std::string> captures(std::string_view path, std::string_view text);

// What "lively/…" includes a text has, in order, without "lively/".
std::vector<std::string> ours(std::string_view text);

bool is_internal(std::string_view text);

}  // namespace house
