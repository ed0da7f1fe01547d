#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "tests/apps/events.h"

using namespace lively::testing;

namespace {

std::set<std::string> keys(const Json& object) {
  std::set<std::string> names;
  for (const auto& [key, value] : object.items()) names.insert(key);
  return names;
}

// Has a death's cause all that it must, and do its parts sum to the fall?
void check_cause(const Json& death, bool born) {
  const Json& c = death.at("cause");
  if (born) {
    CHECK(c.at("what") == "born");
    CHECK(c.at("where").is_null());
    return;
  }
  CHECK(keys(c) == std::set<std::string>{"where", "upstream_layer", "how_fast", "what", "fall",
                       "shares", "own", "approximate", "sample", "z_before", "z_after",
                       "fall_of_max", "lr", "update_norm", "batch_sample", "batch_sample_share"});
  double sum = 0, largest = 0;
  for (const auto& [part, share] : c.at("shares").items()) {
    sum += share.get<double>();
    if (part == c.at("where")) largest = share;
  }
  for (const auto& [part, share] : c.at("shares").items()) CHECK(share <= largest);
  const double before = c.at("z_before"), after = c.at("z_after"), fall = c.at("fall");
  CHECK(std::abs(sum - fall) < 1e-12 * (1 + std::abs(before) + std::abs(after)));
  CHECK(before > 0);
  CHECK(after <= 0);
  CHECK(c.at("fall_of_max") > 0);
  CHECK(c.at("lr") == 0.3);
  CHECK((c.at("how_fast") == "cliff" || c.at("how_fast") == "drift"));
  CHECK(c.at("upstream_layer").is_string() == (c.at("where") == "upstream"));
  const double own = c.at("own").at("gradient").get<double>() +
                     c.at("own").at("residue").get<double>() +
                     c.at("own").at("decay").get<double>();
  CHECK(own == doctest::Approx(c.at("shares").at("weights").get<double>() +
                               c.at("shares").at("bias").get<double>())
                   .epsilon(1e-3));
}

int count_lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("mnist_mlp: learns, logs the schema and ends well") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  const Finished f = run("mnist_mlp",
      "--data " + folder.path() +
          " --depth 2 --width 32 --epochs 3 --batch-size 20 --log-interval 10 --log " + log);
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(f.err.empty());
  CHECK(f.out.find("Healthy: ") != std::string::npos);
  CHECK(f.out.find("600 + 100") != std::string::npos);
  for (std::istringstream lines(f.out); lines;) {
    std::string line;
    std::getline(lines, line);
    CHECK(line.find('\033') == std::string::npos);
    CHECK(line.find('\r') == std::string::npos);
  }

