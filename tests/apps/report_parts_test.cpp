#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "apps/lab/inquiry/mistakes.h"
#include "apps/lab/live_page.h"
#include "apps/lab/page/page.h"
#include "apps/lab/page/report.h"
#include "apps/lab/words/sha256.h"
#include "tests/apps/events.h"
#include "tests/apps/recipes.h"
#include "tests/paths.h"

using namespace lively::lab;
using namespace lively::testing;

namespace {

std::string event_line(const std::string& type, std::initializer_list<Member> fields) {
  Json e = object({{"schema", 1}, {"type", type}});
  update(e, fields);
  return one_line(e);
}

RunLog run_of(const std::vector<std::string>& lines) { return run_log_of(lines); }

std::string config(int seed, double lr) {
  return event_line("config", {{"app", "x"}, {"seed", seed}, {"optimizer", object({{"lr", lr}})},
                                  {"epochs", 3}, {"data", object({{"train", 60000}})}});
}

std::string train_line(int step, double loss) {
  return event_line("train", {{"epoch", 1}, {"step", step}, {"loss", loss}});
}

std::string census(int epoch, int step, const std::string& set, int dead) {
  return event_line("liveness",
      {{"epoch", epoch}, {"step", step}, {"set", set}, {"mode", "evaluation"},
          {"layers", Json::array({object({{"name", "1"}, {"units", 50}, {"dead", dead}})})}});
}

bool has(const std::string& html, const std::string& text) { return html.find(text) != html.npos; }

}  // namespace

TEST_CASE("sha256: value of FIPS 180-4's examples") {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
      char two[3];
      std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
      text += two;
    }
    return text;
  };
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("report: a verdict's colour and word say how bad it is") {
  const std::vector<std::pair<std::string, std::string>> known{
      {"healthy", "good\"><p><span class=\"how\">healthy"},
      {"died", "bad\"><p><span class=\"how\">fault"},
      {"exploding", "bad\"><p><span class=\"how\">fault"},
      {"slow", "note\"><p><span class=\"how\">note"},
      {"unsure", "doubt\"><p><span class=\"how\">unsure"}};
  for (const auto& one : known)
    CHECK_MESSAGE(
        has(html_report({run_of({config(1, 1), event_line("final", {{"verdict", one.first}})})}),
            "<section class=\"verdict " + one.second),
        one.first);
  CHECK(has(html_report({run_of({config(1, 1)})}), "<section class=\"verdict\">"));
}

TEST_CASE("report: shares are said in counts, or in percent where nothing was counted") {
  const Json deciders{
      object({{"what", "share of layer 3 dead at the end"}, {"value", 1}, {"rule", "128 of 128"}}),
      object({{"what", "of these, share dead from birth"}, {"value", 0.015625},
          {"counts", "2 of 128"}, {"rule", "born dead: half or more"}}),
      object({{"what", "share of something"}, {"value", 0.25}, {"rule", "low"}}),
      object({{"what", "loss"}, {"value", 0.25}, {"rule", "low"}})};
  const std::string html = html_report(
      {run_of({config(1, 1), event_line("final", {{"verdict", "died"}, {"deciders", deciders}})})});
  CHECK(has(html, "dead at the end</dt><dd>128 of 128</dd>"));
  CHECK(has(html, "from birth</dt><dd>2 of 128<small>1.6 %; born dead: half or more</small>"));
  CHECK(has(html, "share of something</dt><dd>25.0 %<small>low"));
  CHECK(has(html, "<dt>loss</dt><dd>0.25<small>low"));
}

TEST_CASE("report: a network is said in a line, from its shapes where the log has no words") {
  const auto words = [](std::initializer_list<Member> fields) {
    return html_report({run_of({event_line("config", fields)})});
  };
  const std::string model = "Sequential(Flatten(), Linear(784, 128), ReLU())";
  const auto layer = [](const char* shape) { return object({{"name", "1"}, {"shape", shape}}); };
  CHECK(has(words({{"model", model}, {"network", "784 – 128 – 10, relu"}}),
      "<p class=\"muted\">784 – 128 – 10, relu</p>"));
  const std::string html = words(
      {{"model", model}, {"layers", {layer("[128,784]"), layer("[128, 128]"), layer("[10,128]")}}});
  CHECK(has(html, "<p class=\"muted\">784 – 2 × 128 – 10</p>"));
  CHECK(count(html, "Sequential(") == 1);  // in the fold-out
  CHECK(has(words({{"model", model}, {"layers", {layer("[16,1,3,3]"), layer("[10,16]")}}}),
      "<p class=\"muted\">1 – conv 16 – 10</p>"));
}

