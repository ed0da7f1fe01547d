#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "apps/lab/page/life_chart.h"
#include "apps/lab/page/page.h"
#include "apps/lab/words/base64.h"
#include "lively/tensor/error.h"
#include "tests/apps/events.h"

using namespace lively::testing;

namespace {

Json event(const std::string& type, std::initializer_list<Member> fields) {
  Json e = object({{"schema", 1}, {"type", type}});
  update(e, fields);
  return e;
}

// One event of each type that a log may have, with `name` wherever a text stands.
constexpr const char* kAllTypes = R"(
{"schema": 1, "type": "config", "app": NAME, "version": NAME, "command": NAME, "model": NAME}
{"schema": 1, "type": "plant", "step": 3, "code": NAME, "text": NAME}
{"schema": 1, "type": "liveness", "epoch": 0, "step": 0, "set": NAME, "mode": "evaluation",
    "layers": [{"name": NAME, "units": 8, "dead": 2, "lasting": 1, "born_dead": 1, "died": 1,
    "revived": 0, "pinned": 0, "linear": 1, "zero_activations": 0.5, "zero_gradients": 0.25,
    "dormant": 3, "starved": 4, "saturated": 0, "numerically_pinned": 0, "borderline": 5}],
    "cut": []}
{"schema": 1, "type": "liveness", "epoch": 1, "step": 40, "set": NAME, "mode": "evaluation",
    "layers": [{"name": NAME, "units": 8, "dead": 2, "lasting": 1, "born_dead": 1, "died": 1,
    "revived": 0, "pinned": 0, "linear": 1, "zero_activations": 0.5, "zero_gradients": 0.25,
    "dormant": 3, "starved": 4, "saturated": 0, "numerically_pinned": 0, "borderline": 5}],
    "cut": [NAME]}
{"schema": 1, "type": "units", "step": 0, "layer": NAME, "rates": [0.5, 0.25],
    "last_fired": [7, 8]}
{"schema": 1, "type": "units", "step": 40, "layer": NAME, "rates": [0.125, 0],
    "last_fired": [7, -1]}
{"schema": 1, "type": "death", "epoch": 0, "step": 0, "after": 0, "layer": NAME, "unit": 0,
    "born": true, "cause": null}
{"schema": 1, "type": "death", "epoch": 1, "step": 40, "after": 30, "layer": NAME, "unit": 1,
    "cause": {"where": "upstream", "upstream_layer": NAME, "how_fast": "cliff",
    "what": "outlier_sample", "fall": 4.5, "shares": {"weights": 1.0, "bias": -0.5,
    "upstream": 4.0, NAME: 0.0}, "own": {"gradient": 0.75, "residue": 0.25, "decay": 0.0},
    "approximate": true, "sample": 1234, "z_before": 1.5, "z_after": -3.0, "fall_of_max": 4.0,
    "lr": 0.1, "update_norm": 2.0, "batch_sample": 5, "batch_sample_share": 0.9}}
{"schema": 1, "type": "replay", "step": 40, "layer": NAME, "unit": 1, "removed": NAME,
    "lives": true}
{"schema": 1, "type": "prophecy", "step": 40, "layer": NAME, "unit": 1, "kind": "wakes_at",
    "theorem": NAME, "wakes_at": 77, "text": NAME}
{"schema": 1, "type": "score", "step": 77, "layer": NAME, "unit": 1, "kind": "wakes_at",
    "right": false, "text": NAME}
{"schema": 1, "type": "certificate", "step": 40, "layer": NAME, "method": NAME, "dead": 2,
    "certified": 1}
{"schema": 1, "type": "points", "points": [[0.5, 0.5, 0], [-0.5, 0.25, 1]]}
{"schema": 1, "type": "frame", "step": 0, "low": -1.0, "high": 1.0, "lines": [[1.0, 0.5, 0.1, 0],
    [1.0, 0.0, -9.0, 1]], "width": 4, "height": 4, "field": PIXELS}
{"schema": 1, "type": "frame", "step": 40, "low": -1.0, "high": 1.0, "lines": [[1.0, 0.5, 0.1, 1],
    [null, 0.0, -9.0, 0]], "width": 4, "height": 4, "field": PIXELS}
{"schema": 1, "type": "histogram", "epoch": 0, "step": 0, "of": "weights",
    "layers": [{"name": NAME, "low": -1.0, "high": 3.0, "mean": 0.5, "deviation": 0.25,
    "above_zero": 0.75, "counts": [1, 5, 2, 0]}]}
{"schema": 1, "type": "histogram", "epoch": 1, "step": 40, "of": "activations", "set": NAME,
    "layers": [{"name": NAME, "low": -9.0, "high": -1.0, "mean": -4.0, "deviation": 2.0,
    "above_zero": 0.0, "counts": [3, 1]}]}
{"schema": 1, "type": "confusion", "epoch": 1, "step": 40, "set": "test", "classes": [NAME,
    "other"], "counts": [[7, 3], [0, 10]]}
{"schema": 1, "type": "mistakes", "step": 40, "set": "test", "pictures": [{"sample": 17,
    "label": 0, "class": NAME, "said": 1, "said_class": NAME, "probability": 0.987, "width": 4,
    "height": 4, "pixels": PIXELS}, {"sample": 18, "label": 0, "class": NAME, "said": 1,
    "said_class": NAME, "probability": 0.75}]}
{"schema": 1, "type": "something new", "x": NAME}
{"schema": 1, "type": "unit", "layer": NAME, "unit": 1, "why": NAME, "portrait": PIXELS,
    "portrait_width": 4, "portrait_height": 4, "portrait_low": -0.5, "portrait_high": 0.25,
    "pictures": [{"sample": 4321, "label": 3, "class": NAME, "chosen": "last_fired", "step": 33,
    "width": 8, "height": 2, "pixels": PIXELS}]}
{"schema": 1, "type": "final", "epochs": 1, "steps": 40, "seconds": 1.5, "units": 8, "dead": 2,
    "born_dead": 1, "verdict": NAME, "verdict_text": NAME, "verdicts": [NAME, "poisoned"],
    "looked_for": [NAME, "poisoned", "exploding", "wiring"], "weights_hash": NAME,
    "deciders": [{"what": NAME, "value": null, "rule": NAME}]}
)";

