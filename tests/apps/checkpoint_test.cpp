#include <doctest/doctest.h>

#include <csignal>

#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/checkpoint.h"
#include "apps/lab/whole_run.h"
#include "lively/data/safetensors.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/process.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

// Ends a run after so many steps, as Ctrl-C would.
struct Interrupter final : Sink {
  explicit Interrupter(int64_t after) : left(after) {}
  void on(const Event& event) override {
    if (std::holds_alternative<Progressed>(event) && --left == 0) now = true;
    if (const auto* counted = std::get_if<Counted>(&event)) note(*counted);
  }
  void note(const Counted& r) {
    for (std::size_t i = 0; r.causes && i < r.causes->size(); ++i) {
      const Cause& c = (*r.causes)[i];
      causes.push_back(
          message(r.step, " ", r.life->changes()[i].unit, " ", c.where ? name(*c.where) : c.unknown,
              " ", c.how_fast ? name(*c.how_fast) : "", " ", c.what ? name(*c.what) : "", " ",
              c.split.z_before, " ", c.split.weights, " ", c.fall_of_max, " ", c.update_norm));
    }
    if (r.series != Counted::Series::steps) return;
    steps = r.life->layers();
    changes.clear();  // the last ones
    for (const LifeChange& c : r.life->changes())
      changes.push_back(message(r.after, " ", r.step, " ", c.layer, " ", c.unit, " ", c.death));
  }
  int64_t left;
  std::atomic<bool> now = false;
  std::vector<LayerLife> steps;              // of the censuses after each step
  std::vector<std::string> changes, causes;  // causes: of the whole run
};

struct Result {
  std::string hash;
  std::vector<LayerLife> life, steps;
  std::vector<std::string> changes, causes;
  DeathTally deaths;
  std::vector<double> losses;
  double accuracy = 0;
  Diagnosis diagnosis;
};

Result train(const Settings& s, int64_t interrupt_after = 0) {
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  Interrupter listener(interrupt_after);
  const Outcome o = run(*model, s, digits<1200, 200>(), listener, {.interrupt = &listener.now});
  return {o.weights_hash, o.life.layers(), listener.steps, listener.changes, listener.causes,
      o.deaths, o.evidence.losses, o.test.accuracy, o.diagnosis};
}

bool same_life(const LayerLife& a, const LayerLife& b) {
  return a.name == b.name && a.units == b.units && a.dead == b.dead && a.lasting == b.lasting &&
         a.born_dead == b.born_dead && a.died == b.died && a.revived == b.revived &&
         a.died_lasting == b.died_lasting && a.revived_lasting == b.revived_lasting &&
         a.dormant == b.dormant && a.starved == b.starved && a.borderline == b.borderline &&
         a.pinned == b.pinned && a.linear == b.linear && a.zero_activations == b.zero_activations;
}

// What a run gives when it is stopped after each of these numbers of steps, and goes on.
void check_resumes(Settings s, std::initializer_list<int64_t> stops) {
  const TemporaryFolder folder;
  const Result whole = train(s);
  s.save = folder / "run.safetensors";
  for (const int64_t stop : stops) {
    CAPTURE(stop);
    s.resume = "";
    std::vector<std::string> causes = train(s, stop).causes;
    s.resume = checkpoint_beside(s.save);
    const Result parts = train(s);
    CHECK(parts.hash == whole.hash);
    CHECK(parts.losses == whole.losses);
    CHECK(parts.accuracy == whole.accuracy);
    CHECK(parts.diagnosis.text == whole.diagnosis.text);
    REQUIRE(parts.life.size() == whole.life.size());
    for (std::size_t i = 0; i < whole.life.size(); ++i)
      CHECK(same_life(parts.life[i], whole.life[i]));
    CHECK(parts.changes == whole.changes);
    causes.insert(causes.end(), parts.causes.begin(), parts.causes.end());
    CHECK(causes == whole.causes);
    CHECK(parts.deaths.deaths == whole.deaths.deaths);
    CHECK(parts.deaths.by == whole.deaths.by);
    CHECK(parts.deaths.cliffs == whole.deaths.cliffs);
    REQUIRE(parts.steps.size() == whole.steps.size());
    for (std::size_t i = 0; i < whole.steps.size(); ++i)
      CHECK(same_life(parts.steps[i], whole.steps[i]));
  }
}

}  // namespace

