#include <doctest/doctest.h>

#include "tests/apps/process.h"

using namespace lively::testing;

TEST_CASE("mnist_resnet: liveness changes no bit of the weights") {
  const TemporaryFolder folder;
  small_set(200, 50).write(folder);
  std::string first;
  for (const char* level : {"off", "batch", "epoch", "step"}) {
    const std::string log = folder / "r.jsonl";
    const Finished f = run("mnist_resnet",
        "--data " + folder.path() + " --depth 8 --width 2 --epochs 1 --batch-size 50 --liveness " +
            level + " --log " + log);
    CAPTURE(level);
    CAPTURE(f.err);
    REQUIRE(f.code == 0);
    const std::string text = read_file(log);
    const auto at = text.find("\"weights_hash\":\"");
    REQUIRE(at != text.npos);
    const std::string hash = text.substr(at, 60);
    if (first.empty()) first = hash;
    CHECK(hash == first);
  }
}

TEST_CASE("mnist_resnet: learns, plain or not, and logs as mnist_mlp does") {
  const TemporaryFolder folder;
  small_set().write(folder);
  for (const char* form : {"", " --plain", " --shortcut b --augment flip"}) {
    const std::string log = folder / "r.jsonl";
    const Finished f = run(
        "mnist_resnet", "--data " + folder.path() +
                            " --depth 8 --width 4 --epochs 8 --batch-size 20 --log " + log + form);
    CAPTURE(f.out);
    CHECK(f.code == 0);
    CHECK(f.out.find("Healthy: ") != std::string::npos);
    const std::string text = read_file(log);
    CHECK(text.find("\"app\":\"mnist_resnet\"") != std::string::npos);
    CHECK(text.find("\"name\":\"layer3.0.act2\"") != std::string::npos);
    CHECK(text.find("\"verdict\":\"healthy\"") != std::string::npos);
  }
  const Finished f = run("mnist_resnet", "--depth 9 --data synthetic");
  CHECK(f.code == 2);
  CHECK(f.err == "mnist_resnet: resnet: depth 9: must be 6 n + 2: 8, 14, 20, 26, 32 ...\n");
}