std::vector<Json> all_types(const std::string& name) {
  std::string text = kAllTypes;
  const auto fill = [&](const std::string& place, const std::string& value) {
    const std::string written = one_line(value);
    for (std::size_t at = 0; (at = text.find(place, at)) != text.npos; at += written.size())
      text.replace(at, place.size(), written);
  };
  fill("PIXELS", lively::lab::base64(std::string(16, '\x40')));
  fill("NAME", name);
  std::vector<Json> all;
  std::istringstream lines(text);
  std::string event;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('{') && !event.empty()) all.push_back(parsed(std::exchange(event, "")));
    event += line;
  }
  all.push_back(parsed(event));
  return all;
}

std::string page_of(const TemporaryFolder& folder, const std::vector<Json>& log, int code = 0,
    std::string* err = nullptr) {
  std::ofstream out(folder / "run.jsonl");
  for (const Json& e : log) out << one_line(e) << "\n";
  out.close();
  const Finished f = run("autopsy", (folder / "run.jsonl") + " --out " + (folder / "p.html"));
  CAPTURE(f.err);
  CHECK(f.code == code);
  if (err) *err = f.err;
  return exists(folder / "p.html") ? read_file(folder / "p.html") : "";
}

}  // namespace

TEST_CASE("report: every event has its place on the page") {
  const TemporaryFolder folder;
  const std::string html = page_of(folder, all_types("L7"));
  const auto shows = [&](const std::string& text) {
    CHECK_MESSAGE(html.find(text) != std::string::npos, text);
  };
  shows("L7, epoch 1, step 40, L7: 2 of 8 dead");
  shows("L7, epoch 1, step 40, L7: 3 of 8 dormant");
  shows(
      "A dead cut at the end: every path from the input to the loss goes through dead units of "
      "layer L7");
  for (const char* column : {"dormant", "starved", "borderline"})
    shows(std::string(column) + "</th>");
  shows("No unit is pinned, numerically pinned or saturated.");
  shows("upstream (layer L7)</th><td>cliff</td><td>outlier sample</td><td>1</td><td>100 %");
  shows("layer L7, unit 1</th><td>40</td><td>L7</td><td>lives");
  shows("wakes at</th><td>1</td><td>0</td><td>1");
  shows("Failed: layer L7, unit 1, at step 77: L7");
  shows("L7</th><td>40</td><td>L7</td><td>1 of 2");
  shows("A fault was planted on purpose at step 3: L7. L7");
  shows(
      "The fall of 4.5 that killed it came from upstream (layer L7), as a cliff, by outlier "
      "sample; on sample 1,234 z went from 1.5 to -3, at learning rate 0.1 (approximate).");
  // The parts of the fall sum to it: 1 - 0.5 + 4 = 4.5.
  shows("weights 22 %");
  shows("bias -11 %");
  shows("upstream 89 %");
  shows("gradient 75 %");
  shows("Firing rate over the run: 25.0 % at the first census, 0.0 % at the last.");
  shows("last woke it, at step 33: L7, no. 4,321");
  shows("L7, said to be other: 3 of 10 (30.0 %)");
  shows("Most often wrong: L7 said to be other (3).");
  shows("L7<br/>said: L7<br/>98.7 %");
  shows("<th scope=\"row\">no. 18</th><td>L7</td><td>L7</td><td>75.0 %");
  shows("step 0: -1 to 3, mean 0.5 ± 0.25, 75 % above 0");
  shows("step 40: -9 to -1, mean -4 ± 2, 0 % above 0");
  shows("Foretold at step 40: L7 (L7)");
  shows("not finite");
  shows("Also holds: poisoned.");
  shows(
      "Looked for and not found as the cause: an explosion; parts that are not joined. Not looked "
      "for here: labels that say nothing;");
  shows("Evidence: weights, data, loss and the history of the run.<");
  CHECK(html.find("level S") == std::string::npos);
  CHECK(count(html, "<img ") == 3);
  CHECK(count(html, "src=\"data:image/bmp;base64,") == 3);
  CHECK(count(html, "<input type=\"radio\"") == 3);  // two frames, and play
  CHECK(html.find("aria-label=\"step 0: 1 of 2 units dead, 1 line outside of the picture\"") !=
        std::string::npos);
  CHECK(unbalanced(html) == "");
  CHECK(count(html, "<script") == 1);
}