  const std::vector<Json> all = events(log);
  std::map<std::string, int> count;
  for (const Json& e : all) {
    CHECK(e.at("schema") == 1);
    ++count[e.at("type")];
  }
  for (const char* type : {"death", "revival", "prophecy", "score", "certificate"})
    count.erase(type);  // as many as the draw has
  CHECK(count["unit"] > 0);
  CHECK(count["unit"] <= 10);
  count.erase("unit");
  CHECK(count == std::map<std::string, int>{{"config", 1}, {"train", 9}, {"eval", 3},
                     {"confusion", 3}, {"histogram", 8}, {"liveness", 5}, {"units", 10},
                     {"mistakes", 1}, {"evidence", 1}, {"final", 1}});
  CHECK(all.front().at("type") == "config");
  CHECK(all.back().at("type") == "final");
  CHECK(keys(all.front()) == std::set<std::string>{"schema", "type", "app", "version", "command",
                                 "data", "model", "network", "parameters", "layers", "titles",
                                 "activation", "norm", "loss", "optimizer", "batch_size", "epochs",
                                 "seed", "threads", "blas", "compiler"});
  CHECK(keys(all.front().at("layers")[0]) ==
        std::set<std::string>{"name", "shape", "init", "bounds"});
  CHECK(keys(all.back()) == std::set<std::string>{"schema", "type", "epochs", "steps", "seconds",
                                "test_accuracy", "test_accuracy_se", "units", "dead", "born_dead",
                                "verdict", "verdicts", "looked_for", "verdict_text", "weights_hash",
                                "deciders"});
  CHECK(all.back().at("deciders").size() == 3);
  for (const Json& e : all) {
    if (e.at("type") == "train")
      CHECK(keys(e) == std::set<std::string>{"schema", "type", "epoch", "step", "loss", "lr",
                           "gradient_norm", "update_ratio", "gradient_norms"});
    if (e.at("type") == "eval")
      CHECK(keys(e) == std::set<std::string>{"schema", "type", "epoch", "step", "train_loss",
                           "train_accuracy", "test_loss", "test_accuracy", "test_accuracy_se",
                           "samples_per_s"});
    if (e.at("type") == "unit") {
      std::set<std::string> wanted{
          "schema", "type", "layer", "unit", "why", "portrait", "pictures"};
      if (!e.at("portrait").is_null())
        wanted.insert({"portrait_width", "portrait_height", "portrait_low", "portrait_high"});
      CHECK(keys(e) == wanted);
      std::set<std::string> pictured{
          "sample", "label", "class", "chosen", "width", "height", "pixels"};
      const Json& first = e.at("pictures").at(0);
      if (first.at("chosen") == "last_fired" && first.contains("step")) pictured.insert("step");
      CHECK(keys(first) == pictured);
    }
    if (e.at("type") == "liveness") {
      CHECK(keys(e) == std::set<std::string>{"schema", "type", "epoch", "step", "set", "mode",
                           "units", "dead", "cut", "layers"});
      CHECK(keys(e.at("layers")[0]) == std::set<std::string>{"name", "units", "dead", "lasting",
                                           "born_dead", "died", "revived", "died_lasting",
                                           "revived_lasting", "pinned", "linear", "dormant",
                                           "starved", "saturated", "numerically_pinned",
                                           "borderline", "zero_activations", "zero_gradients"});
      CHECK(e.at("cut").empty());
      int64_t dead = 0;
      for (const Json& l : e.at("layers")) {
        dead += l.at("dead").get<int64_t>();
        CHECK(l.at("born_dead").get<int64_t>() + l.at("died").get<int64_t>() -
                  l.at("revived").get<int64_t>() ==
              l.at("dead").get<int64_t>());
      }
      CHECK(dead == e.at("dead"));
    }
    if (e.at("type") == "units") {
      CHECK(keys(e) == std::set<std::string>{"schema", "type", "epoch", "step", "set", "layer",
                           "rates", "last_fired"});
      REQUIRE(e.at("rates").size() == 32);
      REQUIRE(e.at("last_fired").size() == 32);
      for (std::size_t u = 0; u < 32; ++u) {
        CHECK(e.at("rates")[u] >= 0);
        CHECK(e.at("rates")[u] <= 1);
        if (e.at("rates")[u] > 0) CHECK(e.at("last_fired")[u] >= 0);
        CHECK(e.at("last_fired")[u] < 600);
      }
    }
  }
  CHECK(all.back().at("verdict") == "healthy");
  CHECK(all.back().at("steps") == 90);
}

TEST_CASE("mnist_mlp: same seed, same bits; another seed, others; liveness changes nothing") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const auto hash = [&](const std::string& flags) {
    const std::string log = folder / "run.jsonl";
    const Finished f = run("mnist_mlp",
        "--data " + folder.path() +
            " --depth 2 --width 32 --epochs 2 --threads 2 --dropout 0.2 --no-treatment --log " +
            log + " " + flags);
    CAPTURE(f.err);
    REQUIRE(f.code == 0);
    return events(log).back().at("weights_hash").get<std::string>();
  };
  const std::string first = hash("");
  CHECK(first == hash(""));
  CHECK(first != hash("--seed 2"));
  for (const char* level : {"off", "batch", "epoch", "step"})
    CHECK(first == hash(std::string("--liveness ") + level));
}