TEST_CASE("checkpoint: an MLP goes on from the middle of an epoch to the same bits") {
  Settings s = default_settings(Architecture::mlp);
  s.depth = 3;
  s.width = 16;
  s.epochs = 3;
  s.batch_size = 50;
  s.dropout = 0.2;
  s.norm = "batch_after";
  s.residual = "subtract:pre";
  s.optimizer = "adam";
  s.lr = 1e-3;
  s.schedule = "cosine";
  s.warmup = 5;
  s.augment = "both";
  s.liveness = Liveness::batch;
  check_resumes(s, {1, 7, 24, 30, 71});
}

TEST_CASE("checkpoint: the censuses of every step go on as if the run had not stopped") {
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 16;
  s.epochs = 2;
  s.batch_size = 100;
  s.lr = 0.3;
  s.liveness = Liveness::step;
  CHECK(train(s).deaths.deaths > 5);
  check_resumes(s, {5, 12, 20});
  s.liveness = Liveness::epoch;
  CHECK(train(s).deaths.deaths > 0);
  check_resumes(s, {5, 12, 20});
  const TemporaryFolder folder;
  s.liveness = Liveness::epoch;
  s.save = folder / "run.safetensors";
  (void)train(s, 5);
  s.liveness = Liveness::step;
  s.resume = folder / "run.checkpoint";
  CHECK_THROWS_WITH_AS(train(s),
      ("--liveness step: " + s.resume +
          " has no census of each step from birth on: goes on with epoch or batch")
          .c_str(),
      ValueError);
}

TEST_CASE("checkpoint: a ResNet goes on from the middle of an epoch to the same bits") {
  Settings s = default_settings(Architecture::resnet);
  s.depth = 8;
  s.width = 2;
  s.epochs = 2;
  s.shortcut = "b";
  s.nesterov = true;
  check_resumes(s, {3, 12});
}

TEST_CASE("checkpoint: two epochs and two more are four") {
  const TemporaryFolder folder;
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 16;
  s.epochs = 4;
  const Result four = train(s);
  s.epochs = 2;
  s.save = folder / "run.safetensors";
  (void)train(s);
  s.epochs = 4;
  s.resume = folder / "run.checkpoint";
  const Result more = train(s);
  CHECK(more.hash == four.hash);
  for (std::size_t i = 0; i < four.life.size(); ++i) CHECK(same_life(more.life[i], four.life[i]));
}

TEST_CASE("checkpoint: weights load again, alone, with their settings") {
  const TemporaryFolder folder;
  Settings s = default_settings(Architecture::resnet);
  s.depth = 8;
  s.width = 3;
  s.epochs = 1;
  s.save = folder / "r.safetensors";
  const std::string hash = train(s).hash;
  const SavedModel saved = load_model(s.save);
  CHECK(saved.settings.width == 3);
  CHECK(saved.task.sample == Shape{1, 28, 28});
  CHECK(saved.task.names[3] == "3");
  CHECK(saved.model->describe() == "ResNet-a-8(1, 3, 10)");
  CHECK(read_safetensors(s.save).tensors.contains("layer2.0.conv1.weight"));
  CHECK(settings_of_checkpoint(folder / "r.checkpoint", Architecture::resnet).depth == 8);
}

TEST_CASE("checkpoint: error texts") {
  const TemporaryFolder folder;
  Settings s = default_settings(Architecture::mlp);
  s.depth = 1;
  s.width = 4;
  s.epochs = 1;
  s.save = folder / "a.safetensors";
  (void)train(s);
  s.save = "";
  s.resume = folder / "a.checkpoint";
  s.width = 5;
  CHECK_THROWS_WITH_AS(
      train(s), (s.resume + ": load_state_dict: 1.weight: [4,784] for [5,784]").c_str(), DataError);
  s.width = 4;
  s.resume = folder / "a.safetensors";
  CHECK_THROWS_WITH_AS(
      train(s), (s.resume + ": has no position: is it a checkpoint?").c_str(), DataError);
  CHECK_THROWS_WITH_AS((void)settings_of_checkpoint(folder / "a.checkpoint", Architecture::resnet),
      (folder / "a.checkpoint: is a run of mnist_mlp, not of mnist_resnet").c_str(), DataError);
}