TEST_CASE("report: solid is training and dashed is test in every chart; the first loss is there") {
  const std::string html = html_report({run_of({config(1, 1), train_line(10, 2), train_line(20, 1),
      event_line("eval", {{"epoch", 1}, {"step", 20}, {"train_loss", 1.5}, {"train_accuracy", 0.5},
                             {"test_loss", 1.25}, {"test_accuracy", 0.25}}),
      event_line("evidence", {{"losses", {9.5, 3, 2}}, {"birth_loss", 11.5}})})});
  CHECK(has(html, "<span class=\"key run0\"></span>training loss<"));
  CHECK(has(html, "<span class=\"key run0 dashed\"></span>test loss<"));
  CHECK(has(html, "<span class=\"key run0\"></span>training accuracy<"));
  CHECK(has(html, "<span class=\"key run0 dashed\"></span>test accuracy<"));
  CHECK(has(html, "training loss at step 0: 11.5<"));
  CHECK(has(html, "training loss at step 1: 9.5<"));
  CHECK(has(html, "test accuracy at step 20: 25.0 %<"));
  CHECK(has(html, "At step 0: of the training set, before the first update."));
  CHECK(has(html_report({run_of({config(1, 1), train_line(10, 2), train_line(20, 1)})}),
      "The curve begins at step 10: the log has no loss before it."));
  CHECK(has(html_report({run_of({config(1, 1), train_line(1, 2000), train_line(20, 1)})}),
      "<figcaption>Loss (logarithmic scale)</figcaption>"));
}

TEST_CASE("report: censuses of one step are told apart by their set") {
  const std::string html = html_report({run_of({config(1, 1), census(0, 0, "train", 1),
      census(5, 2345, "train[:10000]", 2), census(5, 2345, "train", 3)})});
  CHECK(has(html, "1, at birth, step 0, all 60,000: 1 of 50 dead"));
  CHECK(has(html, "1, end of epoch 5, step 2,345, first 10,000: 2 of 50 dead"));
  CHECK(has(html, "1, end, step 2,345, all 60,000: 3 of 50 dead"));
  CHECK(has(html, ">first 10,000</text>"));
  CHECK(has(html, ">all 60,000</text>"));
}

TEST_CASE("report: equal lives share a row, and equal lines are one with a fold-out") {
  std::vector<std::string> lines{
      config(1, 1), census(0, 0, "train", 0), census(1, 40, "train", 48)};
  for (int u = 0; u < 48; ++u)
    lines.push_back(event_line("death",
        {{"epoch", 1}, {"step", u == 7 ? 20 : 40}, {"after", 0}, {"layer", "1"}, {"unit", u}}));
  for (int i = 0; i < 48; ++i)
    lines.push_back(event_line("warning", {{"code", "x"}, {"text", "same"}}));
  lines.push_back(event_line("warning", {{"code", "x"}, {"text", "another"}}));
  const std::string html = html_report({run_of(lines)});
  CHECK(has(html, "layer 1, unit 7: silent since a step from 0 to 20"));
  CHECK(has(html, "layer 1, 47 units: silent since a step from 0 to 40"));
  CHECK(has(html, "layer 1, 2 units: fired at every census"));
  CHECK(has(html, "<td>0 to 6, 8 to 47</td>"));
  CHECK(has(html, "<summary>48 notes: same</summary>"));
  CHECK(count(html, "Note: another") == 1);
  CHECK(unbalanced(html) == "");
}