TEST_CASE(
    "mnist_mlp: at level batch units are counted in the steps, and no epoch ends in a census") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  const Finished f = run("mnist_mlp",
      "--data " + folder.path() + " --depth 2 --width 32 --epochs 2 --liveness batch --log " + log);
  REQUIRE(f.code == 0);
  std::vector<std::string> sets;
  for (const Json& e : events(log)) {
    const std::string type = e.at("type");
    CHECK(type != "prophecy");
    if (type == "death") CHECK(!e.contains("cause"));
    if (type == "liveness")
      sets.push_back(e.at("set").get<std::string>() + ", " + e.at("mode").get<std::string>());
  }
  CHECK(sets == std::vector<std::string>{"train[:1000], evaluation", "batches, training",
                    "batches, training", "train, evaluation"});
  CHECK(f.out.find("counted on the first 1,000 training images") != f.out.npos);
  CHECK(f.out.find("silent in all batches, by layer") != f.out.npos);
}

TEST_CASE("mnist_mlp: at level step deaths are known to the step, and their books balance") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  const Finished f = run("mnist_mlp", "--data " + folder.path() +
                                          " --depth 2 --width 24 --epochs 2 --batch-size 30 --lr "
                                          "0.3 --log-interval 10 --liveness step --replay --log " +
                                          log);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  int deaths = 0, revivals = 0, totals = 0, replays = 0;
  std::map<std::string, int64_t> dead;
  std::map<std::pair<std::string, int64_t>, bool> is_dead;
  for (const Json& e : events(log)) {
    if (e.at("type") == "death" || e.at("type") == "revival") {
      const bool death = e.at("type") == "death", born = e.value("born", false);
      CHECK(e.at("after") == e.at("step").get<int64_t>() - !born);
      bool& known = is_dead[{e.at("layer"), e.at("unit")}];
      CHECK(known != death);
      known = death;
      dead[e.at("layer")] += death ? 1 : -1;
      (death ? deaths : revivals) += !born;
      if (death) check_cause(e, born);
    }
    if (e.at("type") == "replay") {
      ++replays;
      CHECK(keys(e) ==
            std::set<std::string>{"schema", "type", "step", "layer", "unit", "removed", "lives"});
      CHECK((is_dead[{e.at("layer"), e.at("unit")}]));
    }
    if (e.at("type") != "liveness" || e.at("set") != "train[:1000]") continue;
    ++totals;
    CHECK(e.at("step").get<int64_t>() % 10 == 0);
  }
  CHECK(totals == 5);  // steps 0, 10, 20, 30, 40
  CHECK(deaths > 0);
  CHECK(replays >= deaths);
  CHECK(
      f.out.find("deaths    " + std::to_string(deaths) + " seen, of these ") != std::string::npos);
  CAPTURE(revivals);
  // The events come after the totals of their census: the last totals are those of all before.
  for (const Json& e : events(log))
    if (e.at("type") == "liveness" && e.at("set") == "train[:1000]" && e.at("step") == 40)
      for (const Json& l : e.at("layers")) CHECK(l.at("dead") == dead[l.at("name")]);
}

TEST_CASE("mnist_mlp: a run that explodes ends with code 4, its verdict and a cure") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  const Finished f = run("mnist_mlp",
      "--init random_uniform --batch-size 20 --data " + folder.path() + " --log " + log);
  CAPTURE(f.out);
  CHECK(f.code == 4);
  CHECK(f.out.find("Exploding: ") != std::string::npos);
  const std::string command = "./apps/mnist_mlp --data " + folder.path() + " --batch-size 20";
  CHECK(f.out.find("Cure, tried: --init he_uniform → ") != std::string::npos);
  CHECK(f.out.find("\n  " + command + "\n  Undoing --init random_uniform alone lets it learn.\n") !=
        std::string::npos);
  const std::vector<Json> all = events(log);
  const Json last = all.at(all.size() - 2), treatment = all.back();
  CHECK(last.at("verdict") == "exploding");
  CHECK(last.at("poisoned") == true);
  CHECK(keys(treatment) == std::set<std::string>{"schema", "type", "tried", "cure", "confirmed",
                               "whole_run", "command", "why", "none", "bar", "seconds", "nearest",
                               "verdict"});
  CHECK(treatment.at("type") == "treatment");
  CHECK(treatment.at("command") == command);
  CHECK(treatment.at("cure").at("change") == "--init he_uniform");
  CHECK(treatment.at("cure").at("accuracy") >= treatment.at("bar"));
  for (const Json& tried : treatment.at("tried")) {
    CAPTURE(one_line(tried));
    CHECK(keys(tried) == std::set<std::string>{"change", "accuracy", "steps", "train", "test",
                             "diverged", "learned"});
  }
  CHECK(read_file(log).find("nan") == std::string::npos);
}