TEST_CASE("report: a layer that has a title is called by it wherever a person reads") {
  const TemporaryFolder folder;
  std::vector<Json> log = all_types("10");
  const std::string untitled = page_of(folder, log);
  CHECK(untitled.find("Layer 10, unit 1") != std::string::npos);
  log[0]["titles"] = object({{"10", "hidden layer 5 of 5"}, {"2", "hidden layer 1 of 5"}});
  const std::string html = page_of(folder, log);
  const auto shows = [&](const std::string& text) {
    CHECK_MESSAGE(html.find(text) != std::string::npos, text);
  };
  shows("hidden layer 5 of 5, epoch 1, step 40, 10: 2 of 8 dead");  // a cell of the heat map
  shows(">hidden layer 5 of 5</text>");                             // and its row
  shows("hidden layer 5 of 5, unit 1: silent since");               // a life
  shows("<th scope=\"row\">hidden layer 5 of 5</th><td>8");         // the table of layers
  shows("goes through dead units of hidden layer 5 of 5. The network is dead.");
  shows("upstream (hidden layer 5 of 5)</th>");
  shows("hidden layer 5 of 5, unit 1</th><td>40</td>");  // a replay
  shows("Failed: hidden layer 5 of 5, unit 1, at step 77");
  shows("hidden layer 5 of 5</th><td>40</td><td>10</td><td>1 of 2");  // a certificate
  shows("<h3>Hidden layer 5 of 5, unit 1</h3>");
  shows("came from upstream (hidden layer 5 of 5), as a cliff");
  CHECK(html.find("ayer 10") == std::string::npos);
  CHECK(html.find("titles") == std::string::npos);               // no setting
  CHECK(html.find("hidden layer 1 of 5") == std::string::npos);  // a layer of which nothing is said
  CHECK(unbalanced(html) == "");

  // One without a title keeps its module path.
  log[0]["titles"].erase("10");
  CHECK(page_of(folder, log) == untitled);
}

