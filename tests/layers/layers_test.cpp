#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "tests/layers/rules.h"
#include "tests/layers/sources.h"
#include "tests/paths.h"

namespace fs = std::filesystem;

using house::read;
using house::Source;
using house::sources;

namespace {

using Faults = std::vector<std::string>;

std::string joined(const Faults& faults) {
  std::string text;
  for (const std::string& fault : faults) text += "\n  " + fault;
  return text;
}

template <class Rule>
void check_all(const std::vector<Source>& all, Rule rule) {
  REQUIRE(!all.empty());
  Faults faults;
  for (const Source& source : all)
    for (std::string& fault : rule(source.path, source.text)) faults.push_back(std::move(fault));
  CHECK_MESSAGE(faults.empty(), joined(faults));
}

}  // namespace

TEST_CASE("layers: includes point down only") {
  check_all(sources({"tensor", "autograd", "nn", "optim", "data", "apps"}), house::includes);
}

TEST_CASE("layers: public headers are light") {
  auto all = sources({"tensor", "autograd", "nn", "optim", "data", "apps/embed"});
  std::erase_if(all, [](const Source& source) { return !source.path.ends_with(".h"); });
  check_all(all, house::header);
}

TEST_CASE("layers: the page's public header is standard C++ alone") {
  const std::string path = "apps/lab/page/page.h";
  const std::string text = read(fs::path(LIVELY_SOURCE_DIR) / path);
  REQUIRE(!text.empty());
  CHECK(house::header(path, text).empty());
  CHECK(text.find("#include \"") == text.npos);
}

TEST_CASE("layers: a public header needs no internal one") {
  const auto all = sources({"tensor", "autograd", "nn", "optim", "data", "apps/embed"});
  std::set<std::string> internal;
  for (const Source& source : all)
    if (house::is_internal(source.text)) internal.insert(source.path);
  for (const Source& source : all) {
    if (!source.path.ends_with(".h") || internal.contains(source.path)) continue;
    for (const std::string& name : house::ours(source.text)) {
      CAPTURE(source.path);
      CAPTURE(name);
      CHECK(!internal.contains(name));
    }
  }
}

TEST_CASE("layers: files are short") {
  check_all(sources({"tensor", "autograd", "nn", "optim", "data", "apps", "tests"}), house::length);
}

TEST_CASE("layers: test cases are where ctest looks") {
  for (const Source& source : sources({"tests"})) {
    CAPTURE(source.path);
    CHECK((source.path.ends_with("_test.cpp") ||
           source.text.find("\nTEST_CASE") == std::string::npos));
  }
}

TEST_CASE("layers: closures keep tensors by Saved") {
  check_all(sources({"tensor", "autograd", "nn"}), house::captures);
}

TEST_CASE("layers: lively.h never brings the elementwise engine") {
  const fs::path root = LIVELY_SOURCE_DIR;
  std::set<std::string> seen;
  std::vector<std::string> open = house::ours(read(root / "cmake/lively.h.in"));
  REQUIRE(!open.empty());
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (!seen.insert(name).second) continue;
    for (std::string& next : house::ours(read(root / name))) open.push_back(std::move(next));
  }
  CHECK(seen.contains("tensor/tensor.h"));
  CHECK(!seen.contains("tensor/map.h"));
}

// The rules themselves: each must see what it is there for.

TEST_CASE("rules: an upward include is seen") {
  const auto at = [](const char* path, const char* name) {
    return house::includes(path, "#include \"" + std::string(name) + "\"\n");
  };
  CHECK(at("tensor/a.h", "lively/tensor/b.h").empty());
  CHECK(at("nn/a.cpp", "lively/autograd/b.h").empty());
  CHECK(at("apps/a.cpp", "lively/lively.h").empty());
  CHECK(at("apps/a.cpp", "apps/lab/b.h").empty());
  CHECK(at("data/a.cpp", "lively/version.h").empty());
  CHECK(at("tensor/a.h", "lively/autograd/b.h") ==
        Faults{"tensor/a.h:1: \"lively/autograd/b.h\" points up or aside"});
  CHECK(at("optim/a.h", "lively/nn/b.h").size() == 1);
  CHECK(at("data/a.h", "lively/autograd/b.h").size() == 1);
  CHECK(at("nn/a.h", "lively/lively.h").size() == 1);
  CHECK(at("nn/a.h", "apps/lab/b.h") == Faults{"nn/a.h:1: \"apps/lab/b.h\" points up"});
  CHECK(at("nn/a.h", "tensor/b.h").size() == 1);
  CHECK(at("nn/a.h", "b.h").size() == 1);
}