TEST_CASE("mnist_mlp: without a treatment no cure is told, nor after a run that went on") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string flags = "--weight-decay 1 --epochs 2 --batch-size 20 --data " + folder.path(),
                    log = folder / "run.jsonl", save = folder / "r.safetensors";
  const Finished untreated = run("mnist_mlp", flags + " --no-treatment --log " + log);
  const Finished saved = run("mnist_mlp", flags + " --no-treatment --save " + save);
  const Finished resumed = run(
      "mnist_mlp", "--resume " + (folder / "r.checkpoint") + " --epochs 3 --data " + folder.path());
  for (const Finished& f : {untreated, saved, resumed}) {
    CAPTURE(f.out);
    CAPTURE(f.err);
    CHECK((f.code == 0 || f.code == 4));
    CHECK(f.out.find("Healthy") == std::string::npos);
    CHECK(f.out.find("Cure") == std::string::npos);
    CHECK(f.out.find("Test it") == std::string::npos);
  }
  CHECK(events(log).back().at("type") == "final");
  CHECK_FALSE(events(log).back().contains("test_command"));
}

TEST_CASE("mnist_mlp: a frozen loss and a vanished signal are told apart from death") {
  const TemporaryFolder folder;
  small_set(2000).write(folder);
  const Finished frozen =
      run("mnist_mlp", "--data " + folder.path() +
                           " --init random_uniform --loss clipped_cross_entropy --optimizer adam "
                           "--lr 1e-3 --epochs 8");
  CAPTURE(frozen.out);
  CHECK(frozen.code == 0);
  CHECK(frozen.out.find("Frozen loss: ") != std::string::npos);
  CHECK(frozen.out.find("give a gradient of exactly 0") != std::string::npos);
  const Finished vanished = run("mnist_mlp",
      "--data " + folder.path() + " --init random_uniform:-0.03,0.03 --depth 12 --epochs 3");
  CAPTURE(vanished.out);
  CHECK(vanished.out.find("Vanishing: ") != std::string::npos);
}

TEST_CASE("mnist_mlp: usage errors are one line, with code 2, and leave no file") {
  const std::vector<std::pair<std::string, std::string>> errors{
      {"--lr -1", "mnist_mlp: --lr -1: must be a number greater than 0\n"},
      {"--lr nan", "mnist_mlp: --lr nan: must be a number greater than 0\n"},
      {"--lrr 1", "mnist_mlp: --lrr: no such flag, did you mean --lr?\n"},
      {"--frobnicate", "mnist_mlp: --frobnicate: no such flag (--help lists them)\n"},
      {"extra", "mnist_mlp: extra: not expected here; flags begin with --\n"},
      {"--init he_unifrom",
          "mnist_mlp: --init he_unifrom: no such initialiser, did you mean he_uniform?\n"},
      {"--loss mse",
          "mnist_mlp: --loss mse: no such loss; known: softmax_cross_entropy, "
          "clipped_cross_entropy\n"},
      {"--epochs 0", "mnist_mlp: --epochs 0: must be a whole number from 1 to 1000000\n"},
      {"--momentum 1", "mnist_mlp: --momentum 1: must be a number from 0 to below 1\n"},
      {"--nesterov --momentum 0 --data synthetic",
          "mnist_mlp: sgd: nesterov needs momentum above 0 and no dampening\n"},
      {"--replay --data synthetic",
          "mnist_mlp: --replay: needs --liveness step, which keeps every step\n"},
      {"--log /nowhere/run.jsonl",
          "mnist_mlp: --log /nowhere/run.jsonl: cannot be written: No such file or directory\n"}};
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  for (const auto& error : errors) {
    const std::string &flags = error.first, &text = error.second;
    CAPTURE(flags);
    const Finished f = run("mnist_mlp",
        (flags.find("--log") == std::string::npos ? "--log " + log + " " : "") + flags);
    CHECK(f.code == 2);
    CHECK(f.err == text);
    CHECK_FALSE(exists(log));
  }
}