TEST_CASE("report: runs that differ in their seed alone are one line with a band") {
  const RunLog a = run_of({config(1, 1), train_line(10, 2), train_line(20, 1)}),
               b = run_of({config(2, 1), train_line(10, 4), train_line(20, 2), train_line(30, 1)}),
               c = run_of({config(1, 0.5), train_line(10, 3)});
  const std::string html = html_report({a, b, c});
  CHECK(has(html, "mean training loss, runs 1 and 2 at step 10: 3 [2, 4]<"));
  CHECK(has(html, "mean training loss, runs 1 and 2 at step 20: 1.5 [1, 2]<"));
  CHECK_FALSE(has(html, "runs 1 and 2 at step 30"));  // one of them has no value there
  CHECK(has(html, "training loss, run 3 at step 10: 3<"));
  CHECK(has(html, "<polygon class=\"band band0\""));
  CHECK(unbalanced(html) == "");
  CHECK_FALSE(has(html_report({a, c}), "class=\"band"));
}

TEST_CASE("report: a page of a run under way is read anew, the last one is not") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl", page = folder / "run.html";
  std::ofstream(log) << config(1, 1) << "\n"
                     << event_line("eval", {{"epoch", 2}, {"step", 20}, {"test_loss", 1}}) << "\n";
  double now = 100;
  LivePage live("x", page, log, [&] { return now; });
  live.on(StepMade{});
  CHECK_FALSE(exists(page));
  live.on(EpochEnded{});
  const std::string html = read_file(page);
  CHECK(has(html, "<meta http-equiv=\"refresh\" content=\"5\">"));
  CHECK(has(html, "Under way: 2 of 3 epochs done"));
  CHECK(matches(html, "running; written at [0-9]{4}(-[0-9]{2}){2} [0-9]{2}(:[0-9]{2}){2} UTC"));
  CHECK(unbalanced(html) == "");
  // Browsers look every 5 s: what ends sooner is not drawn.
  std::ofstream(log, std::ios::app) << event_line("eval", {{"epoch", 3}, {"step", 30}}) << "\n";
  now = 104;
  live.on(EpochEnded{});
  CHECK(has(read_file(page), "Under way: 2 of 3 epochs done"));
  now = 105;
  live.on(EpochEnded{});
  CHECK(has(read_file(page), "Under way: 3 of 3 epochs done"));
  std::ofstream(log, std::ios::app) << event_line("eval", {{"epoch", 4}, {"step", 40}}) << "\n";
  live.on(Ended{Outcome{}});  // cannot wait
  CHECK(has(read_file(page), "Under way: 4 of 3 epochs done"));

  small_set().write(folder);
  const Finished f = run("mnist_mlp", "--data " + folder.path() +
                                          " --depth 1 --width 8 --epochs 1 --no-treatment --live "
                                          "--report " +
                                          page);
  REQUIRE(f.code == 0);
  CHECK(has(f.out, "page      " + page + ", written after epochs, at most every 5 s\n"));
  CHECK_FALSE(has(read_file(page), "http-equiv=\"refresh\""));
  CHECK_FALSE(has(read_file(page), "written at"));
  const Finished g = run("mnist_mlp", "--live");
  CHECK(g.code == 2);
  CHECK(
      g.err == "mnist_mlp: --live: needs --report FILE.html, the page that is to follow the run\n");
}

TEST_CASE("report: a page that took long is written more rarely") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl", page = folder / "run.html";
  std::ofstream(log) << config(1, 1) << "\n";
  double now = 0, step = 2;  // seconds from one look at the clock to the next
  LivePage live("x", page, log, [&] { return now += step; });
  live.on(EpochEnded{});
  REQUIRE(exists(page));
  step = 0;
  const double ended = now;
  const auto written_at = [&](double later) {
    std::filesystem::remove(page);
    now = ended + later;
    live.on(EpochEnded{});
    return exists(page);
  };
  CHECK_FALSE(written_at(39));
  CHECK(written_at(40));
}

TEST_CASE("report: a live page that cannot be written does not end the run") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  std::ofstream(log) << config(1, 1) << "\n";
  LivePage live("x", folder / "none/run.html", log);
  CHECK_NOTHROW(live.on(Ended{Outcome{}}));
  CHECK_NOTHROW(live.on(Ended{Outcome{}}));
}

