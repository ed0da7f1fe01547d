// The words of errors that no other test of the lab quotes.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "apps/lab/page/run_log.h"
#include "apps/lab/recipe/plant.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/whole_run.h"
#include "apps/lab/words/json_object.h"
#include "apps/lab/words/visible.h"
#include "lively/data/safetensors.h"
#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/nn/sequential.h"
#include "lively/nn/shaping.h"
#include "tests/apps/events.h"
#include "tests/apps/process.h"
#include "tests/apps/recipes.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("errors: flags say what would do") {
  const auto refused = [](std::string_view flags, const char* words) {
    CAPTURE(flags);
    CHECK_THROWS_WITH_AS(with(flags), words, ValueError);
  };
  refused("--data ''", "--data : must name a folder, or synthetic");
  refused("--save a.bin", "--save a.bin: must end with .safetensors");
  refused("--report a.txt", "--report a.txt: must end with .html");
  CHECK_THROWS_WITH_AS(check(with("--eps 0.1")),
      "--eps 0.1: is not for sgd, which divides by nothing (--optimizer adam)", ValueError);
  CHECK_THROWS_WITH_AS(check(with("--data '\xff' --save a.safetensors")),
      "--data \xff: is not UTF-8, which the files of --save need", ValueError);
  CHECK_THROWS_WITH_AS(check(with("--norm batch --batch-size 1")),
      "--batch-size 1: --norm batch needs at least 2", ValueError);
  const Finished f = run("mnist_mlp", "--preset slow --resume a.checkpoint");
  CHECK(f.code == 2);
  CHECK(f.err == "mnist_mlp: --preset slow: --resume goes on with the flags of its checkpoint\n");
}

TEST_CASE("errors: a plant that cannot come says why") {
  const auto refused = [](const char* plant, Module& model, const char* words) {
    CAPTURE(plant);
    CHECK_THROWS_WITH_AS(
        Plant::parse(plant).check(model, 100, digits<60, 20>()), words, ValueError);
  };
  CHECK_THROWS_WITH_AS(Plant::parse("outliers:61").planted(digits<60, 20>(), Seed{1}),
      "--plant outliers:61: the training set has 60 pictures", ValueError);
  Sequential none, bare, normed;
  none.add<Flatten>();
  bare.add<Linear>(4, 3, Bias::none);
  normed.add<Linear>(4, 3);
  normed.add<BatchNorm1d>(3);
  refused("bias:3", none, "--plant bias:3: the model has no weighted layer");
  refused("bias:3", bare, "--plant bias:3: the first layer has no bias; weights:3 works");
  refused("weights:3", normed,
      "--plant weights:3: a normalisation follows the first layer, and takes the push away again; "
      "bias:3 "
      "works");
}

TEST_CASE("errors: a model file that was not written so") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.safetensors";
  Sinks nobody;
  run(with("--depth 1 --width 4 --epochs 1 --liveness off --save " + path), digits<60, 20>(),
      nobody);
  const Safetensors good = read_safetensors(path);
  const auto refused = [&](const char* key, const char* value, const std::string& words) {
    CAPTURE(key);
    Safetensors file = good;
    file.metadata[key] = value;
    write_safetensors(path, file);
    CHECK_THROWS_WITH_AS((void)load_model(path), (path + ": " + words).c_str(), DataError);
  };
  refused("lively.format", "7", "format 7; this Lively reads 1");
  refused("lively.program", "cat", "written by cat; needs mnist_mlp or mnist_resnet");
  refused("lively.flags", "--purr=1\n", "flag --purr: unknown to this Lively");
  refused("lively.flags", "--log=x\n", "flag --log: unknown to this Lively");
  refused(
      "lively.input", "28x28", "lively.input or lively.classes: is not of the form 1x28x28 and 10");
  refused("lively.class_names", "a\nb\n", "lively.class_names: 2 names for 10 classes");
}

TEST_CASE("errors: a run that cannot go on from its checkpoint") {
  const TemporaryFolder folder;
  Sinks nobody;
  const std::string base = "--depth 1 --width 4 --batch-size 10 --epochs ",
                    save = folder / "a.safetensors", from = folder / "a.checkpoint";
  std::atomic<bool> stop = false;
  struct Stopper final : Sink {
    std::atomic<bool>& stop;
    explicit Stopper(std::atomic<bool>& s) : stop(s) {}
    void on(const Event& e) override { stop = stop || std::holds_alternative<Progressed>(e); }
  } stopper(stop);
  run(with(base + "1 --liveness off --save " + save), digits<60, 20>(), stopper,
      {.interrupt = &stop});
  CHECK_THROWS_WITH_AS(run(with(base + "2 --resume " + from), digits<60, 20>(), nobody),
      ("--liveness: " + from + " has no census at birth: goes on with --liveness off only").c_str(),
      ValueError);
  Safetensors file = read_safetensors(from);
  file.tensors.insert_or_assign("position.batch", Tensor::of<int64_t>({7}, {1}));
  write_safetensors(from, file);
  CHECK_THROWS_WITH_AS(
      run(with(base + "2 --liveness off --resume " + from), digits<60, 20>(), nobody),
      (from + ": stands at batch 8; an epoch of this set has 6").c_str(), DataError);
  run(with(base + "1 --save " + save), digits<60, 20>(), nobody);
  CHECK_THROWS_WITH_AS(
      run(with(base + "2 --liveness step --resume " + from), digits<60, 20>(), nobody),
      ("--liveness step: " + from +
          " has no census of each step from birth on: goes on with epoch or batch")
          .c_str(),
      ValueError);
}