TEST_CASE("report: titles that are no words are one line, with code 3") {
  const TemporaryFolder folder;
  std::string err;
  page_of(folder, {event("config", {{"app", "x"}, {"titles", object({{"2", 7}})}})}, 3, &err);
  CHECK_MESSAGE(err.find("run.jsonl: line 1: ") != std::string::npos, err);
  CHECK(count(err, "\n") == 1);
}

TEST_CASE("write_page: from the lines of a log, the page of its file but for the file's name") {
  const TemporaryFolder folder;
  std::vector<std::string> lines;
  for (const Json& e : all_types("calm")) lines.push_back(one_line(e));
  std::string of_file = page_of(folder, all_types("calm"));
  const std::string named = " Log: " + (folder / "run.jsonl");
  REQUIRE(count(of_file, named) == 1);
  of_file.erase(of_file.find(named), named.size());
  const std::string path = folder / "lines.html";
  lively::write_page(path, lines);
  CHECK(read_file(path) == of_file);

  lines.insert(lines.begin() + 1, "{}");
  CHECK_THROWS_WITH_AS(lively::write_page(path, lines), "write_page: line 2: no event of schema 1",
      lively::DataError);
  CHECK_THROWS_WITH_AS(lively::write_page(path, {}),
      "write_page: no events: needs the lines of a log", lively::DataError);
  CHECK_THROWS_WITH_AS(lively::write_page_of_files(path, {}),
      "write_page_of_files: no log: needs at least one", lively::ValueError);
  CHECK(read_file(path) == of_file);  // whole or not at all
}

TEST_CASE("report: what a log does not have is not on the page") {
  const TemporaryFolder folder;
  const std::string html = page_of(
      folder, {event("config", {{"app", "x"}}), event("final", {{"units", 3}, {"dead", 1}})});
  for (const char* part : {"Why they died", "Who can wake again", "Units worth reading",
           "The plane", "Accuracy", "dormant", "Gradients"})
    CHECK_MESSAGE(html.find(part) == std::string::npos, part);
  CHECK(html.find("No verdict") != std::string::npos);
  CHECK(html.find("1 of 3") != std::string::npos);
  CHECK(unbalanced(html) == "");
}

TEST_CASE("report: no text of any event can become markup") {
  const TemporaryFolder folder;
  for (const std::string evil :
      {"</style><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
          "' onfocus='alert(1)", "</svg></title><b>", "&lt;x&#x3c;"}) {
    CAPTURE(evil);
    const std::string html = page_of(folder, all_types(evil));
    // A harmless name as long.
    const std::string calm = page_of(folder, all_types(std::string(evil.size(), 'a')));
    CHECK(html.find(evil) == std::string::npos);
    CHECK(unbalanced(html) == "");
    CHECK(count(html, "<") == count(calm, "<"));
    CHECK(count(html, "\"") == count(calm, "\""));
    CHECK(count(html, "'") == count(calm, "'"));
  }
}

TEST_CASE("report: a field of another kind is named, with what it is and what it should be") {
  const TemporaryFolder folder;
  const std::vector<std::pair<Json, std::string>> wrong{
      {event("train", {{"step", "\x01 five"}}), "step: is a string; needs a whole number"},
      {event("train", {{"step", 1.5}}), "step: is 1.5; needs a whole number, at most 2^53 in size"},
      {event("train", {{"step", 1e300}}),
          "step: is 1e+300; needs a whole number, at most 2^53 in size"},
      {event("train", {{"loss", Json::array()}}), "loss: is a list; needs a number"},
      {event("death", {{"born", 1}}), "born: is a number; needs true or false"},
      {event("death", {{"cause", 3}}), "cause: is a number; needs an object"},
      {event("death", {{"cause", object({{"shares", Json::array()}})}}),
          "shares: is a list; needs an object"},
      {event("liveness", {{"mode", "evaluation"}}), "has no layers"},
      {event("liveness", {{"mode", "evaluation"}, {"layers", 3}}),
          "layers: is a number; needs a list"},
      {event("liveness", {{"mode", "evaluation"}, {"layers", Json::array()}, {"cut", {7}}}),
          "cut: is a number; needs a string"},
      {event("units", {{"rates", {0.5, "x"}}}), "rates: is a string; needs a number"},
      {event("points", {{"points", {{0.5, 1.0}}}}), "points: is null; needs a whole number"},
      {event("points", {{"points", {0.5}}}), "points: is a number; needs a list"},
      {event("config", {{"titles", "x"}}), "titles: is a string; needs an object"},
      {event("confusion", {{"classes", {"a", "b"}}, {"counts", {{1, 2}}}}),
          "counts: need a row for each class"},
      {event("confusion", {{"classes", {"a"}}, {"counts", {{1, 2}}}}),
          "counts: need a number for each class"},
      {event("histogram", {{"of", "weights"}}), "has no layers"},
      {event("final", {{"deciders", Json::array({object({{"value", true}})})}}),
          "value: is true or false; needs a number"},
      {object({{"schema", "1"}, {"type", "train"}}), "schema: is a string; needs a whole number"}};
  for (const auto& [e, text] : wrong) {
    std::string err;
    page_of(folder, {event("config", {}), e}, 3, &err);
    CHECK_MESSAGE(err.ends_with("run.jsonl: line 2: " + text + "\n"), err);
  }
  for (const auto& [line, text] : std::vector<std::pair<std::string, std::string>>{
           {"{\"schema\":1,\x02", "is no JSON from byte 13 on"},
           {"{\"schema\":1,\"step\":1e999}", "has a number beyond the range of a double"}})
    CHECK_THROWS_WITH_AS(lively::write_page(folder / "x.html", {line}),
        ("write_page: line 1: " + text).c_str(), lively::DataError);
}

