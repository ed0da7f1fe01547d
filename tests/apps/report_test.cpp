#include <doctest/doctest.h>

#include <fstream>
#include <regex>

#include "lively/nn/liveness/diagnose.h"
#include "tests/apps/events.h"

using namespace lively::testing;
using Json = nlohmann::json;

TEST_CASE("report: deaths and revivals in the log add up to every census") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  REQUIRE(run("mnist_mlp", "--data " + folder.path() + " --width 32 --epochs 6 --batch-size 20 --optimizer adam --lr 0.05 --log " + log).code == 0);
  std::map<std::string, int64_t> dead;  // by layer, as the changes tell it
  int64_t changes = 0, censuses = 0;
  std::vector<Json> pending;
  const auto compare = [&] {
    for (const Json& census : pending)
      for (const Json& l : census.at("layers")) CHECK(dead[l.at("name")] == l.at("dead"));
    pending.clear();
  };
  for (const Json& e : events(log)) {
    if (e.at("type") == "liveness") {
      compare();
      pending.push_back(e);
      ++censuses;
    } else if (e.at("type") == "death" || e.at("type") == "revival") {
      dead[e.at("layer")] += e.at("type") == "death" ? 1 : -1;
      if (!e.value("born", false)) CHECK(e.at("after") < e.at("step"));
      ++changes;
    }
  }
  compare();
  CHECK(censuses == 8);
  CHECK(changes > 20);
}

TEST_CASE("report: the page has the log's numbers, and all of its parts") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string page = folder / "run.html";
  const Finished f = run("mnist_mlp", "--data " + folder.path() + " --width 32 --epochs 3 --batch-size 20 --log-interval 10 --report " + page);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("report    " + page) != std::string::npos);
  const std::string html = read_file(page);
  const std::vector<Json> log = events(folder / "run.jsonl");
  const Json& last = log.back();
  CHECK(html.find(last.at("verdict_text").get<std::string>()) != std::string::npos);
  CHECK(html.find(last.at("weights_hash").get<std::string>()) != std::string::npos);
  for (const Json& e : log) {
    if (e.at("type") != "liveness") continue;
    for (const Json& l : e.at("layers")) {
      const std::string cell = l.at("name").get<std::string>() + ", step " + std::to_string(e.at("step").get<int64_t>()) + ": " +
                               std::to_string(l.at("dead").get<int64_t>()) + " of 32 dead on " + e.at("set").get<std::string>();
      CHECK_MESSAGE(html.find(cell) != std::string::npos, cell);
    }
  }
  for (const char* part : {"Loss and accuracy over steps", "Gradients and steps", "Units worth reading", "Dead units by layer and time", "Lives of units", "Layers", "What was not found", "Settings", "How to reproduce"})
    CHECK(html.find(part) != std::string::npos);
  CHECK(count(html, "<figure>") >= 4);
  CHECK(html.size() < 2'000'000);
  // Nothing comes from elsewhere, and nothing runs.
  CHECK(html.find("http:") == std::string::npos);
  CHECK(html.find("https:") == std::string::npos);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(unbalanced(html) == "");
  // The curves' points and the table have the log's numbers, too.
  const auto shown = [&](const std::string& text) { CHECK_MESSAGE(html.find(text) != std::string::npos, text); };
  const auto compact = [](double v) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", v);
    return std::string(text);
  };
  for (const Json& e : log) {
    const std::string step = e.contains("step") ? std::to_string(e.at("step").get<int>()) : "";
    if (e.at("type") == "train") shown("training loss at step " + step + ": " + compact(e.at("loss")));
    if (e.at("type") == "train") shown("gradient norm at step " + step + ": " + compact(e.at("gradient_norm")));
    if (e.at("type") == "eval") shown("test loss at step " + step + ": " + compact(e.at("test_loss")));
    if (e.at("type") == "unit") shown("Layer " + e.at("layer").get<std::string>() + ", unit " + std::to_string(e.at("unit").get<int>()));
  }
  for (const Json& d : last.at("deciders")) shown("<dt>" + d.at("what").get<std::string>() + "</dt><dd>" + compact(d.at("value")));
  std::vector<Json> censuses = events(folder / "run.jsonl", "liveness");
  for (const Json& l : censuses.back().at("layers")) {
    std::string row = "<th scope=\"row\">" + l.at("name").get<std::string>() + "</th>";
    for (const char* key : {"units", "dead", "lasting", "born_dead", "died", "revived"}) row += "<td>" + std::to_string(l.at(key).get<int>()) + "</td>";
    shown(row);
  }
}