TEST_CASE("mnist_mlp: damaged data is one line, with code 3, and leaves no log") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  const auto fails = [&](const IdxSet& set, const std::string& text) {
    set.write(folder);
    const Finished f = run("mnist_mlp", "--data " + folder.path() + " --log " + log);
    CAPTURE(text);
    CHECK(f.code == 3);
    CHECK(f.err.find(text) != std::string::npos);
    CHECK(count_lines(f.err) == 1);
    CHECK_FALSE(exists(log));
  };
  const IdxSet good = small_set();
  IdxSet bad = good;
  bad.train_images.resize(5000);
  fails(bad,
      "train-images-idx3-ubyte: ends after 5,000 bytes; the header promises 600 images of 28 x 28");
  bad = good;
  bad.train_images[2] = 9;
  fails(bad, "train-images-idx3-ubyte: begins with 00 00 09 03; IDX images begin with 00 00 08 03");
  bad = good;
  bad.test_labels[8 + 4] = 10;
  fails(bad, "t10k-labels-idx1-ubyte: byte 12: label 10; 10 classes have labels 0 to 9");
  bad = good;
  bad.train_labels = small_set(599).train_labels;
  fails(bad, "train-labels-idx1-ubyte: 599 labels for the 600 images of ");
  bad = good;
  bad.train_images += "x";
  fails(bad, "goes on after the 600 images of 28 x 28 that the header promises");
  const Finished none = run("mnist_mlp", "--data /nowhere");
  CHECK(none.code == 3);
  CHECK(none.err ==
        "mnist_mlp: --data /nowhere: no such folder or file; needs a folder with IDX or CIFAR-10 "
        "files or with a folder of pictures for each class, a .csv, an .npz, x.npy,y.npy, or the "
        "word synthetic, circles, moons or blobs\n");
}

TEST_CASE("mnist_mlp: a full disk ends the run and leaves whole lines") {
  const TemporaryFolder folder;
  small_set().write(folder);
  if (!exists("/dev/full")) {
    MESSAGE("skipped: no /dev/full");
    return;
  }
  const Finished f = run("mnist_mlp", "--data " + folder.path() + " --log /dev/full");
  CHECK(f.code == 1);
  CHECK(f.err == "mnist_mlp: --log /dev/full: cannot be written: No space left on device\n");
}

TEST_CASE("mnist_mlp: --help and --version") {
  const Finished help = run("mnist_mlp", "--help");
  CHECK(help.code == 0);
  CHECK(help.out.find("--list-inits") != std::string::npos);
  for (std::istringstream lines(help.out); lines;) {
    std::string line;
    std::getline(lines, line);
    CHECK_MESSAGE(line.size() <= 100, line);
  }
  CHECK(run("mnist_mlp", "--version").out.find("Lively ") == 0);
}

TEST_CASE("mnist_mlp: batches that do not divide the set") {
  const TemporaryFolder folder;
  small_set(300, 60).write(folder);
  const std::string data = "--data " + folder.path() + " --threads 1 --depth 1 --width 4 ";
  // The last batch of 299 + 1 would have no moments to normalise by.
  CHECK(run("mnist_mlp", data + "--norm batch --batch-size 299 --epochs 2").code == 0);
  const Finished one = run("mnist_mlp", data + "--norm batch --batch-size 1");
  CHECK(one.code == 2);
  CHECK(one.err == "mnist_mlp: --batch-size 1: --norm batch needs at least 2\n");
  CHECK(run("mnist_mlp", "--data ''").code == 2);
}

