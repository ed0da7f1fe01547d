#include "tests/apps/events.h"

#include <doctest/doctest.h>
#include <regex.h>

#include <sstream>

namespace lively::testing {

std::vector<Json> events(const std::string& path) {
  std::vector<Json> all;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) all.push_back(parsed(line));
  return all;
}

std::vector<Json> events(const std::string& path, const std::string& type) {
  std::vector<Json> all = events(path);
  std::erase_if(all, [&](const Json& e) { return e.at("type") != type; });
  return all;
}

bool matches(const std::string& text, const std::string& expression) {
  regex_t compiled;
  REQUIRE(regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB) == 0);
  REQUIRE(text.find('\0') == text.npos);
  const int said = regexec(&compiled, text.c_str(), 0, nullptr, 0);
  regfree(&compiled);
  REQUIRE((said == 0 || said == REG_NOMATCH));
  return said == 0;
}

int64_t count(const std::string& text, const std::string& part) {
  int64_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++n;
  return n;
}

std::string unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = html.find('<', at)) != html.npos; ++at) {
    const std::size_t end = html.find('>', at);
    if (end == html.npos) return html.substr(at, 40);
    const std::string tag = html.substr(at + 1, end - at - 1),
                      name = tag.substr(tag[0] == '/', tag.find_first_of(" \n") - (tag[0] == '/'));
    if (tag[0] == '!' || tag.ends_with('/') || name == "meta" || name == "img" || name == "input")
      continue;
    if (tag[0] != '/') {
      open.push_back(name.substr(0, name.find(' ')));
    } else if (open.empty() || open.back() != name) {
      return tag + " closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back() + " is not closed";
}

}  // namespace lively::testing
