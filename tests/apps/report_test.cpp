#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "apps/lab/page/run_log.h"
#include "apps/lab/words/base64.h"
#include "apps/lab/words/sha256.h"
#include "lively/nn/liveness/diagnose.h"
#include "tests/apps/events.h"

using namespace lively::testing;

TEST_CASE("report: deaths and revivals in the log add up to every census") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  REQUIRE(run("mnist_mlp",
              "--data " + folder.path() +
                  " --width 32 --epochs 6 --batch-size 20 --optimizer adam --lr 0.05 --log " + log)
              .code == 0);
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
  const Finished f = run("mnist_mlp",
      "--data " + folder.path() +
          " --width 32 --epochs 3 --batch-size 20 --log-interval 10 --no-treatment --report " +
          page);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("report    " + page) != std::string::npos);
  const std::string html = read_file(page);
  const std::vector<Json> log = events(folder / "run.jsonl");
  const Json& last = log.back();
  CHECK(html.find(last.at("verdict_text").get<std::string>()) != std::string::npos);
  CHECK(html.find(last.at("weights_hash").get<std::string>()) != std::string::npos);
  const auto title = [&](const Json& layer) {
    return log.front().at("titles").at(layer.get<std::string>()).get<std::string>();
  };
  for (const Json& e : log) {
    if (e.at("type") != "liveness") continue;
    for (const Json& l : e.at("layers")) {
      const bool all = e.at("set") == "train";
      const auto step = e.at("step").get<int64_t>();
      const std::string cell =
          title(l.at("name")) + ", " +
          (step == 0 ? "at birth"
              : all  ? "end"
                     : "end of epoch " + std::to_string(e.at("epoch").get<int64_t>())) +
          ", step " + std::to_string(step) + ", " +
          (all ? "all " + std::to_string(log.front().at("data").at("train").get<int64_t>())
               : std::string("first 10,000")) +
          ": " + std::to_string(l.at("dead").get<int64_t>()) + " of 32 dead";
      CHECK_MESSAGE(html.find(cell) != std::string::npos, cell);
    }
  }
  for (const char* part : {"Loss and accuracy over steps", "Gradients and steps",
           "Units worth reading", "Dead units by layer and time", "Lives of units", "Layers",
           "What was not found", "Settings", "How to reproduce"})
    CHECK(html.find(part) != std::string::npos);
  CHECK(count(html, "<figure>") >= 4);
  CHECK(html.size() < 2'000'000);
  // Nothing comes from elsewhere, and nothing runs but the script that the policy names.
  CHECK(html.find("http:") == std::string::npos);
  CHECK(html.find("https:") == std::string::npos);
  CHECK(count(html, "<script") == 1);
  const std::size_t script = html.find("<script>") + 8;
  const std::string text = html.substr(script, html.find("</script>") - script);
  CHECK(html.find("script-src 'sha256-" + lively::lab::base64(lively::lab::sha256(text)) + "'\"") !=
        html.npos);
  CHECK(unbalanced(html) == "");
  // The curves' points and the table have the log's numbers, too.
  const auto shown = [&](const std::string& text) {
    CHECK_MESSAGE(html.find(text) != std::string::npos, text);
  };
  const auto compact = [](double v) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", v);
    return std::string(text);
  };
  for (const Json& e : log) {
    const std::string step = e.contains("step") ? std::to_string(e.at("step").get<int>()) : "";
    if (e.at("type") == "train")
      shown("training loss at step " + step + ": " + compact(e.at("loss")));
    if (e.at("type") == "train")
      shown("gradient norm at step " + step + ": " + compact(e.at("gradient_norm")));
    if (e.at("type") == "eval")
      shown("test loss at step " + step + ": " + compact(e.at("test_loss")));
    if (e.at("type") == "unit")
      shown(title(e.at("layer")).substr(1) + ", unit " + std::to_string(e.at("unit").get<int>()));
  }
  for (const Json& d : last.at("deciders"))
    shown("<dt>" + d.at("what").get<std::string>() + "</dt><dd>" +
          (d.contains("counts") ? d.at("counts").get<std::string>() : compact(d.at("value"))));
  CHECK(html.find("Sequential(") > html.find("The network as modules"));
  shown(log.front().at("network").get<std::string>());
  const std::vector<Json> confusions = events(folder / "run.jsonl", "confusion");
  REQUIRE(confusions.size() == 3);
  int64_t right = 0, all = 0;
  const Json counts = confusions.back().at("counts");
  for (std::size_t y = 0; y < counts.size(); ++y)
    for (std::size_t x = 0; x < counts.size(); ++x) {
      all += counts[y][x].get<int64_t>();
      right += x == y ? counts[y][x].get<int64_t>() : 0;
    }
  CHECK(all == log.front().at("data").at("test"));
  CHECK(static_cast<double>(right) / static_cast<double>(all) == last.at("test_accuracy"));
  std::vector<Json> censuses = events(folder / "run.jsonl", "liveness");
  for (const Json& l : censuses.back().at("layers")) {
    std::string row = "<th scope=\"row\">" + title(l.at("name")) + "</th>";
    for (const char* key : {"units", "dead", "lasting", "born_dead", "died", "revived"})
      row += "<td>" + std::to_string(l.at(key).get<int>()) + "</td>";
    shown(row);
  }
}