TEST_CASE("mnist_mlp: with liveness off, a dead network is told, its birth is not") {
  const TemporaryFolder folder;
  small_set(300, 60).write(folder);
  const Finished f =
      run("mnist_mlp", "--data " + folder.path() +
                           " --threads 1 --depth 3 --width 8 --bias-init constant:-50 --epochs 20 "
                           "--batch-size 30 --liveness off");
  CAPTURE(f.out);
  CHECK(f.out.find("Dead, onset unknown: all 8 units of hidden layer 1 of 3 are dead") !=
        std::string::npos);
}

TEST_CASE("mnist_mlp: a run that went on from its own end keeps its verdict") {
  const TemporaryFolder folder;
  const std::string save = folder / "f.safetensors";
  const Finished first = run("mnist_mlp",
      "--no-treatment --preset frozen_optimizer --data synthetic --threads 1 --save " + save);
  REQUIRE(first.out.find("Frozen optimizer") != std::string::npos);
  const Finished again =
      run("mnist_mlp", "--data synthetic --threads 1 --resume " + (folder / "f.checkpoint"));
  CAPTURE(again.out);
  CHECK(again.out.find("Frozen optimizer") != std::string::npos);
}

TEST_CASE("mnist_mlp: names the picture that is no number, and the epoch of each step") {
  const TemporaryFolder folder;
  const std::string log = folder / "p.jsonl";
  (void)run(
      "mnist_mlp", "--no-treatment --preset poisoned --data synthetic --threads 1 --log " + log);
  CHECK(read_file(log).find("training sample ") != std::string::npos);
  small_set(300, 60).write(folder);
  (void)run("mnist_mlp", "--data " + folder.path() +
                             " --threads 1 --depth 1 --width 4 --epochs 2 --batch-size 100 "
                             "--log-interval 1 --liveness step --log " +
                             log);
  std::map<int64_t, int64_t> epoch_of;
  for (const Json& e : events(log))
    if (e.at("type") == "train") epoch_of[e.at("step")] = e.at("epoch");
  for (const Json& e : events(log))
    if (e.at("type") == "liveness" && e.at("step") > 0)
      CHECK(e.at("epoch") == epoch_of.at(e.at("step")));
}

TEST_CASE("mnist_mlp: convolutions before the hidden layers") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string flags = "--data " + folder.path() +
                            " --front conv:0.25 --depth 2 --width 32 --epochs 4 --batch-size 20 "
                            "--no-treatment --liveness step --log " +
                            (folder / "r.jsonl");
  const Finished f = run("mnist_mlp", flags + " --save " + (folder / "r.safetensors"));
  CAPTURE(f.out);
  CHECK(f.code == 0);
  CHECK(f.out.find("784 – conv 16 – conv 36 – 1764 – 2 × 32 – 10, relu") != std::string::npos);
  CHECK(f.out.find("Healthy: ") != std::string::npos);
  const Finished again =
      run("census", "--model " + (folder / "r.safetensors") + " --data " + folder.path());
  CHECK(again.code == 0);
  CHECK(again.out.find("convolution 1 of 2") != std::string::npos);
  // A dead first layer: no theorem of dense layers is applied to it.
  const Finished dead = run("mnist_mlp", flags + " --plant bias:5");
  CHECK(dead.code == 0);
  CHECK(read_file(folder / "r.jsonl").find("\"code\":\"prophecy\"") == std::string::npos);
  CHECK(run("mnist_mlp", "--front pool").err ==
        "mnist_mlp: --front pool: must be conv, or conv:P with a dropout P from 0 to below 1\n");
  CHECK(run("mnist_mlp", "--data circles --front conv").err ==
        "mnist_mlp: --data circles: are points in the plane; --front needs pictures\n");
}
