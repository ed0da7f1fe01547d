#include <doctest/doctest.h>

#include "lively/tensor/error.h"
#include "lively/tensor/threads.h"
#include "tests/apps/events.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::testing;

namespace {

// A run of a second.
std::string little(const TemporaryFolder& folder) {
  return "--data " + folder.path() + " --depth 1 --width 16 --epochs 1 --no-treatment ";
}

}  // namespace

TEST_CASE("habits: a name that is nearly one is suggested, and one that is none is refused") {
  const Finished circle = run("mnist_mlp", "--data circle");
  CHECK(circle.code == 3);
  CHECK(circle.err == "mnist_mlp: --data circle: no such folder, did you mean circles?\n");
  const Finished work = run("bench", "--works W99");
  CHECK(work.code == 2);
  CHECK(work.out.empty());
  CHECK(work.err.find("bench: --works W99: no such work; known: K, W1, ") == 0);
  CHECK(run("bench", "--works W1,W99").code == 2);
  CHECK(run("explain", "dyed").err == "explain: dyed: no such verdict, did you mean died?\n");
}

TEST_CASE("habits: more threads than cores are all cores, and a line says so") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const int more = processors() + 62;
  const std::string cores = processors() == 1 ? "one core is" : message(processors(), " cores are"),
                    said = message(cores, " here; using ", processors(), "\n");
  const Finished f = run("mnist_mlp", little(folder) + message("--threads ", more));
  CHECK(f.code == 0);
  CHECK(f.err == message("mnist_mlp: --threads ", more, ": ", said));
  const Finished g = run_command(
      "OMP_NUM_THREADS=100000 " + std::string(LIVELY_PROGRAMS) + "/mnist_mlp " + little(folder));
  CHECK(g.err == "mnist_mlp: OMP_NUM_THREADS=100000: " + said);
  CHECK(g.out.find(message("machine   ", processors(), " thread")) != g.out.npos);
  CHECK(run("mnist_mlp", little(folder) + "--threads 1").err.empty());
  CHECK(run("bench", message("--works K --seconds 0.001 --repeat 1 --threads ", more))
            .err.find(said) != std::string::npos);
}

TEST_CASE("habits: a batch beyond the set is said to be all of it") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const Finished f = run("mnist_mlp", little(folder) + "--batch-size 100000");
  CHECK(f.code == 0);
  CHECK(f.out.find("note      --batch-size 100,000 is more than the 600 training samples: each "
                   "epoch is one step,") != f.out.npos);
  CHECK(run("mnist_mlp", little(folder) + "--batch-size 600").out.find("note      --batch-size") ==
        std::string::npos);
}

TEST_CASE("habits: --quick is 2 epochs unless said otherwise, wherever it stands") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string flags = "--data " + folder.path() + " --depth 1 --width 8 --no-treatment ";
  CHECK(run("mnist_mlp", flags + "--quick").out.find(", 2 epochs,") != std::string::npos);
  CHECK(
      run("mnist_mlp", flags + "--epochs 3 --quick").out.find(", 3 epochs,") != std::string::npos);
  CHECK(
      run("mnist_mlp", flags + "--quick --epochs 3").out.find(", 3 epochs,") != std::string::npos);
  CHECK(run("mnist_resnet",
            "--quick --epochs 1 --depth 8 --width 2 --no-treatment --data " + folder.path())
            .out.find(", 1 epoch,") != std::string::npos);
}