TEST_CASE("report: a hostile log cannot bring markup into the page, and a broken one is one line") {
  const TemporaryFolder folder;
  const std::string log = folder / "evil<script>.jsonl", page = folder / "p.html", evil = "<script>alert(1)</script>\\\"' onload=x";
  std::ofstream(log) << R"({"schema":1,"type":"config","app":"a","version":")" << evil << R"(","command":")" << evil << R"(","model":")" << evil
                     << R"(","optimizer":{")" << evil << R"(":")" << evil << R"("}})" << "\n"
                     << R"({"schema":1,"type":"liveness","mode":"evaluation","epoch":0,"step":0,"set":")" << evil << R"(","layers":[{"name":")" << evil
                     << R"(","units":4,"dead":1}]})" << "\n"
                     << R"({"schema":1,"type":"death","epoch":0,"step":0,"layer":")" << evil << R"(","unit":3,"born":true})" << "\n"
                     << R"({"schema":1,"type":"train","epoch":1,"step":1,"loss":null,"poisoned":true})" << "\n"
                     << R"({"schema":1,"type":"warning","code":"x","text":")" << evil << R"("})" << "\n"
                     << R"({"schema":1,"type":"final","verdict":")" << evil << R"(","verdict_text":")" << evil << R"(","test_command":")" << evil << R"("})" << "\n";
  const Finished f = run("autopsy", "'" + log + "' --out " + page);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  const std::string html = read_file(page);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(count(html, "&lt;script&gt;") >= 8);
  CHECK(unbalanced(html) == "");
  CHECK(html.find("\"' onload") == std::string::npos);  // its quotes are escaped, inside attributes too

  std::ofstream(folder / "cut.jsonl") << R"({"schema":1,"type":"config"})" << "\n" << R"({"schema":1,"ty)";
  const Finished g = run("autopsy", (folder / "cut.jsonl") + " --out " + (folder / "q.html"));
  CHECK(g.code == 3);
  CHECK(g.err.find("cut.jsonl: line 2: ") != std::string::npos);
  CHECK_FALSE(exists(folder / "q.html"));
  CHECK(run("autopsy", (folder / "none.jsonl")).code == 3);
}

TEST_CASE("explain: every example gives the verdict that it explains") {
  const TemporaryFolder folder;
  for (int v = 0; v <= static_cast<int>(lively::Verdict::unsure); ++v) {
    const std::string code = name(static_cast<lively::Verdict>(v));
    const Finished f = run("explain", code);
    REQUIRE(f.code == 0);
    const auto at = f.out.find("./apps/mnist_mlp");
    REQUIRE(at != f.out.npos);
    const std::string flags = f.out.substr(at + 16, f.out.find('\n', at) - at - 16), log = folder / "run.jsonl";
    (void)run("mnist_mlp", flags + " --data synthetic --log " + log);
    CHECK_MESSAGE(events(log).back().at("verdict") == code, code << ": mnist_mlp" << flags);
  }
  CHECK(run("explain", "broken_instrument").code == 0);
  CHECK(run("explain", "constant_input").out.find("the verdict wiring") != std::string::npos);
  CHECK(run("explain", "dyed").err == "explain: dyed: no such verdict, did you mean died?\n");
}

TEST_CASE("census: finds what the run's last census found") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string model = folder / "m.safetensors", log = folder / "run.jsonl";
  REQUIRE(run("mnist_mlp", "--data " + folder.path() + " --depth 3 --width 24 --epochs 2 --batch-size 20 --optimizer adam --lr 0.1 --save " + model + " --log " + log).code >= 0);
  const Finished f = run("census", "--model " + model + " --data " + folder.path());
  REQUIRE(f.code == 0);
  Json last;
  for (const Json& e : events(log))
    if (e.at("type") == "liveness") last = e;
  for (const Json& l : last.at("layers")) {
    const std::regex row(l.at("name").get<std::string>() + " +relu +24 +" + std::to_string(l.at("dead").get<int64_t>()) + " ");
    CHECK_MESSAGE(std::regex_search(f.out, row), f.out);
  }
  const std::string whole = run("census", "--model " + model).out;  // the set that it was trained on
  CHECK(whole.substr(whole.find("accuracy")) == f.out.substr(f.out.find("accuracy")));
  const std::string checkpoint = folder / "m.checkpoint";
  CHECK(run("census", "--model " + checkpoint).err == "census: " + checkpoint + ": is a checkpoint, to go on from; the weights are in the .safetensors file beside it\n");
  CHECK(run("census", "--model " + model + " --data moons").err == "census: " + model + ": a model for pictures of [1,28,28]; those of moons have [1,1,2]\n");
  const auto is_line = [&](const std::string& flags, int code) {
    const Finished g = run("census", flags);
    CHECK(g.code == code);
    CHECK(g.out.empty());
    CHECK_MESSAGE(count(g.err, "\n") == 1, g.err);
  };
  is_line("--model " + model + " --data /nowhere", 3);
  is_line("--model " + folder.path(), 3);
  is_line("--model " + model + " --threads x", 2);
  is_line("--model " + model + " --frobnicate", 2);
  std::ofstream(folder / "cut.safetensors") << read_file(model).substr(0, 20000);
  is_line("--model " + (folder / "cut.safetensors"), 3);
  CHECK(run("census", "--model " + log).code == 3);
  CHECK(run("census", "").code == 2);
}