TEST_CASE("report: a hostile log cannot bring markup into the page, and a broken one is one line") {
  const TemporaryFolder folder;
  const std::string log = folder / "evil<script>.jsonl", page = folder / "p.html",
                    evil = "<script>alert(1)</script>\\\"' onload=x";
  std::ofstream(log)
      << R"({"schema":1,"type":"config","app":"a","version":")" << evil << R"(","command":")"
      << evil << R"(","model":")" << evil << R"(","optimizer":{")" << evil << R"(":")" << evil
      << R"("}})"
      << "\n"
      << R"({"schema":1,"type":"liveness","mode":"evaluation","epoch":0,"step":0,"set":")" << evil
      << R"(","layers":[{"name":")" << evil << R"(","units":4,"dead":1}]})"
      << "\n"
      << R"({"schema":1,"type":"death","epoch":0,"step":0,"layer":")" << evil
      << R"(","unit":3,"born":true})"
      << "\n"
      << R"({"schema":1,"type":"train","epoch":1,"step":1,"loss":null,"poisoned":true})"
      << "\n"
      << R"({"schema":1,"type":"warning","code":"x","text":")" << evil << R"("})"
      << "\n"
      << R"({"schema":1,"type":"final","verdict":")" << evil << R"(","verdict_text":")" << evil
      << R"(","test_command":")" << evil << R"("})"
      << "\n";
  const Finished f = run("autopsy", "'" + log + "' --out " + page);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  const std::string html = read_file(page);
  CHECK(count(html, "<script") == 1);
  CHECK(count(html, "&lt;script&gt;") >= 8);
  CHECK(unbalanced(html) == "");
  CHECK(html.find("\"' onload") ==
        std::string::npos);  // its quotes are escaped, inside attributes too

  std::ofstream(folder / "cut.jsonl") << R"({"schema":1,"type":"config"})"
                                      << "\n"
                                      << R"({"schema":1,"ty)";
  const Finished g = run("autopsy", (folder / "cut.jsonl") + " --out " + (folder / "q.html"));
  CHECK(g.code == 3);
  CHECK(g.err.find("cut.jsonl: line 2: ") != std::string::npos);
  CHECK_FALSE(exists(folder / "q.html"));
  CHECK(run("autopsy", (folder / "none.jsonl")).code == 3);
}

TEST_CASE("report: an interrupted run has no verdict, in its log and on its page") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl", page = folder / "run.html";
  const Finished f = run_until("mnist_mlp",
      {"--data", folder.path(), "--depth", "1", "--width", "8", "--batch-size", "2", "--epochs",
          "100000", "--threads", "1", "--report", page},
      log, 100, SIGINT);
  CAPTURE(f.err);
  REQUIRE(f.code == 130);
  CHECK(events(log, "final").empty());
  const std::string html = read_file(page);
  CHECK(html.find("No verdict: it was interrupted") != html.npos);
  CHECK(html.find("unsure") == html.npos);
  CHECK(html.find("Looked for and not found") == html.npos);
}

