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
  for (const char* form : {"", " --plain", " --shortcut b --augment flip", " --norm none --lr 0.02",
           " --norm none --residual subtract --shortcut b --lr 0.02", " --residual add:pre"}) {
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
  // Without norms a dead first layer has no theorem, and nobody speaks of it as if there were one.
  const Finished dead = run("mnist_resnet",
      "--data " + folder.path() +
          " --depth 8 --width 4 --epochs 2 --norm none --plant bias:5 --no-treatment --liveness "
          "step --log " +
          (folder / "dead.jsonl"));
  CAPTURE(dead.out);
  CHECK(dead.code == 0);
  CHECK(read_file(folder / "dead.jsonl").find("\"code\":\"prophecy\"") == std::string::npos);
  const auto refused = [](const std::string& flags) {
    const Finished f = run("mnist_resnet", "--data synthetic " + flags);
    CHECK(f.code == 2);
    return f.err;
  };
  CHECK(refused("--norm batch_after") ==
        "mnist_resnet: --norm batch_after: a ResNet has batch or none\n");
  CHECK(refused("--plain --residual subtract") ==
        "mnist_resnet: --residual subtract: --plain leaves no shortcut to sum with\n");
  const Finished f = run("mnist_resnet", "--depth 9 --data synthetic");
  CHECK(f.code == 2);
  CHECK(f.err == "mnist_resnet: resnet: depth 9: must be 6 n + 2: 8, 14, 20, 26, 32 ...\n");
}
