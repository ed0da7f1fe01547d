#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <fstream>

#include "apps/lab/doctor/consult.h"
#include "apps/lab/doctor/patient.h"
#include "apps/lab/doctor/question.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/bare_run.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/trials/paired.h"
#include "apps/lab/whole_run.h"
#include "tests/apps/events.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

bool has(const std::vector<Arm>& arms, const std::string& change) {
  return std::ranges::find(arms, change, &Arm::change) != arms.end();
}

// The small set, and a recipe whose rate kills a layer of its network.
struct Sick {
  TemporaryFolder folder;
  std::string flags, page, log;
  Sick() {
    small_set().write(folder);
    flags = "--depth 3 --width 16 --optimizer adam --lr 0.5 --epochs 3 --batch-size 20 --data " +
            folder.path();
    page = folder / "d.html";
    log = folder / "d.jsonl";
  }
  Finished doctor(const std::string& who, const std::string& more = "--budget 6") const {
    return run("doctor", "'" + who + "' --out " + page + " " + more);
  }
};

const Json& last_of(const std::vector<Json>& all, const char* type) {
  for (auto e = all.rbegin(); e != all.rend(); ++e)
    if (e->at("type") == type) return *e;
  FAIL("no event " << type);
  return all.front();
}

}  // namespace

TEST_CASE("paired: intervals by Student's law, as R's t.test gives them") {
  CHECK(student95(1) == doctest::Approx(12.7062).epsilon(1e-4));
  CHECK(student95(10) == doctest::Approx(2.2281).epsilon(1e-4));
  CHECK(student95(11) == doctest::Approx(2.2010).epsilon(1e-3));
  CHECK(student95(19) == doctest::Approx(2.0930).epsilon(1e-3));
  CHECK(student95(1000) == doctest::Approx(1.9623).epsilon(1e-4));
  CHECK(std::isnan(student95(0)));
  const Estimate e = paired_difference({3, 5, 4}, {1, 2, 3});  // t.test(c(2, 3, 1))
  CHECK(e.mean == doctest::Approx(2));
  CHECK(e.low == doctest::Approx(-0.4841).epsilon(1e-3));
  CHECK(e.high == doctest::Approx(4.4841).epsilon(1e-3));
  CHECK(e.n == 3);
  CHECK(std::isnan(estimate({1}).low));
  CHECK(std::isnan(estimate({}).mean));
}

TEST_CASE("doctor: reads a command or flags, of either program, with presets and without files") {
  CHECK(recipe_of_command("--lr 0.5 --depth 2") == with("--lr 0.5 --depth 2"));
  CHECK(recipe_of_command("./apps/mnist_mlp --lr 0.5 --log a.jsonl --save 'a b.safetensors'") ==
        with("--lr 0.5"));
  CHECK(recipe_of_command("mnist_mlp") == with(""));
  const Settings died = recipe_of_command("--depth 4 --preset died --lr 0.1");
  CHECK(died == with("--quick --width 32 --optimizer adam --depth 4 --lr 0.1"));
  CHECK(recipe_of_command("--preset=died").lr == 0.2);
  CHECK(recipe_of_command("/usr/bin/mnist_resnet --plain").plain);
  CHECK_THROWS_WITH_AS(recipe_of_command("python train.py"),
      "python train.py: is no file, and no command of mnist_mlp or mnist_resnet (\"--lr 1 --depth "
      "3\")",
      ValueError);
  CHECK_THROWS_WITH_AS(recipe_of_command("--lr"), "--lr: needs RATE", ValueError);
  CHECK_THROWS_WITH_AS(recipe_of_command("--preset"), "--preset: needs NAME", ValueError);
  CHECK_THROWS_WITH_AS(recipe_of_command("--preset dyed"),
      "--preset dyed: no such preset, did you mean died?", ValueError);
}

TEST_CASE("doctor: a word of the command line is a recipe, or a flag of its own") {
  const std::vector<std::string_view> own{"--data", "--threads"};
  for (const char* word : {"--lr 1 --depth 3", "--quick", "--preset=died", "--data moons --lr 1"})
    CHECK_MESSAGE(is_recipe(word, own), word);
  for (const char* word : {"--out=my page.html", "--data=my digits", "--out", "--data", "--threads",
           "run.jsonl", "mnist_resnet --plain", "--budget=9"})
    CHECK_FALSE_MESSAGE(is_recipe(word, own), word);
  CHECK_THROWS_WITH_AS(is_recipe("--lr", own),
      "--lr: is a flag of the recipe, which is one text: \"--lr RATE\"", ValueError);
  CHECK_THROWS_WITH_AS(is_recipe("--lr=1", own),
      "--lr: is a flag of the recipe, which is one text: \"--lr RATE\"", ValueError);
  CHECK_THROWS_WITH_AS(is_recipe("--preset", own),
      "--preset: is a flag of the recipe, which is one text: \"--preset NAME\"", ValueError);
}

