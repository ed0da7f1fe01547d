#include "tests/layers/neighbours.h"

#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "tests/layers/sources.h"
#include "tests/paths.h"

using namespace house;

TEST_CASE("neighbours: no local name hides a header's from a file that is compiled with it") {
  std::map<std::string, std::string> parts;
  std::istringstream lines(read(LIVELY_TEST_PROGRAMS "/neighbours.txt"));
  for (std::string path, part; lines >> path >> part;) parts[path] = part;
  for (const Source& source :
      sources({"tensor", "autograd", "nn", "optim", "data", "apps/embed", "tests/layers"}))
    if (source.path.ends_with(".cpp")) REQUIRE_MESSAGE(parts.contains(source.path), source.path);
  std::string all;
  for (const std::string& fault :
      hidden_names(sources({"tensor", "autograd", "nn", "optim", "data", "apps/embed", "apps/lab",
                       "apps/works", "tests"}),
          parts))
    all += "\n  " + fault;
  CHECK_MESSAGE(all.empty(), all);
}

TEST_CASE("neighbours: a hidden constant, function and type are seen, and nothing else") {
  const Source header{"lab/a.h", R"(#pragma once
namespace lively {
constexpr int kMost = 8;
int share(int of);
[[nodiscard]] int load(int n);
Row operator+(Row a, Row b);
struct Row {};
}  // namespace lively
)"};
  const auto file = [](const char* path, const std::string& local, const std::string& open) {
    return Source{path, "namespace lively {\nnamespace {\n\n" + local + "\n\n}  // namespace\n\n" +
                            open + "\n\n}  // namespace lively\n"};
  };
  const auto faults = [&](const std::string& local, const std::string& open) {
    return hidden_names({header, file("lab/b.cpp", local, ""), file("lab/c.cpp", "", open)},
        {{"lab/b.cpp", "lab"}, {"lab/c.cpp", "lab"}})
        .size();
  };
  CHECK(faults("constexpr int kLeast = 1, kMost = 9;", "int f() { return kMost; }") == 1);
  CHECK(faults("double share(double of, int n) {", "int f() { return share(1); }") == 1);
  CHECK(faults("struct Row {", "Row f() { return {}; }") == 1);
  CHECK(faults("using Row = int;", "Row f() { return {}; }") == 1);
  CHECK(faults("template <class T> T share(T of) {", "int f() { return share(1); }") == 1);
  CHECK(faults("int share(int of) {", "int f() { return share<int>(1); }") == 1);
  CHECK(faults("int load(int n) {", "int f() { return load(1); }") == 1);

  CHECK(faults("std::ostream& operator<<(std::ostream& out, Row) {", "int f() { return 1; }") == 0);
  CHECK(faults("constexpr int kMost = 9;", "auto f() { return R\"x(kMost \")x\"; }") == 0);
  CHECK(faults("constexpr int kMany = 9;", "int f() { return kMost; }") == 0);
  CHECK(faults("constexpr int kMost = 9;", "int f() { return 0; }  // kMost") == 0);
  CHECK(faults("constexpr int kMost = 9;", "int f() { return a.kMost + b::kMost; }") == 0);
  CHECK(faults("double share(double of, int n) {", "int share = 0;") == 0);
  CHECK(faults("using lively::Row;", "Row f() { return {}; }") == 0);
  CHECK(faults("constexpr int kOne = 1;\n  int kMost = 2;", "int f() { return kMost; }") == 0);

  const std::vector<Source> two{header, file("lab/b.cpp", "constexpr int kMost = 9;", ""),
      file("lab/c.cpp", "", "int f() { return kMost; }")};
  CHECK(hidden_names(two, {{"lab/b.cpp", "lab"}, {"lab/c.cpp", "lab"}}).size() == 1);
  CHECK(hidden_names(two, {{"lab/b.cpp", "lab_from_a"}, {"lab/c.cpp", "lab_from_c"}}).empty());
  CHECK(hidden_names(two, {{"lab/c.cpp", "lab"}}).empty());  // the other is compiled alone
}