TEST_CASE("report: a picture that is not what it says is one line, with code 3") {
  const TemporaryFolder folder;
  const Json frame = event("frame", {{"step", 0}, {"low", 0}, {"high", 1}, {"lines", Json::array()},
                                        {"width", 4}, {"height", 4}, {"field", "AAAA"}});
  const std::vector<std::pair<Json, std::string>> wrong{
      {object({{"field", "AAAA"}}), "field: is not base64 of 4 x 4 bytes"},
      {object({{"field", "!"}}), "field: is not base64 of 4 x 4 bytes"},
      {object({{"width", 1000000}}), "field: 1000000 x 4 pixels: needs 1 to 512 a side"},
      {object({{"width", -4}, {"height", -4}}), "field: -4 x -4 pixels: needs 1 to 512 a side"},
      {object({{"field", lively::lab::base64(std::string(16, 'x'))}, {"high", 0}}),
          "must be above low"},
      {object({{"field", lively::lab::base64(std::string(16, 'x'))}, {"low", -1e308},
           {"high", 1e308}}),
          "too far above"}};
  for (const auto& [change, text] : wrong) {
    Json e = frame;
    e.update(change);
    std::string err;
    page_of(folder, {event("config", {}), e}, 3, &err);
    CHECK_MESSAGE(err.find("run.jsonl: line 2: ") != std::string::npos, err);
    CHECK_MESSAGE(err.find(text) != std::string::npos, err);
    CHECK(count(err, "\n") == 1);
  }
}

TEST_CASE("report: the largest numbers make no picture with inf or nan in it") {
  const TemporaryFolder folder;
  const Json lines{{1e308, 1e308, 0, 0}, {-1e308, 1e308, 0, 0}, {1e308, 1, 0, 0},
      {1e-300, 1, 1e308, 0}, {0, 0, 1, 0}, {1e308, -1e308, 1e308, 0}};
  const std::string html = page_of(folder,
      {event("config", {}), event("points", {{"points", {{1e308, -1e308, 0}}}}),
          event("frame", {{"step", 0}, {"low", -1}, {"high", 1}, {"lines", lines}, {"width", 1},
                             {"height", 1}, {"field", lively::lab::base64("x")}})});
  CHECK_FALSE(matches(html, "=\"-?(inf|nan)\""));
  CHECK(count(html, "fires on the side of its short stroke") == 4);
  for (const double share : {1e308, -0.5, 1.5}) {
    std::string err;
    page_of(folder,
        {event("liveness",
            {{"mode", "evaluation"},
                {"layers", Json::array({object({{"name", "a"}, {"zero_activations", share}})})}})},
        3, &err);
    CHECK_MESSAGE(err.find("needs a share, from 0 to 1") != std::string::npos, err);
  }
}