TEST_CASE("doctor: arms are the recipe as it is, the cure, what learned, surgery and leaky units") {
  const Settings s = with("--optimizer adam --lr 0.2 --width 32");
  Treated t;
  t.command = "./apps/mnist_mlp --optimizer adam --lr 0.001 --width 32";
  t.cure = Tried{.change = "--lr 0.001"};
  t.tried = {{.change = "--optimizer sgd", .accuracy = 0.3},
      {.change = "--width 128", .accuracy = 0.7, .learned = true}};
  const std::vector<Arm> start = arms_from_start(s, t);
  REQUIRE(start.size() >= 4);
  CHECK(start[0].recipe == s);
  CHECK(start[1].change == "--lr 0.001");
  CHECK(start[2].change == "--width 128");
  CHECK(start[3].change == "--optimizer sgd");
  CHECK(has(start, "--repair dead"));
  CHECK(has(start, "--repair random"));
  CHECK(has(start, "--activation leaky_relu"));

  const std::vector<Arm> failed = arms_for_failed(s, start);
  CHECK(failed[0].change.empty());
  CHECK(has(failed, "--lr 0.02 --repair dead"));
  CHECK(has(failed, "--lr 0.001 --repair dead"));
  CHECK(has(failed, "--repair redo"));
  for (const Arm& a : failed) {  // the network is there, and so are its moments
    CHECK(a.recipe.width == 32);
    CHECK(a.recipe.optimizer == "adam");
  }
  for (const Arm& a : arms_for_failed(with("--activation tanh --lr 3"), {}))
    CHECK(a.recipe.repair.empty());
}

TEST_CASE("bare_run: comes to what a run with instruments does, from birth and from a checkpoint") {
  const TemporaryFolder folder;
  Settings s = with(
      "--depth 2 --width 24 --epochs 2 --batch-size 50 --optimizer adam --dropout 0.1 --warmup 5 "
      "--plant lr_step:9 --repair dead");
  s.liveness = Liveness::off;
  Sinks nobody;
  const std::atomic<bool> stop{false};
  Settings saved = s;
  saved.save = folder / "r.safetensors";
  const Outcome whole = run(saved, digits<1200, 200>(), nobody);
  const auto bare = bare_run(s, digits<1200, 200>(), {}, stop);
  REQUIRE(bare);
  CHECK(bare->accuracy == whole.test.accuracy);
  CHECK(bare->steps == 48);
  CHECK(bare_run(s, digits<1200, 200>(), {.steps = 7}, stop)->steps == 7);

  Settings more = s;
  more.resume = folder / "r.checkpoint";
  more.epochs = 4;
  const Outcome resumed = run(more, digits<1200, 200>(), nobody);
  const auto on = bare_run(s, digits<1200, 200>(), {.checkpoint = more.resume}, stop);
  REQUIRE(on);
  CHECK(on->accuracy == resumed.test.accuracy);
  CHECK(on->steps == 48);
  Settings other = s;
  other.optimizer = "sgd";  // begins anew
  CHECK(bare_run(other, digits<1200, 200>(), {.checkpoint = more.resume}, stop)->finite);
  other.width = 23;
  CHECK_THROWS_AS(
      bare_run(other, digits<1200, 200>(), {.checkpoint = more.resume}, stop), DataError);
  CHECK_FALSE(bare_run(s, digits<1200, 200>(), {}, std::atomic<bool>{true}));
}