TEST_CASE("checkpoint: Ctrl-C and SIGTERM write it and say how to go on") {
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    const TemporaryFolder folder;
    small_set().write(folder);
    const std::string save = folder / "x.safetensors", checkpoint = folder / "x.checkpoint";
    const Finished f = run_until("mnist_mlp",
        {"--data", folder.path(), "--depth", "2", "--width", "64", "--batch-size", "2", "--epochs",
            "100000", "--threads", "1", "--save", save},
        checkpoint, 100, signal);
    CAPTURE(f.err);
    CHECK(f.code == 130);
    CHECK(f.out.find(". Go on with:\n  ./apps/mnist_mlp --resume " + checkpoint + "\n") !=
          std::string::npos);
    const Finished g = run("mnist_mlp", "--epochs 1 --resume " + checkpoint);
    CHECK(g.code == 0);
    CHECK(g.out.find("resumed   after ") != std::string::npos);
    CHECK(g.out.find("2 × 64") != std::string::npos);
  }
}

TEST_CASE("checkpoint: kill -9 while it is written never leaves a broken one") {
  const TemporaryFolder folder;
  small_set(200, 20).write(folder);
  const std::string save = folder / "x.safetensors", checkpoint = folder / "x.checkpoint";
  int found = 0;
  for (int i = 0; i < 25; ++i) {
    // One step an epoch and 3 MB a save: almost every moment lies within one.
    const Finished f = run_until("mnist_mlp",
        {"--data", folder.path(), "--depth", "1", "--width", "512", "--batch-size", "200",
            "--epochs", "100000", "--liveness", "off", "--threads", "1", "--save", save},
        checkpoint, 60 + 7 * i, SIGKILL);
    CHECK(f.code == 1000 + SIGKILL);
    for (const std::string& file : {save, checkpoint}) {
      if (!exists(file)) continue;
      ++found;
      CHECK_NOTHROW((void)read_safetensors(file));
    }
    CHECK(settings_of_checkpoint(checkpoint, Architecture::mlp).width == 512);
  }
  CHECK(found >= 45);
}

TEST_CASE("checkpoint: a file that names a network larger than itself is refused") {
  const TemporaryFolder folder;
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 4;
  s.epochs = 1;
  s.save = folder / "a.safetensors";
  (void)train(s);
  Safetensors file = read_safetensors(s.save);
  file.metadata["lively.flags"] = "--depth=1000\n--width=65536\n";
  write_safetensors(s.save, file);
  CHECK_THROWS_WITH_AS((void)load_model(s.save),
      (s.save + ": holds 3210 numbers, fewer than a network of --depth 1000 --width 65536 has")
          .c_str(),
      DataError);
  file.metadata["lively.flags"] = "--width=many\n";
  write_safetensors(s.save, file);
  CHECK_THROWS_WITH_AS((void)load_model(s.save),
      (s.save + ": --width many: must be a whole number from 1 to 65536").c_str(), DataError);
}

TEST_CASE("checkpoint: what a run was made of cannot be changed when it goes on") {
  const TemporaryFolder folder;
  small_set(300, 60).write(folder);
  const std::string save = folder / "a.safetensors", checkpoint = folder / "a.checkpoint";
  const std::string data = "--data " + folder.path() + " --threads 1 ";
  REQUIRE(run("mnist_mlp", data + "--depth 1 --width 8 --epochs 1 --save " + save).code == 0);
  const auto refused = [&](const std::string& flags, int code, const std::string& text) {
    const Finished f = run("mnist_mlp", data + "--resume " + checkpoint + " " + flags);
    CAPTURE(flags);
    CHECK(f.code == code);
    CHECK(f.err == "mnist_mlp: " + text + "\n");
  };
  refused("--batch-size 32", 2,
      "--batch-size 32: " + checkpoint + " was run with 128 and goes on with it");
  refused("--activation tanh", 2,
      "--activation tanh: " + checkpoint + " was run with relu and goes on with it");
  REQUIRE(run("mnist_mlp", data + "--liveness off --depth 1 --width 8 --epochs 1 --save " + save)
              .code == 0);
  refused("--epochs 2 --liveness epoch", 2,
      "--liveness: " + checkpoint + " has no census at birth: goes on with --liveness off only");
  CHECK(run("mnist_mlp", data + "--epochs 2 --lr 0.001 --resume " + checkpoint).code == 0);
}

