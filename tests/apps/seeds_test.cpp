#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cmath>
#include <csignal>
#include <fstream>

#include "apps/lab/words/hold.h"
#include "tests/apps/events.h"
#include "tests/paths.h"

using namespace lively::testing;

namespace {

const std::string kNet = " --depth 1 --width 16 --epochs 2 --batch-size 50 --no-treatment ";

}  // namespace

TEST_CASE("seeds: each is the run that it is alone, and the end is their mean and verdicts") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string data = "--data " + folder.path() + kNet, log = folder / "run.jsonl",
                    page = folder / "run.html";
  const Finished f = run("mnist_mlp", data + "--seed 4 --seeds 3 --log " + log + " --save " +
                                          (folder / "net.safetensors") + " --report " + page);
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("seeds 4 to 6") != f.out.npos);
  REQUIRE(f.out.find("\n6 ") != f.out.npos);
  CHECK(f.out.find("\n4 ") < f.out.find("\n5 "));
  CHECK(f.out.find("\n5 ") < f.out.find("\n6 "));

  const std::vector<Json> all = events(log);
  REQUIRE(all.size() == 1);
  const Json& seeds = all[0];
  CHECK(seeds.at("type") == "seeds");
  double mean = 0, squares = 0;
  for (int seed = 4; seed <= 6; ++seed) {
    const std::string one = folder / ("run-seed" + std::to_string(seed) + ".jsonl"),
                      alone = folder / "alone.jsonl";
    CAPTURE(seed);
    REQUIRE(
        run("mnist_mlp", data + "--threads 1 --seed " + std::to_string(seed) + " --log " + alone)
            .code == 0);
    CHECK(
        events(one, "final")[0].at("weights_hash") == events(alone, "final")[0].at("weights_hash"));
    CHECK(events(one, "config")[0].at("threads") == 1);
    CHECK(exists(folder / ("net-seed" + std::to_string(seed) + ".safetensors")));
    const Json& row = seeds.at("runs")[static_cast<std::size_t>(seed - 4)];
    CHECK(row.at("seed") == seed);
    CHECK(row.at("log") == one);
    CHECK(row.at("test_accuracy") == events(one, "final")[0].at("test_accuracy"));
    CHECK(row.at("verdict") == events(one, "final")[0].at("verdict"));
    mean += row.at("test_accuracy").get<double>() / 3;
  }
  for (const Json& row : seeds.at("runs"))
    squares += std::pow(row.at("test_accuracy").get<double>() - mean, 2);
  CHECK(seeds.at("test_accuracy").get<double>() == doctest::Approx(mean));
  CHECK(seeds.at("test_accuracy_se").get<double>() == doctest::Approx(std::sqrt(squares / 6)));
  CHECK(f.out.find("mean ± standard error over 3 seeds") != f.out.npos);
  int64_t counted = 0;
  for (const auto& [code, n] : seeds.at("verdicts").items()) counted += n.get<int64_t>();
  CHECK(counted == 3);

  const std::string html = read_file(page);
  CHECK(unbalanced(html).empty());
  CHECK(html.find("class=\"band band0\"") != html.npos);
  CHECK(html.find("mean ± standard error over 3 of 3 seeds") != html.npos);
  // The same page from the log that names the others, and from these.
  const std::string again = folder / "again.html";
  REQUIRE(run("autopsy", log + " --out " + again).code == 0);
  CHECK(read_file(again).find("mean ± standard error over 3 of 3 seeds") != std::string::npos);
}

TEST_CASE("seeds: what diverged is in no mean, and the codes of the exit are those of any run") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string data = "--data " + folder.path() + kNet;
  const Finished f = run("mnist_mlp", data + "--seeds 2 --plant nan_inputs:1");
  CHECK(f.code == 4);
  CHECK(f.out.find("none: every run diverged") != f.out.npos);
  CHECK(f.out.find("poisoned 2, of 2") != f.out.npos);
  // The command looks for a cure, though kNet does not.
  const std::size_t closer = f.out.find("Look closer");
  REQUIRE(closer != f.out.npos);
  CHECK(f.out.find("--plant nan_inputs:1", closer) != f.out.npos);
  CHECK(f.out.find("--no-treatment", closer) == f.out.npos);
  const Finished g = run("mnist_mlp", data + "--seeds 2 --plant nan_inputs:1 --fail-on poisoned");
  CHECK(g.code == 5);
  CHECK(g.err == "mnist_mlp: --fail-on poisoned: poisoned holds for seed 1\n");
}

TEST_CASE("seeds: go with nothing that is of one run") {
  CHECK(run("mnist_mlp", "--seeds 0").code == 2);
  const Finished f = run("mnist_mlp", "--seeds 2 --find-lr");
  CHECK(f.code == 2);
  CHECK(f.err == "mnist_mlp: --seeds 2: --find-lr is one run\n");
  CHECK(run("mnist_mlp", "--seeds 2 --seed 18446744073709551615").err ==
        "mnist_mlp: --seeds 2: --seed 18446744073709551615 has not so many after it\n");
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  REQUIRE(
      run("mnist_mlp", "--data " + folder.path() + kNet + "--save " + (folder / "a.safetensors"))
          .code == 0);
  const Finished g = run("mnist_mlp", "--seeds 2 --resume " + (folder / "a.checkpoint"));
  CHECK(g.code == 2);
  CHECK(g.err == "mnist_mlp: --seeds 2: --resume goes on with one run\n");
}