TEST_CASE(
    "doctor: finds what heals from the start and on the failed network, in table, log and page") {
  const Sick sick;
  const std::string fixed = sick.folder / "fixed.safetensors";
  const Finished f = sick.doctor(sick.flags, "--budget 10 --repair " + fixed);
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(f.err.empty());
  CHECK(f.out.starts_with("patient   ./apps/mnist_mlp --data "));
  CHECK(f.out.find("budget    10 s (--budget)") != f.out.npos);
  CHECK(f.out.find("\nFrom the start\n") != f.out.npos);
  CHECK(f.out.find("\nThe network that has failed goes on\n") != f.out.npos);
  const std::vector<Json> all = events(sick.log);
  const Json& d = last_of(all, "doctor");
  CHECK(last_of(all, "final").at("verdict") != "healthy");
  REQUIRE(d.at("questions").size() == 2);
  for (const Json& q : d.at("questions")) {
    CHECK(q.at("none") == "");
    const Json& as_is = q.at("arms").at(0);
    CHECK(as_is.at("change") == "");
    CHECK(as_is.at("healed") == 0);
    bool healed = false;
    for (const Json& a : q.at("arms")) {
      CHECK(a.at("seeds") <= as_is.at("seeds"));
      CHECK(a.at("healed") <= a.at("seeds"));
      healed |= a.at("healed") > 0;
      if (a.at("healed") == a.at("seeds")) CHECK(a.at("accuracy") >= q.at("bar"));
      if (a.at("seeds") == as_is.at("seeds"))
        CHECK(a.at("effect").get<double>() ==
              doctest::Approx(a.at("accuracy").get<double>() - as_is.at("accuracy").get<double>()));
    }
    CHECK(healed);
  }
  CHECK_FALSE(d.at("change").get<std::string>().empty());
  CHECK(f.out.find("Repaired by " + d.at("change").get<std::string>()) != f.out.npos);
  const std::string html = read_file(sick.page);
  CHECK(unbalanced(html) == "");
  CHECK(html.find("What heals it, measured") != html.npos);
  CHECK(all.front().at("command").get<std::string>().find("--save") == std::string::npos);
  CHECK(html.find("The network that has failed goes on") != html.npos);
  CHECK(exists(fixed));
  // A repaired network is weights alone; which question has the better answer is up to the time.
  const bool repaired = f.out.find(", from the failed network on: ") != f.out.npos;
  CHECK(exists(sick.folder / "fixed.checkpoint") != repaired);
  const Finished census = run("census", "--model " + fixed + " --data " + sick.folder.path());
  CHECK_MESSAGE(census.code == 0, census.err);
}

TEST_CASE("doctor: the best is carried out from the failed network too, with what it had learnt") {
  const TemporaryFolder folder;
  const std::string fixed = folder / "fixed.safetensors";
  Settings s = with("--depth 2 --width 24 --epochs 2 --batch-size 50 --lr 0.02");
  s.save = folder / "r.safetensors";
  Sinks nobody;
  const Outcome before = run(s, digits<1200, 200>(), nobody);
  const std::atomic<bool> stop{false};
  Consultation c;
  c.checkpoint = folder / "r.checkpoint";
  CHECK_FALSE(carry_out(c, digits<1200, 200>(), fixed, stop));
  CHECK_FALSE(exists(fixed));
  c.report.change = "by hand", c.report.best_failed = true;
  for (const char* change : {"--activation leaky_relu", "--lr 0.005 --repair dead"}) {
    CAPTURE(change);
    Settings to = with("--depth 2 --width 24 --epochs 2 --batch-size 50 --lr 0.02");
    parse_flags(change, to);
    c.best = {to, change};
    const auto accuracy = carry_out(c, digits<1200, 200>(), fixed, stop);
    REQUIRE(accuracy);
    CHECK(*accuracy > before.test.accuracy - 0.05);  // it goes on where that one had got to
    const SavedModel saved = load_model(fixed);
    CHECK(saved.settings.activation == to.activation);
    CHECK(evaluate(*saved.model, digits<1200, 200>().test, to.loss).accuracy == *accuracy);
    CHECK(exists(fixed));
  }
}

TEST_CASE("doctor: each seed of a failed network has an order of its own, under --order-seed too") {
  const TemporaryFolder folder;
  Settings s = with("--depth 2 --width 24 --epochs 1 --batch-size 50 --lr 0.02 --order-seed 5");
  s.save = folder / "r.safetensors";
  Sinks nobody;
  run(s, digits<1200, 200>(), nobody);
  const Settings as_is =
      with("--depth 2 --width 24 --epochs 1 --batch-size 50 --lr 0.02 --order-seed 5");
  Settings other = as_is;
  other.lr = 0.05;
  Question q({{as_is, ""}, {other, "--lr 0.05"}}, folder / "r.checkpoint");
  q.ask(digits<1200, 200>(), Question::Clock::now() + std::chrono::seconds(3), nullptr,
      [](int64_t) {});
  const QuestionReport r = q.report(0.1, 1);
  REQUIRE(r.arms.size() == 2);
  REQUIRE(r.arms[1].seeds > 2);
  CHECK(r.arms[1].low < r.arms[1].high);  // one order again and again comes to the same each time
}