TEST_CASE("report: what was killed, or had ended, and went on in the same log is told once") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string data = "--data " + folder.path() + " --threads 1 ",
                    first = folder / "first.checkpoint";
  const std::string net = data +
                          "--width 32 --batch-size 20 --optimizer adam --lr 0.05 --log-interval 10 "
                          "--plant outliers:3,2 ";
  const std::string log = folder / "twice.jsonl",
                    again = data + "--epochs 3 --resume " + first + " --log " + log;
  REQUIRE(run("mnist_mlp", net + "--epochs 3 --log " + (folder / "whole.jsonl")).code == 0);
  REQUIRE(
      run("mnist_mlp", net + "--epochs 1 --save " + (folder / "m.safetensors") + " --log " + log)
          .code == 0);
  std::filesystem::copy_file(folder / "m.checkpoint", first);
  REQUIRE(run("mnist_mlp", again).code == 0);
  REQUIRE(run("mnist_mlp", again).code == 0);
  const lively::lab::RunLog whole = lively::lab::read_run_log(folder / "whole.jsonl"),
                            twice = lively::lab::read_run_log(log);
  REQUIRE(whole.changes.size() > 20);
  REQUIRE(twice.changes.size() == whole.changes.size());
  for (std::size_t i = 0; i < whole.changes.size(); ++i) {
    const auto &a = whole.changes[i], &b = twice.changes[i];
    CHECK(std::tie(a.death, a.born, a.after, a.step, a.unit, a.layer) ==
          std::tie(b.death, b.born, b.after, b.step, b.unit, b.layer));
  }
  const auto steps = [](const auto& all) {
    std::vector<int64_t> list;
    for (const auto& e : all) list.push_back(e.step);
    return list;
  };
  CHECK(steps(twice.train) == steps(whole.train));
  CHECK(steps(twice.eval) == steps(whole.eval));
  CHECK(steps(twice.censuses) == steps(whole.censuses));
  CHECK(steps(twice.rates) == steps(whole.rates));
  CHECK(steps(twice.prophecies) == steps(whole.prophecies));
  CHECK(steps(twice.scores) == steps(whole.scores));
  CHECK(steps(twice.certificates) == steps(whole.certificates));
  CHECK(twice.units.size() == whole.units.size());
  CHECK(twice.plants.size() == 1);
  CHECK(twice.final->weights_hash == whole.final->weights_hash);
}

TEST_CASE("report: an end is no end if the run went on and was cut off") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl", page = folder / "run.html";
  REQUIRE(run("mnist_mlp", "--data " + folder.path() +
                               " --depth 1 --width 8 --epochs 1 --threads 1 --log " + log)
              .code == 0);
  std::ofstream(log, std::ios::app)
      << R"({"schema":1,"type":"resume","epoch":1,"step":5,"batch":0})"
      << "\n";
  REQUIRE(run("autopsy", log + " --out " + page).code == 0);
  CHECK(read_file(page).find("No verdict: it was interrupted") != std::string::npos);
  CHECK(lively::lab::read_run_log(log).units.empty());
}

TEST_CASE("report: names all verdicts that hold, and denies only what was looked for") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl", page = folder / "run.html";
  const auto ended = [&](const std::string& flags) {
    const Finished f = run("mnist_mlp",
        "--data " + folder.path() + " --threads 1 --no-treatment --report " + page + " " + flags);
    CAPTURE(f.err);
    CHECK(!f.out.empty());
    return f.out;
  };
  // Nothing of this can be told of weights that are no numbers any more.
  CHECK(ended("--init random_uniform --batch-size 20").find("Also holds") == std::string::npos);
  std::string html = read_file(page);
  CHECK(events(log).back().at("verdicts") == Json{"exploding"});
  CHECK(events(log).back().at("looked_for") ==
        Json{"exploding", "poisoned", "wiring", "frozen_loss"});
  const std::size_t denied = html.find("Looked for and not found"),
                    open = html.find("Not looked for here");
  REQUIRE(denied < open);
  REQUIRE(open != html.npos);
  CHECK(html.find("labels that say nothing", denied) > open);
  CHECK(html.find("a loss that gives wrong samples no gradient", denied) < open);
  CHECK(html.find("Also holds") == html.npos);
  // All pictures are the same, so the logits are, too.
  const std::string out = ended("--plant constant_input --depth 2 --width 16 --epochs 4");
  const Json all = events(log).back().at("verdicts");
  REQUIRE(all.size() > 1);
  CHECK(all[0] == "wiring");
  html = read_file(page);
  std::string spoken = all[1];
  std::ranges::replace(spoken, '_', ' ');
  CHECK(html.find("Also holds: " + spoken) != html.npos);
  CHECK(out.find("also      " + all[1].get<std::string>()) != out.npos);
}

TEST_CASE("report: a path that is no UTF-8 can be logged and shown") {
  const TemporaryFolder folder;
  small_set(100, 20).write(folder);
  const std::string odd = folder / "\xff";
  std::filesystem::create_directory(odd);
  const Finished f = run("mnist_mlp", "--data " + folder.path() +
                                          " --depth 1 --width 4 --epochs 1 --no-treatment --log " +
                                          odd + "/r.jsonl --report " + odd + "/r.html");
  CAPTURE(f.err);
  CHECK(f.code == 0);
  CHECK(events(odd + "/r.jsonl").back().at("type") == "final");
}

