#include "tests/layers/neighbours.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace house {
namespace {

struct Name {
  std::string text, space;  // its named namespace: "lively::lab", or ""
  bool function = false;
  auto operator<=>(const Name&) const = default;
};

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Without comments and what stands in quotes; line by line as it was.
std::string code_of(std::string_view text) {
  std::string code;
  const auto skip_to = [&](std::size_t from, std::size_t end) {
    for (; from < std::min(end, text.size()); ++from)
      if (text[from] == '\n') code += '\n';
    return from;
  };
  for (std::size_t i = 0; i < text.size();) {
    const bool begins = i == 0 || !in_word(text[i - 1]);
    if (text.substr(i, 2) == "//") {
      i = skip_to(i, text.find('\n', i));
    } else if (begins && text.substr(i, 2) == "R\"") {
      const std::size_t open = text.find('(', i);
      const std::string close = ")" + std::string(text.substr(i + 2, open - i - 2)) + "\"";
      code += "\"\"";
      i = skip_to(i, text.find(close, open)) + close.size();
    } else if (text[i] == '"' || (begins && text[i] == '\'')) {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != text[i]) end += text[end] == '\\' ? 2 : 1;
      code += std::string(2, text[i]);
      i = end + 1;
    } else {
      code += text[i++];
    }
  }
  return code;
}

std::string word_at(std::string_view line, std::size_t begin) {
  const auto end =
      std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(begin), line.end(), in_word);
  return {line.begin() + static_cast<std::ptrdiff_t>(begin), end};
}

std::string word_before(std::string_view line, std::size_t end) {
  while (end > 0 && line[end - 1] == ' ') --end;
  std::size_t begin = end;
  while (begin > 0 && in_word(line[begin - 1])) --begin;
  return std::string(line.substr(begin, end - begin));
}

// Without an attribute or a template's head in front.
std::string_view bare_of(std::string_view line) {
  if (line.starts_with("[[")) line.remove_prefix(std::min(line.size(), line.find("]] ") + 3));
  if (line.starts_with("template <")) {
    int depth = 0;
    std::size_t at = line.find('<');
    do depth += line[at] == '<' ? 1 : line[at] == '>' ? -1 : 0;
    while (++at < line.size() && depth > 0);
    line.remove_prefix(std::min(line.size(), at + 1));
  }
  return line;
}

// What a line at the edge of a namespace declares: types, constants, functions.
std::vector<Name> declared(std::string_view line) {
  line = bare_of(line);
  if (line.empty() || std::isalpha(static_cast<unsigned char>(line[0])) == 0) return {};
  for (const std::string_view no : {"namespace", "using namespace", "TEST_CASE", "static_assert"})
    if (line.starts_with(no)) return {};
  for (const std::string_view type : {"struct ", "class ", "enum class ", "enum ", "using "})
    if (line.starts_with(type)) {
      const std::string name = word_at(line, type.size());
      const bool imports = line.find("::") == type.size() + name.size();  // using detail::print
      return imports ? std::vector<Name>{} : std::vector<Name>{{name, "", false}};
    }
  const std::size_t open = line.find('('), value = line.find_first_of("={;[");
  if (open < value) {
    const std::string name = word_before(line, open);
    return line.find(' ') < open - name.size() ? std::vector<Name>{{name, "", true}}
                                               : std::vector<Name>{};
  }
  std::vector<Name> names;
  for (std::size_t at = value; at != line.npos; at = line.find_first_of("={[", at + 1)) {
    const std::string name = word_before(line, at);
    const bool constant = name.size() > 1 && name[0] == 'k' && std::isupper(name[1]) != 0;
    if (!name.empty() && (at == value || constant)) names.push_back({name, "", false});
  }
  return names;
}

struct Names {
  std::vector<Name> local, open;
};

Names names_of(const Source& source) {
  Names all;
  std::vector<std::string> spaces;  // "": without a name
  std::istringstream raw(source.text), code(code_of(source.text));
  for (std::string line, bare; std::getline(raw, line) && std::getline(code, bare);) {
    if (line.starts_with("}  // namespace") && !spaces.empty()) spaces.pop_back();
    if (line == "namespace {") spaces.emplace_back();
    if (line != "namespace {" && line.starts_with("namespace ") && line.ends_with(" {"))
      spaces.push_back(line.substr(10, line.size() - 12));
    std::string space;
    for (const std::string& s : spaces)
      if (!s.empty()) space += (space.empty() ? "" : "::") + s;
    const bool local = std::ranges::find(spaces, "") != spaces.end();
    for (Name& name : declared(bare)) {
      if (name.text.empty() || name.text.starts_with("operator")) continue;
      name.space = space;
      (local ? all.local : all.open).push_back(std::move(name));
    }
  }
  return all;
}

// Is the name meant: a type, a constant, a function that is called?
bool uses(const std::string& code, const Name& name) {
  for (std::size_t at = code.find(name.text); at != code.npos; at = code.find(name.text, at + 1)) {
    const char before = at > 0 ? code[at - 1] : ' ';
    const std::size_t end = at + name.text.size();
    const char after = end < code.size() ? code[end] : ' ';
    if (in_word(before) || before == '.' || before == ':' || before == '>' || in_word(after))
      continue;
    if (!name.function || after == '(' || after == '<') return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> hidden_names(
    const std::vector<Source>& all, const std::map<std::string, std::string>& parts) {
  std::map<std::string, std::set<std::string>> headers;  // the namespaces of each name in headers
  std::map<std::string, std::vector<const Source*>> neighbours;
  std::map<const Source*, Names> names;
  std::map<const Source*, std::string> codes;
  for (const Source& source : all) {
    Names& mine = names[&source] = names_of(source);
    if (source.path.ends_with(".h"))
      for (const Name& name : mine.open) headers[name.text].insert(name.space);
    else if (const auto part = parts.find(source.path); part != parts.end())
      neighbours[part->second].push_back(&source), codes[&source] = code_of(source.text);
  }
  const auto of_header = [&](const Name& name) {
    const auto found = headers.find(name.text);
    return found != headers.end() &&
           std::ranges::any_of(found->second, [&](const std::string& space) {
             return !space.empty() &&
                    (name.space.empty() || (name.space + "::").starts_with(space + "::"));
           });
  };

  std::vector<std::string> faults;
  for (const auto& [part, files] : neighbours)
    for (const Source* file : files)
      for (const Name& name : names[file].local) {
        if (!of_header(name)) continue;
        for (const Source* other : files)
          if (other != file && uses(codes[other], name) &&
              std::ranges::find(names[other].local, name.text, &Name::text) ==
                  names[other].local.end())
            faults.push_back(file->path + ": " + name.text + " is a header's name as well, and " +
                             other->path +
                             ", which is compiled with this file, uses it; rename the local one");
      }
  return faults;
}

}  // namespace house