TEST_CASE("seeds: their logs are held from the first step of the first to the end of the last") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  const std::string data = "--data " + folder.path() + kNet + "--log ", log = folder / "r.jsonl";
  // Who holds all of them is seen by another, alone or not.
  for (const std::string name : {"r.jsonl", "r-seed2.jsonl"}) {
    const lively::lab::NameHold first("--log", folder / name);
    const std::string refused =
        "mnist_mlp: --log " + (folder / name) + ": another run is writing it\n";
    const Finished many = run("mnist_mlp", data + log + " --seeds 2");
    CHECK(many.code == 2);
    CHECK(many.err == refused);
    const Finished one = run("mnist_mlp", data + (folder / name));
    CHECK(one.code == 2);
    CHECK(one.err == refused);
    CHECK_FALSE(exists(log));
  }
  // A killed run's holds are taken over, and go with the run.
  const Finished f = run_until("mnist_mlp",
      {"--data", folder.path(), "--depth", "1", "--width", "4", "--epochs", "100000", "--liveness",
          "off", "--seeds", "100", "--log", log},
      folder / "r-seed100.jsonl.lock", 0, SIGKILL);
  CHECK(f.code == 1000 + SIGKILL);
  CHECK(exists(log + ".lock"));
  CHECK(exists(folder / "r-seed1.jsonl.lock"));
  CHECK(run("mnist_mlp", data + log + " --seeds 2").code == 0);
  CHECK_FALSE(exists(log + ".lock"));
  CHECK_FALSE(exists(folder / "r-seed1.jsonl.lock"));
}

TEST_CASE("seeds: a single run that has not opened its log yet holds it against them") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  const std::string log = folder / "r.jsonl";
  {
    const auto name = lively::lab::hold_name_if_any("--log", log);
    REQUIRE(name != nullptr);
    const Finished f =
        run("mnist_mlp", "--data " + folder.path() + kNet + "--seeds 2 --log " + log);
    CHECK(f.code == 2);
    CHECK(f.err == "mnist_mlp: --log " + log + ": another run is writing it\n");
  }
  CHECK_FALSE(exists(log + ".lock"));
  CHECK(lively::lab::hold_name_if_any("--log", "/dev/null") == nullptr);
}

TEST_CASE("seeds: an interrupt names the checkpoints of those under way") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  std::vector<std::string> endless{"--data", folder.path(), "--depth", "1", "--width", "4",
      "--epochs", "100000", "--liveness", "off", "--seeds", "2", "--log", folder / "r.jsonl"};
  const Finished none =
      run_until("mnist_mlp", endless, folder / "r-seed1.jsonl", 0, SIGINT, "step");
  CHECK(none.code == 130);
  CHECK(none.out.find("Interrupted: 0 of 2 runs had ended; nothing of the others was saved (--save "
                      "FILE).") != none.out.npos);
  endless.insert(endless.end(), {"--save", folder / "net.safetensors"});
  const std::string checkpoint = folder / "net-seed1.checkpoint";
  const Finished saved = run_until("mnist_mlp", endless, checkpoint, 0, SIGINT);
  CHECK(saved.code == 130);
  CHECK(saved.out.find("Interrupted: 0 of 2 runs had ended. Go on with:") != saved.out.npos);
  const std::string command =
      " --resume " + checkpoint + " --log " + (folder / "r-seed1.jsonl") + "\n";
  CHECK(saved.out.find("./apps/mnist_mlp" + command) != saved.out.npos);
  CHECK(exists(checkpoint));
}

TEST_CASE("seeds: a log that is a pipe is not replaced, and too few descriptors are said early") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const Finished f = run("mnist_mlp", "--data " + folder.path() + kNet + "--seeds 2 --log " + pipe);
  CHECK(f.code == 2);
  CHECK(f.err == "mnist_mlp: --log " + pipe + ": cannot be replaced: is a pipe or a device\n");
  struct stat info {};
  REQUIRE(::stat(pipe.c_str(), &info) == 0);
  CHECK(S_ISFIFO(info.st_mode));

  const std::string many = std::string(LIVELY_PROGRAMS) + "/mnist_mlp --data " + folder.path() +
                           " --depth 1 --width 4 --epochs 1 --liveness off --seeds 60 --save " +
                           (folder / "net.safetensors");
  const Finished g = run_command("ulimit -n 64; " + many);
  CHECK(g.code == 2);
  CHECK(g.err ==
        "mnist_mlp: --seeds 60: has 93 files open, of which this process may have 64 "
        "(ulimit -n)\n");
  CHECK(run_command("ulimit -S -n 40; " + many).code == 0);
}