TEST_CASE("errors: a checkpoint whose books of lives do not balance") {
  // Such were found at the next census only, and then without the file's name.
  const TemporaryFolder folder;
  Sinks nobody;
  const std::string base = "--depth 1 --width 4 --batch-size 10 --epochs ",
                    save = folder / "a.safetensors", from = folder / "a.checkpoint",
                    now = "lives.life.now.";
  run(with(base + "1 --save " + save), digits<60, 20>(), nobody);
  const Safetensors good = read_safetensors(from);
  const auto refused = [&](const std::string& entry, int64_t value, const std::string& wrong) {
    Safetensors bad = good;
    Tensor& t = bad.tensors.at(now + entry);
    t = Tensor::of(std::vector<int64_t>(static_cast<std::size_t>(t.numel()), value), t.shape());
    write_safetensors(from, bad);
    CHECK_THROWS_WITH_AS(run(with(base + "2 --resume " + from), digits<60, 20>(), nobody),
        (from + ": " + now + wrong).c_str(), DataError);
  };
  refused("censuses", -1, "censuses: is too few");
  refused("censuses", 0, "censuses: is too few");
  refused("layers", 0, "layers: is fewer than there are");
  const std::string unbalanced =
      "layers.0.dead: is not those born dead and died less those revived";
  refused("layers.0.born_dead", 100, unbalanced);
  refused("layers.0.died", -100, unbalanced);
  refused("layers.0.dead", 100, unbalanced);
  const bool one_lives = good.tensors.at(now + "layers.0.dead").item() < 4;
  refused("units.0.dead", one_lives, "units.0.dead: has another number of dead than its layer");
}

TEST_CASE("errors: a log that is none") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.jsonl";
  write_text(path, "");
  CHECK_THROWS_WITH_AS((void)read_run_log(path),
      (path + ": has no events; a log is written by --log").c_str(), DataError);
  write_text(path, std::string(2000, '['));
  CHECK_THROWS_AS((void)read_run_log(path), DataError);
}

TEST_CASE("errors: a number of a log that no integer holds is named by line and field") {
  // Found by fuzzing: it was cast all the same.
  const std::string log = LIVELY_SOURCE_DIR "/tests/fuzz/corpus/log/log-number-out-of-range.jsonl";
  const TemporaryFolder folder;
  const Finished f = run("autopsy", log + " --out " + (folder / "a.html"));
  CHECK(f.code == 3);
  CHECK(f.err == "autopsy: " + log +
                     ": line 2: step: is 9223372036854775808; needs a whole number, at "
                     "most 2^53 in size\n");
  CHECK_FALSE(exists(folder / "a.html"));
}

TEST_CASE("errors: what a log brought moves no cursor of a terminal") {
  CHECK(visible("a\tb\x7f\n\x1b[31m\xc3\xa9\xc2\x9b") == "a\\x09b\\x7f\n\\x1b[31m\xc3\xa9\\x9b");
  const TemporaryFolder folder;
  const std::string log = folder / "a.jsonl", to = " --out " + (folder / "a.html");
  write_text(log,
      "{\"schema\":1,\"type\":\"final\",\"verdict\":\"died\","
      "\"verdict_text\":\"\\u001b[31mEVIL\\u0007\"}\n");
  const Finished f = run("autopsy", log + to);
  CHECK(f.code == 0);
  CHECK(f.out.starts_with(log + ": \\x1b[31mEVIL\\x07\n"));
  write_text(log, "{\"schema\":1,\"type\":\"seeds\",\"runs\":[{\"log\":\"no\\u001b[31m\"}]}\n");
  const Finished g = run("autopsy", log + to);
  CHECK(g.code == 3);
  CHECK(g.err == "autopsy: " + (folder / "no\\x1b[31m") + ": cannot be read\n");
}

TEST_CASE("errors: what a log names as others must be files") {
  const TemporaryFolder folder;
  const std::string log = folder / "a.jsonl", pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  write_text(log, "{\"schema\":1,\"type\":\"seeds\",\"runs\":[{\"log\":\"pipe\"}]}\n");
  const Finished f = run_command(
      "timeout 60 " LIVELY_PROGRAMS "/autopsy " + log + " --out " + (folder / "a.html"));
  CHECK(f.code == 3);
  CHECK(f.err == "autopsy: " + log + ": names " + pipe + " as a log, which is no regular file\n");
}

TEST_CASE("errors: what was printed and did not arrive") {
  const std::string programs = LIVELY_PROGRAMS;
  const Finished full = run_command("sh -c '" + programs + "/explain died >/dev/full'");
  CHECK(full.code == 1);
  CHECK(full.err == "explain: stdout: not all that was printed could be written\n");
  for (const std::string flag : {"--help", "--version", "--list-presets", "--list-inits"}) {
    CAPTURE(flag);
    const Finished f = run_command("sh -c '" + programs + "/mnist_mlp " + flag + " >/dev/full'");
    CHECK(f.code == 1);
    CHECK(f.err == "mnist_mlp: stdout: not all that was printed could be written\n");
  }
}

TEST_CASE("errors: nothing is printed into a file that took the place of stdout or stderr") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "x.jsonl", program = LIVELY_PROGRAMS "/mnist_mlp";
  for (const std::string closed : {">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    CAPTURE(closed);
    const Finished f =
        run_command("sh -c '" + program + " --data " + folder.path() +
                    " --epochs 1 --depth 1 --width 8 --log " + log + " " + closed + "'");
    CHECK(f.code == 0);
    std::istringstream in(read_file(log));
    int lines = 0;
    for (std::string line; std::getline(in, line); ++lines) CHECK(Json::accept(line));
    CHECK(lines > 5);
  }
}