TEST_CASE("report: shows the cure and all that was tried") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string page = folder / "run.html";
  (void)run("mnist_mlp",
      "--init random_uniform --batch-size 20 --data " + folder.path() + " --report " + page);
  const std::string html = read_file(page);
  const Json treatment = events(folder / "run.jsonl").back();
  REQUIRE(treatment.at("type") == "treatment");
  CHECK(html.find("What was tried to heal it") != std::string::npos);
  CHECK(html.find(treatment.at("command").get<std::string>()) != std::string::npos);
  CHECK(html.find(treatment.at("why").get<std::string>()) != std::string::npos);
  for (const Json& one : treatment.at("tried")) {
    const auto change = one.at("change").get<std::string>();
    CHECK_MESSAGE(html.find("<th scope=\"row\">" + (change.empty() ? "as it is" : change)) !=
                      std::string::npos,
        change);
  }
  CHECK(unbalanced(html) == "");
}

TEST_CASE("explain: every example gives the verdict that it explains") {
  const TemporaryFolder folder;
  for (int v = 0; v <= static_cast<int>(lively::Verdict::unsure); ++v) {
    const std::string code = name(static_cast<lively::Verdict>(v));
    const Finished f = run("explain", code + " --words-only");
    REQUIRE(f.code == 0);
    const auto at = f.out.find("./apps/mnist_mlp");
    REQUIRE(at != f.out.npos);
    const std::string flags = f.out.substr(at + 16, f.out.find('\n', at) - at - 16),
                      log = folder / "run.jsonl";
    (void)run("mnist_mlp", flags + " --data synthetic --no-treatment --log " + log);
    CHECK_MESSAGE(events(log).back().at("verdict") == code, code << ": mnist_mlp" << flags);
  }
  CHECK(run("explain", "broken_instrument").code == 0);
  CHECK(run("explain", "constant_input --words-only").out.find("the verdict wiring") !=
        std::string::npos);
  CHECK(run("explain", "dyed").err == "explain: dyed: no such verdict, did you mean died?\n");
}

TEST_CASE("explain: measures what cures, and says what does not") {
  const Finished f = run("explain", "born_dead");
  CAPTURE(f.out);
  REQUIRE(f.code == 0);
  const auto at = f.out.find("What cured it, measured: ./apps/mnist_mlp --preset born_dead");
  REQUIRE(at != f.out.npos);
  // As it is, it heals on no seed; without the biases that silence it, or without the depth, on
  // some.
  CHECK(f.out.find("as it is ", at) != f.out.npos);
  CHECK(f.out.find("Tried, and healed none: ", at) != f.out.npos);
  CHECK(f.out.find("3 of 3 ", at) != f.out.npos);
}

TEST_CASE("census: finds what the run's last census found") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string model = folder / "m.safetensors", log = folder / "run.jsonl";
  REQUIRE(
      run("mnist_mlp",
          "--data " + folder.path() +
              " --depth 3 --width 24 --epochs 2 --batch-size 20 --optimizer adam --lr 0.1 --save " +
              model + " --log " + log)
          .code >= 0);
  const Finished f = run("census", "--model " + model + " --data " + folder.path());
  REQUIRE(f.code == 0);
  Json last;
  for (const Json& e : events(log))
    if (e.at("type") == "liveness") last = e;
  std::string out = f.out;  // with one space where there are several
  out.erase(
      std::unique(out.begin(), out.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
      out.end());
  const Json titles = events(log).front().at("titles");
  for (const Json& l : last.at("layers")) {
    const std::string row = titles.at(l.at("name")).get<std::string>() + " relu 24 " +
                            std::to_string(l.at("dead").get<int64_t>()) + " ";
    CHECK_MESSAGE(out.find(row) != std::string::npos, f.out);
  }
  CHECK(run("census", "--model " + model).out == "");  // the folder that it names is not looked at
  const std::string checkpoint = folder / "m.checkpoint";
  CHECK(
      run("census", "--model " + checkpoint).err ==
      "census: " + checkpoint +
          ": is a checkpoint, to go on from; the weights are in the .safetensors file beside it\n");
  CHECK(run("census", "--model " + model + " --data moons").err ==
        "census: " + model + ": a model for pictures of [1,28,28]; those of moons have [1,1,2]\n");
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