TEST_CASE("checkpoint: a schedule over all epochs says that it goes on as another one") {
  const TemporaryFolder folder;
  small_set(100, 20).write(folder);
  const std::string data = "--data " + folder.path() + " --threads 1 ",
                    save = folder / "a.safetensors", checkpoint = folder / "a.checkpoint";
  const std::string note =
      "note      The schedule cosine runs over all epochs: it goes on as in a run of 4";
  REQUIRE(run("mnist_mlp", data + "--depth 1 --width 4 --epochs 2 --schedule cosine --save " + save)
              .code == 0);
  CHECK(run("mnist_mlp", data + "--epochs 4 --resume " + checkpoint).out.find(note) !=
        std::string::npos);
  CHECK(run("mnist_mlp", data + "--resume " + checkpoint).out.find("note      The schedule") ==
        std::string::npos);
  CHECK(run("mnist_mlp", data + "--epochs 4 --schedule constant --resume " + checkpoint)
            .out.find("note      The schedule") == std::string::npos);
}

TEST_CASE("checkpoint: a folder's name that no checkpoint could hold is refused before the run") {
  const TemporaryFolder folder;
  const Finished f = run(
      "mnist_mlp", "--data '" + (folder / "odd\xff") + "' --save " + (folder / "a.safetensors"));
  CHECK(f.code == 2);
  CHECK(f.err == "mnist_mlp: --data " + (folder / "odd\xff") +
                     ": is not UTF-8, which the files of --save need\n");
}

TEST_CASE("checkpoint: does not say where to write") {
  const TemporaryFolder folder;
  small_set(100, 20).write(folder);
  const std::string save = folder / "a.safetensors", checkpoint = folder / "a.checkpoint";
  const std::string data = "--data " + folder.path() + " --threads 1 ";
  REQUIRE(run("mnist_mlp", data + "--depth 1 --width 4 --epochs 1 --log " + (folder / "a.jsonl") +
                               " --save " + save)
              .code == 0);
  Safetensors file = read_safetensors(checkpoint);
  CHECK(file.metadata["lively.flags"].find("a.jsonl") == std::string::npos);
  file.metadata["lively.flags"] += "--report=" + (folder / "stolen.html") + "\n";
  write_safetensors(checkpoint, file);
  const Finished f = run("mnist_mlp", data + "--epochs 2 --resume " + checkpoint);
  CHECK(f.code == 3);
  CHECK_FALSE(exists(folder / "stolen.html"));
}

TEST_CASE("checkpoint: of a model's flags those of its network and how it reads are taken") {
  for (const Flag& flag : flag_table()) {
    CAPTURE(flag.name);
    const bool names_network = (flag.group == "Network" && flag.name != "--audit") ||
                               flag.name == "--loss" || flag.name == "--target" ||
                               flag.name == "--test-share" || flag.name == "--resize";
    CHECK(flag.of_network == names_network);
  }
  const TemporaryFolder folder;
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 4;
  s.epochs = 1;
  s.save = folder / "a.safetensors";
  (void)train(s);
  Safetensors file = read_safetensors(s.save);
  file.metadata["lively.flags"] +=
      "--data=/nowhere\n--threads=7\n--plant=outliers:3\n--fail-on=died\n--activation=elu\n";
  write_safetensors(s.save, file);
  const Settings taken = load_model(s.save).settings;
  Settings wanted = default_settings(Architecture::mlp);
  wanted.depth = 2;
  wanted.width = 4;
  wanted.activation = "elu";
  CHECK(taken == wanted);
}

TEST_CASE("checkpoint: what freezes an optimizer, and what was planted, go on too") {
  Settings s = default_settings(Architecture::mlp);
  s.depth = 1;
  s.width = 64;
  s.epochs = 1;
  s.batch_size = 10;  // 120 steps, of which the last 100 are watched
  s.lr = 1e-12;
  CHECK(train(s).diagnosis.verdict == Verdict::frozen_optimizer);
  check_resumes(s, {10, 60});
  s.lr = 0.01;
  s.plant = "bias:60,3";
  check_resumes(s, {59, 60, 61});
}