TEST_CASE("doctor: takes a log, and a checkpoint as it stands") {
  const Sick sick;
  const std::string log = sick.folder / "run.jsonl";
  (void)run("mnist_mlp", "--no-treatment " + sick.flags + " --log " + log + " --save " +
                             (sick.folder / "r.safetensors"));
  const Finished by_log = sick.doctor(log, "--budget 3");
  CHECK_MESSAGE(by_log.code == 0, by_log.err);
  CHECK(by_log.out.starts_with("patient   ./apps/mnist_mlp --data "));
  CHECK(by_log.out.find(" --log ") == by_log.out.npos);
  const std::string before = read_file(sick.folder / "r.checkpoint");
  for (const char* file : {"r.checkpoint", "r.safetensors"}) {
    const Finished f = sick.doctor(sick.folder / file, "--budget 3 --data " + sick.folder.path());
    CHECK_MESSAGE(f.code == 0, f.err);
    CHECK(f.out.find("The network that has failed goes on") != f.out.npos);
  }
  CHECK(read_file(sick.folder / "r.checkpoint") == before);
}

TEST_CASE("doctor: its log does not take the place of the one that is asked about") {
  const Sick sick;
  (void)run("mnist_mlp", "--no-treatment " + sick.flags + " --log " + sick.log);
  const std::string before = read_file(sick.log);
  const Finished f = sick.doctor(sick.log);
  CHECK(f.code == 2);
  CHECK(f.err == "doctor: --out " + sick.page + ": its log, " + sick.log +
                     ", would take the place of the one that is asked about; give another name\n");
  CHECK(read_file(sick.log) == before);
  CHECK_FALSE(exists(sick.page));
}

TEST_CASE("doctor: a page whose name has a blank, for a recipe of one switch") {
  const Sick sick;
  const std::string page = sick.folder / "my page.html";
  const Finished f =
      run("doctor", "--quick '--out=" + page + "' --budget 1 --data " + sick.folder.path());
  CHECK_MESSAGE(f.code == 0, f.err);
  CHECK(
      f.out.starts_with("patient   ./apps/mnist_mlp --data " + sick.folder.path() + " --quick\n"));
  CHECK(exists(sick.folder / "my page.jsonl"));
}

TEST_CASE("doctor: says that a run which learns has nothing to heal") {
  const Sick sick;
  const Finished f =
      sick.doctor("--epochs 3 --batch-size 20 --depth 2 --width 32 --data " + sick.folder.path());
  CHECK(f.code == 0);
  CHECK_MESSAGE(f.out.ends_with("Nothing to heal.\n"), f.out);
}

TEST_CASE("doctor: Ctrl-C ends with what it has") {
  const Sick sick;
  // While arms are tried, for which a minute does not do.
  const Finished f = run_until("doctor",
      {sick.flags + " --epochs 90 --width 64", "--budget", "60", "--out", sick.page}, sick.log,
      1500, SIGINT, R"("type":"final")");
  CHECK_MESSAGE(f.code == 130, f.out);
  CHECK(f.err.empty());
  CHECK(f.out.find("report    ") != f.out.npos);
  CHECK(exists(sick.page));
}

TEST_CASE("doctor: error, one line, and no file") {
  const Sick sick;
  const auto refused = [&](const std::string& arguments, int code, const std::string& text) {
    const Finished f = run("doctor", arguments);
    CHECK_MESSAGE(f.code == code, f.out);
    CHECK_MESSAGE(f.err == "doctor: " + text + "\n", f.err);
  };
  refused("", 2, "needs one log, checkpoint or text of flags, or --surgery-study (--help)");
  refused("a --surgery-study", 2,
      "needs one log, checkpoint or text of flags, or --surgery-study (--help)");
  for (const char* two : {"'--lr 1' '--lr 2'", "a.jsonl '--lr 1'", "--quick a.jsonl"})
    refused(two, 2, "needs one log, checkpoint or text of flags, or --surgery-study (--help)");
  refused("--lr 1", 2, "--lr: is a flag of the recipe, which is one text: \"--lr RATE\"");
  refused("nothing.jsonl", 2,
      "nothing.jsonl: is no file, and no command of mnist_mlp or mnist_resnet (\"--lr 1 --depth "
      "3\")");
  refused("'--lr -1'", 2, "--lr -1: must be a number greater than 0");
  refused("--budget 0 '--lr 1'", 2, "--budget 0: must be a number of seconds above 0");
  refused("--repair a '--lr 1'", 2, "--repair a: must end with .safetensors");
  refused("--out a '--lr 1'", 2, "--out a: must end with .html");
  const std::string torch = sick.folder / "torch.jsonl";
  std::ofstream(torch) << R"({"schema":1,"type":"config","app":"x","command":"python train.py"})"
                       << "\n";
  refused(torch, 3,
      torch +
          ": its command, python train.py, is none of mnist_mlp or mnist_resnet that could be "
          "run again");
  std::ofstream(sick.folder / "bad.checkpoint") << "no tensors";
  CHECK(run("doctor", sick.folder / "bad.checkpoint").code == 3);
  CHECK_FALSE(exists("doctor.html"));
}