TEST_CASE("report: a long run stays under 2 MB") {
  const TemporaryFolder folder;
  std::vector<Json> log{event("config", {{"app", "x"}})};
  for (int i = 1; i <= 20000; ++i)
    log.push_back(event("train", {{"epoch", 1}, {"step", i}, {"loss", 1.0 / i},
                                     {"gradient_norm", 2.0}, {"update_ratio", 0.1}}));
  for (int c = 0; c < 400; ++c) {
    Json layers = Json::array();
    for (int l = 0; l < 20; ++l)
      layers.push_back(object({{"name", "layer" + std::to_string(l)}, {"units", 128},
          {"dead", c % 100}, {"zero_activations", 0.5}}));
    log.push_back(event("liveness",
        {{"step", 50 * c}, {"set", "train[:10000]"}, {"mode", "evaluation"}, {"layers", layers}}));
    for (int u = 0; u < 40; ++u)
      log.push_back(event(c % 2 ? "revival" : "death",
          {{"step", 50 * c + 1}, {"layer", "layer" + std::to_string(u % 20)}, {"unit", u}}));
  }
  const std::string html = page_of(folder, log);
  CHECK(html.size() > 100'000);
  CHECK_MESSAGE(html.size() < 2'000'000, html.size());
}

TEST_CASE("report: lists that could grow without end show their first hundred and count the rest") {
  const TemporaryFolder folder;
  std::vector<Json> log{event("config", {{"app", "x"}})};
  for (int i = 0; i < 30000; ++i) {
    log.push_back(event("replay",
        {{"step", i}, {"layer", "1"}, {"unit", i}, {"removed", "weights"}, {"lives", true}}));
    log.push_back(event("score", {{"step", i}, {"layer", "1"}, {"unit", i}, {"kind", "wakes_at"},
                                     {"right", false}, {"text", "it did not wake"}}));
    log.push_back(
        event("warning", {{"code", "prophecy"}, {"text", "it woke " + std::to_string(i)}}));
  }
  const std::string html = page_of(folder, log);
  CHECK_MESSAGE(html.size() < 2'000'000, html.size());
  CHECK(count(html, "<td>lives") == 100);
  CHECK(count(html, "Failed: ") == 100);
  CHECK(count(html, "Note: ") == 100);
  CHECK(count(html, "And 29,900 more") == 3);
  CHECK(unbalanced(html) == "");
}

TEST_CASE("report: a line that nests without end is one line, with code 3") {
  const TemporaryFolder folder;
  const std::string log = folder / "deep.jsonl";
  const std::vector<std::pair<std::string, std::string>> brackets{{"{\"a\":", "}"}, {"[", "]"}};
  for (const auto& [open, close] : brackets) {
    std::string line = R"({"schema":1,"type":"config","deep":)", end;
    for (int i = 0; i < 200000; ++i) line += open, end += close;
    std::ofstream(log) << line << 1 << end << "}\n";
    const Finished f = run("autopsy", log + " --out " + (folder / "p.html"));
    CHECK(f.code == 3);
    CHECK_MESSAGE(f.err.find("deep.jsonl: line 1: nests deeper than") != std::string::npos,
        f.err.substr(0, 200));
    CHECK(count(f.err, "\n") == 1);
  }
}

TEST_CASE("life_lines: a row's state is that of its last change, whatever came before") {
  using lively::lab::life_lines;
  const auto strokes = [](const std::string& svg, const char* kind) {
    return count(svg, std::string("<line class=\"") + kind + "\"");
  };
  const std::string once = life_lines("t", {{"u", "u", {{10, true}, {30, true}}, false}}, 40);
  CHECK(strokes(once, "fires") == 1);
  CHECK(strokes(once, "gone") == 2);
  const std::string back = life_lines("t", {{"u", "u", {{10, false}, {30, true}}, true}}, 40);
  CHECK(strokes(back, "fires") == 1);
  CHECK(strokes(back, "gone") == 2);
}

TEST_CASE("base64: value of RFC 4648's examples, and refusals") {
  using namespace lively::lab;
  const std::vector<std::pair<std::string, std::string>> examples{{"", ""}, {"f", "Zg=="},
      {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    CHECK(base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  for (const char* bad : {"Z", "Zg=", "Zm9", "Zg=a", "Zm 9", "===="})
    CHECK_FALSE(from_base64(bad).has_value());
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(from_base64(base64(all)) == all);
}