TEST_CASE("rules: an upward include in apps/lab is seen") {
  const auto at = [](const char* path, const char* name) {
    return house::includes(path, "#include \"" + std::string(name) + "\"\n");
  };
  CHECK(at("apps/lab/run/a.cpp", "apps/lab/run/b.h").empty());
  CHECK(at("apps/lab/run/a.cpp", "apps/lab/recipe/b.h").empty());
  CHECK(at("apps/lab/tell/a.cpp", "apps/lab/inquiry/b.h").empty());
  CHECK(at("apps/lab/page/a.cpp", "apps/lab/words/b.h").empty());
  CHECK(at("apps/lab/program.cpp", "apps/lab/page/b.h").empty());
  CHECK(at("apps/a.cpp", "apps/lab/tell/b.h").empty());
  CHECK(at("apps/lab/trials/a.cpp", "apps/lab/session.h").empty());
  CHECK(at("apps/lab/trials/a.cpp", "apps/lab/whole_run.h").empty());
  CHECK(at("apps/lab/whole_run.cpp", "apps/lab/session.h").empty());
  CHECK(at("apps/lab/tell/a.cpp", "apps/lab/whole_run.h").size() == 1);
  CHECK(at("apps/lab/study/a.cpp", "apps/lab/cases/b.h").empty());
  CHECK(at("apps/lab/doctor/a.cpp", "apps/lab/cases/b.h").size() == 1);
  CHECK(at("apps/lab/program.cpp", "apps/lab/cases/b.h") ==
        Faults{"apps/lab/program.cpp:1: \"apps/lab/cases/b.h\" is for studies alone"});
  CHECK(at("apps/lab/session.cpp", "apps/lab/inquiry/b.h").empty());
  CHECK(at("apps/lab/run/a.cpp", "lively/nn/b.h").empty());
  CHECK(at("apps/lab/run/a.cpp", "apps/lab/inquiry/b.h") ==
        Faults{"apps/lab/run/a.cpp:1: \"apps/lab/inquiry/b.h\" points up"});
  CHECK(at("apps/lab/words/a.cpp", "apps/lab/recipe/b.h").size() == 1);
  CHECK(at("apps/lab/session.cpp", "apps/lab/trials/b.h").size() == 1);
  CHECK(at("apps/lab/tell/a.cpp", "apps/lab/session.h").size() == 1);
  CHECK(at("apps/lab/recipe/a.cpp", "apps/lab/program.h") ==
        Faults{"apps/lab/recipe/a.cpp:1: \"apps/lab/program.h\" points up"});
  CHECK(at("apps/lab/tell/a.cpp", "apps/works/b.h").size() == 1);
  CHECK(at("apps/lab/tell/a.cpp", "apps/lab/page/b.h") ==
        Faults{"apps/lab/tell/a.cpp:1: \"apps/lab/page/b.h\" points up or aside"});
  CHECK(at("apps/lab/page/a.cpp", "apps/lab/run/b.h").size() == 1);
  CHECK(at("apps/lab/attic/a.cpp", "apps/lab/words/b.h") ==
        Faults{"apps/lab/attic/a.cpp:1: apps/lab/attic/ has no place in the lab's order"});
  // The page and its words take errors and files of the library, and no more.
  CHECK(at("apps/lab/page/a.cpp", "lively/tensor/error.h").empty());
  CHECK(at("apps/lab/page/a.cpp", "lively/lively.h") ==
        Faults{"apps/lab/page/a.cpp:1: \"lively/lively.h\": a page needs a log, and of the library "
               "errors and files alone"});
  CHECK(at("apps/lab/words/a.cpp", "lively/tensor/tensor.h").size() == 1);
}

TEST_CASE("rules: a guest in the wrong folder is seen") {
  CHECK(house::includes("tensor/a.cpp", "#include <cblas.h>\n").empty());
  CHECK(house::includes("nn/a.cpp", "\n#include <cblas.h>\n") ==
        Faults{"nn/a.cpp:2: <cblas.h> belongs in tensor/"});
  CHECK(house::includes("nn/a.cpp", "# include <nlohmann/json.hpp>  // x\n").size() == 1);
  CHECK(house::includes("apps/lab/run/a.cpp", "#include <nlohmann/json.hpp>\n").size() == 1);
  CHECK(house::includes("apps/lab/words/nlohmann.h", "#include <nlohmann/json.hpp>\n").empty());
  CHECK(house::includes("apps/lab/words/a.h", "#include <nlohmann/json_fwd.hpp>\n").empty());
}

TEST_CASE("rules: a heavy, foreign or macro-laden header is seen") {
  const std::string once = "#pragma once\n";
  CHECK(house::header("nn/a.h", once + "#include <vector>\n").empty());
  CHECK(house::header("nn/a.h", "#include <vector>\n").size() == 1);
  CHECK(house::header("nn/a.h", once + "#include <iostream>\n").size() == 1);
  CHECK(house::header("nn/a.h", once + "#include <omp.h>\n").size() == 1);
  CHECK(house::header("nn/a.h", once + "#define A 1\n").size() == 1);
  CHECK(house::header("nn/a.h", "// internal: x\n" + once + "#include <omp.h>\n").empty());
}

TEST_CASE("rules: a long file is seen") {
  CHECK(house::length("nn/a.cpp", std::string(400, '\n')).empty());
  CHECK(house::length("nn/a.cpp", std::string(401, '\n')).size() == 1);
  CHECK(house::length("tests/nn/a_test.cpp", std::string(600, '\n')).empty());
}

TEST_CASE("rules: a raw capture is seen") {
  const auto in = [](const std::string& list) {
    return house::captures("autograd/ops/f.cpp",
        "Tensor e(Tensor slope, double y);\n"  // other functions' names do not count
        "Variable f(const Variable& x, float slope) {\n"
        "  Tensor y = g(x.data());\n"
        "  return differentiable(\"f\", y, grad(x, [" +
            list + "](const Tensor& dy) { }));\n}\n");
  };
  CHECK(in("").empty());
  CHECK(in("slope, y = Saved(y)").empty());
  CHECK(in("b = Saved(x.data()), shape = x.shape()").empty());
  CHECK(in("y") == Faults{"autograd/ops/f.cpp:4: [y] keeps a tensor without Saved"});
  CHECK(in("slope, b = x.data()").size() == 1);
  CHECK(in("x = x").size() == 1);
  CHECK(in("b = std::move(y)").size() == 1);
  CHECK(in("=").size() == 1);
}
