#include <doctest/doctest.h>

#include <cstdlib>

#include "apps/lab/judge.h"
#include "tests/apps/events.h"
#include "tests/paths.h"

using namespace lively::testing;

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
  // Nobody told it of steps and labels.
  CHECK(f.out.starts_with(log + ": Unsure: nobody measured how much it has learnt"));
  CHECK(html.find("the losses of the steps, the logits&#39; gradient") != std::string::npos);
  int64_t changes = 0;
  for (const Json& e : events(log)) {
    changes += e.at("type") == "death" || e.at("type") == "revival";
    if (e.at("type") != "liveness") continue;
    for (const Json& l : e.at("layers")) {
      // Between the name and the step, and behind it, stand the epoch and the set.
      const std::string cell = l.at("name").get<std::string>() + ", [^:<>]*step " +
                               std::to_string(e.at("step").get<int64_t>()) +
                               ", [^:<>]*: " + std::to_string(l.at("dead").get<int64_t>()) + " of ";
      CHECK_MESSAGE(matches(html, cell), cell);
    }
  }
  CHECK(changes > 0);

  struct Row {
    const char *name, *verdict, *says;
  };
  const Row rows[] = {{"healthy", "healthy", "which is a note and no fault."},
      {"born_dead", "born_dead", "all 32 units of layer 3 are dead, and the output no longer"},
      {"died", "died", "all 32 units of layer 3 are dead, and the output no longer"},
      {"frozen_loss", "frozen_loss", "100 % of the wrong samples give a gradient of exactly 0"},
      {"frozen_optimizer", "frozen_optimizer", "did not change by a bit in 200 steps"},
      {"exploding", "exploding", "The steps are too large for these weights"},
      {"few_alive", "healthy", "Warning: 62 of 64 units are dead, more than half"},
      {"few_stuck", "unsure",
          "62 of 64 units are dead. Not looked at: whether reviving the dead units lets the "
          "network learn."},
      {"around", "healthy", "16 of 32 units are dead"},
      {"tokens", "healthy", "Warning: 16 of 16 units are dead, more than half"},
      {"functional", "healthy", "Not looked at: which units are dead."},
      {"pretrained", "healthy", "No unit is dead."}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string its = log + "." + row.name;
    const Finished said = run("autopsy", its + " --out " + page);
    CHECK(said.code == 0);
    CHECK_MESSAGE(said.out.find(row.says) != std::string::npos, said.out);
    lively::lab::RunLog judged = lively::lab::read_run_log(its);
    lively::lab::judge(judged);
    CHECK(judged.final->verdict == row.verdict);
    CHECK(judged.final->judged);
    CHECK(unbalanced(read_file(page)) == "");
  }
  // Only copies can tell, and a log has none.
  const std::string open = run("autopsy", log + ".few_stuck --out " + page).out;
  for (const char* fault :
      {"a network dead at birth", "one that died in training", "steps that overshoot"})
    CHECK_MESSAGE(
        open.find(fault, open.find("Not looked for, since nothing in the log would tell: ")) !=
            std::string::npos,
        open);
}