TEST_CASE("mistakes: counts by class, and the surest wrong ones first") {
  Mistakes m;
  m.begin(3);
  const float nan = std::nanf("");
  m.see(lively::Tensor::of<float>({2, 1, 0, 0, 5, 0, 0, 1, 0, nan, 0, 0}, {4, 3}),
      lively::Tensor::of<int64_t>({0, 0, 2, 1}), 10);
  const auto c = m.confused({"a", "b", "c"});
  REQUIRE(c);
  CHECK(c->counts == std::vector<std::vector<int64_t>>{{1, 1, 0}, {0, 0, 0}, {0, 1, 0}});
  CHECK_FALSE(m.confused({"a", "b"}));
  const lively::ImageDataset set = digits_of(1, 20).test;
  const auto worst = m.worst(set, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  REQUIRE(worst.size() == 2);
  CHECK(worst[0].picture.sample == 11);
  CHECK(worst[0].said == 1);
  CHECK(worst[0].probability == doctest::Approx(std::exp(5) / (std::exp(5) + 2)));
  CHECK(worst[1].picture.sample == 12);
  CHECK(worst[1].probability == doctest::Approx(std::exp(1) / (std::exp(1) + 2)));
}

TEST_CASE("log: gradient norms by layer make up the whole, and histograms count every weight") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  REQUIRE(run("mnist_mlp", "--data " + folder.path() +
                               " --depth 2 --width 32 --epochs 2 --batch-size 20 --log-interval 5 "
                               "--no-treatment --plant bias:7,3 --log " +
                               log)
              .code >= 0);
  for (const Json& e : events(log, "train")) {
    double squares = 0;
    for (const Json& norm : e.at("gradient_norms")) squares += std::pow(norm.get<double>(), 2);
    CHECK(std::sqrt(squares) == doctest::Approx(e.at("gradient_norm").get<double>()).epsilon(1e-3));
  }
  const std::vector<Json> histograms = events(log, "histogram");
  CHECK(histograms.size() == 6);  // at birth and after two epochs, of weights and activations
  for (const Json& e : histograms) {
    const bool weights = e.at("of") == "weights";
    CHECK(e.at("layers").size() == (weights ? 3 : 2));
    for (std::size_t i = 0; i < e.at("layers").size(); ++i) {
      const Json& l = e.at("layers")[i];
      const int64_t values =
          weights ? std::vector<int64_t>{32 * 784, 32 * 32, 10 * 32}[i] : 200 * 32;
      int64_t sum = 0;
      for (const Json& n : l.at("counts")) sum += n.get<int64_t>();
      CHECK(sum == values);
      CHECK(l.at("low") <= l.at("mean"));
      CHECK(l.at("mean") <= l.at("high"));
    }
  }
  // The unit that a plant kills after step 7 was last fired in that step's batch, or before.
  int seen = 0;
  for (const Json& e : events(log, "unit"))
    for (const Json& p : e.at("pictures"))
      if (e.at("unit") == 3 && p.at("chosen") == "last_fired") {
        CHECK(p.at("step") <= 7);
        CHECK(p.at("step") >= 5);
        ++seen;
      }
  CHECK(seen == 1);
}

TEST_CASE("report: the film that the READMEs promise shows units dying") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl", page = folder / "plane.html";
  const std::string command =
      "--data circles --depth 1 --width 16 --optimizer adam --lr 1 --batch-size 1000 --epochs 40";
  for (const char* readme : {"README.md", "apps/README.md"})
    CHECK(has(
        read_file(std::string(LIVELY_SOURCE_DIR "/") + readme), command + " --report plane.html"));
  for (const char* seed : {"1", "2", "3"}) {
    (void)run("mnist_mlp", command + " --no-treatment --seed " + seed + " --log " + log);
    CHECK(events(log).back().at("dead") >= 3);
    CHECK(events(log, "death").size() >= 3);
  }
  REQUIRE(run("autopsy", log + " --out " + page).code == 0);
  const std::string html = read_file(page);
  CHECK(has(html, "@keyframes film1{0%{visibility:visible}"));
  CHECK(has(html, "class=\"play\" aria-label=\"play\" checked>"));
  CHECK(count(html, "<div class=\"frame") == 40);
}
