#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/apps/events.h"
#include "tests/paths.h"

using namespace lively::testing;
using Json = nlohmann::json;

TEST_CASE("pulse_hook: a PyTorch model's log holds a recount, and autopsy shows it") {
  const char* named = std::getenv("LIVELY_PYTHON");
  const std::string python = named && *named ? named : "python3";
  if (std::system((python + " -c 'import torch' >/dev/null 2>&1").c_str()) != 0) {
    MESSAGE("skipped: " << python << " has no torch (set LIVELY_PYTHON to a Python that has)");
    return;
  }
  const TemporaryFolder folder;
  const std::string log = folder / "torch.jsonl", page = folder / "torch.html";
  const std::string source = LIVELY_SOURCE_DIR;
  REQUIRE(std::system(
              (python + " " + source + "/tests/apps/pulse_hook_check.py " + source + "/apps " + log)
                  .c_str()) == 0);
  const Finished f = run("autopsy", log + " --out " + page);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  const std::string html = read_file(page);
  CHECK(unbalanced(html) == "");
  CHECK(html.find("python &lt;check&gt;") != std::string::npos);
  CHECK(html.find("Lives of units") != std::string::npos);
  CHECK(html.find("What wrote this log (PyTorch) makes none") != std::string::npos);
  int64_t changes = 0;
  for (const Json& e : events(log)) {
    changes += e.at("type") == "death" || e.at("type") == "revival";
    if (e.at("type") != "liveness") continue;
    for (const Json& l : e.at("layers")) {
      const std::string cell = l.at("name").get<std::string>() + ", step " +
                               std::to_string(e.at("step").get<int64_t>()) + ": " +
                               std::to_string(l.at("dead").get<int64_t>()) + " of ";
      CHECK_MESSAGE(html.find(cell) != std::string::npos, cell);
    }
  }
  CHECK(changes > 0);
}
