#include "apps/lab/judge.h"

#include <doctest/doctest.h>

#include <fstream>

#include "apps/lab/tell/evidence_event.h"
#include "lively/lively.h"
#include "lively/nn/liveness/evidence_line.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

constexpr const char* kConfig = R"({"schema":1,"type":"config","app":"by hand","command":"none"})";
constexpr const char* kFinal =
    R"({"schema":1,"type":"final","epochs":1,"steps":300,"units":20,"dead":10,"born_dead":10})";

// All of it measured; a layer was born dead.
Evidence all_known() {
  Evidence e;
  e.label_entropy = 2.302585092994046;
  e.majority_share = 0.1;
  e.constant_input = false;
  e.inputs = InputScale{0.4, 1.5, 2};
  e.losses.assign(300, 2.302585092994046);
  e.weight_norms = {20, 21.5};
  e.learning_rate = 0.01;
  e.usual_rate = 0.015;
  e.nominal_rate = 0.02;
  e.birth_loss = 2.5;
  e.birth_deviation = 0.5;
  e.birth_saturated = 0.01;
  e.first_deviation = 0.25;
  e.loss = 2.3025;
  e.accuracy = 0.1;
  e.output_deviation = 0;
  e.saturated = 0.02;
  e.outputs = OutputShape{-3, 0.25};
  e.softmax_twice = false;
  e.copied_layer = "";
  e.held_out = HeldOut{2000, 0.1, 0.125};
  e.fates = {12800, 11500, 3};
  e.update_ratios = {1e-3, 2e-3};
  e.first_ratios = {2e-3, 3e-3};
  e.last_step = StepEvidence{.kept = 0.5, .gain = 1.5, .size = 0.01, .decay = 0.125};
  e.motion = {{.name = "1.weight", .wired = true, .pulled = 9, .unmoved = 4, .non_finite_state = 0},
      {.name = "3.weight", .pulled = 8}};
  e.motion_steps = 100;
  e.layers.emplace();
  e.layers->push_back({.name = "1",
      .units = 10,
      .dead = 10,
      .born_dead = 10,
      .dead_from_birth = 9,
      .bypassed = false});
  e.layers->push_back({.name = "2", .units = 10});
  e.revival_cures = true;
  e.neighbours = HeldOut{2000, 0.9, 0.125};
  e.late_loss = 2.3;
  e.loss_at_rate = 2.25;
  e.loss_at_tenth = 2.2;
  e.loss_at_tenfold = 2.1;
  e.loss_at_hundredfold = 2.125;
  e.loss_at_thousandfold = 2.375;
  e.raise = 5000;
  e.loss_at_raise = 1.75;
  e.loss_unscaled = 2;
  e.loss_freed = 1.5;
  return e;
}

RunLog judged(const std::vector<std::string>& lines) {
  RunLog run = run_log_of(lines);
  judge(run);
  return run;
}

// The same log without its own verdict, judged, must say the same.
void check_the_same(const std::vector<std::string>& lines) {
  const RunLog told = run_log_of(lines);
  REQUIRE(told.final);
  std::vector<std::string> bare;
  for (const std::string& line : lines) {
    Json e = parsed(line);
    if (e.at("type") == "final")
      for (const char* key : {"verdict", "verdicts", "looked_for", "verdict_text", "deciders"})
        REQUIRE(e.erase(key) == 1);
    bare.push_back(one_line(e));
  }
  REQUIRE(run_log_of(bare).final->verdict.empty());
  const RunLog run = judged(bare);
  CHECK(run.final->verdict == told.final->verdict);
  CHECK(run.final->verdicts == told.final->verdicts);
  CHECK(run.final->looked_for == told.final->looked_for);
  CHECK(run.final->text == told.final->text);
  CHECK(run.final->judged);
  REQUIRE(run.final->deciders.size() == told.final->deciders.size());
  for (std::size_t i = 0; i < run.final->deciders.size(); ++i) {
    CHECK(run.final->deciders[i].what == told.final->deciders[i].what);
    CHECK(run.final->deciders[i].rule == told.final->deciders[i].rule);
    CHECK(one_line(run.final->deciders[i].value) == one_line(told.final->deciders[i].value));
  }
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("judge: all evidence comes back from its line") {
  Evidence e = all_known();
  const std::string line = evidence_line(e);
  CHECK(parsed(line).size() == 2 + 40);  // schema and type, and each field but non_finite
  CHECK(evidence_line(read_evidence(line)) == line);
  CHECK(diagnose(read_evidence(line)).text == diagnose(e).text);

  e.non_finite = {.step = 7, .where = "parameter \"1.weight\"", .layer = "1"};
  e.loss = e.losses[4] = std::nan("");
  const std::string poisoned = evidence_line(e);
  CHECK(count(poisoned, "\"poisoned\":true") == 1);
  const Evidence back = read_evidence(poisoned);
  CHECK(evidence_line(back) == poisoned);
  CHECK(std::isnan(*back.loss));
  CHECK(std::isnan(back.losses[4]));
  CHECK(back.non_finite->sample == -1);
  CHECK(back.non_finite->where == e.non_finite->where);
}

TEST_CASE("judge: what was not measured is not in the line, and stays unknown") {
  const std::string line = evidence_line({});
  CHECK(line == R"({"schema":1,"type":"evidence","losses":[],"weight_norms":[],"update_ratios":[],)"
                R"("first_ratios":[],)"
                R"("motion":[],"motion_steps":0})");
  const Evidence e = read_evidence(R"({"type":"evidence"})");
  CHECK_FALSE(e.loss);
  CHECK_FALSE(e.layers);
  CHECK(evidence_line(e) == line);
  CHECK(diagnose(e).verdict == Verdict::unsure);
}

TEST_CASE("judge: a log without a verdict gets that of its evidence, and others keep theirs") {
  const std::string evidence = evidence_line(all_known());
  RunLog run = judged({kConfig, evidence, kFinal});
  CHECK(run.final->verdict == "born_dead");
  CHECK(judgement(run).starts_with("Born dead: all 10 units of layer 1 are dead"));
  Evidence e = all_known();
  e.learning_rate.reset();
  e.fates.reset();
  run = judged({kConfig, evidence_line(e), kFinal});
  CHECK(run.final->verdict == "born_dead");
  CHECK(
      run.final->text.ends_with("Not looked at: the logits' gradient, the learning rate, whether "
                                "every parameter is in an optimizer."));
  CHECK(judgement(run).ends_with(
      "\nNot looked for, since nothing in the log would tell: parts that are not joined; a loss "
      "that gives wrong samples no gradient; an optimizer that moves nothing."));

  Json own = parsed(kFinal);
  own["verdict"] = "healthy";
  own["verdict_text"] = "As it says itself.";
  run = judged({kConfig, evidence, one_line(own)});
  CHECK(run.final->verdict == "healthy");
  CHECK_FALSE(run.final->judged);
  CHECK(judgement(run) == "As it says itself.");

  CHECK(judgement(judged({kConfig, kFinal})) ==
        "No verdict: the log has none, and no evidence for one.");
  CHECK(judgement(judged({kConfig, evidence})) == "No verdict: the log ends before the run did.");
  const std::string resume = R"({"schema":1,"type":"resume","epoch":1,"step":10})";
  CHECK(judgement(judged({kConfig, evidence, kFinal, resume, kFinal})).starts_with("No verdict"));
}

TEST_CASE("judge: autopsy says the verdict and its page shows it") {
  const TemporaryFolder folder;
  const std::string log = folder / "made.jsonl", page = folder / "made.html";
  std::ofstream(log) << kConfig << "\n" << evidence_line(all_known()) << "\n" << kFinal << "\n";
  const Finished f = run("autopsy", log + " --out " + page);
  CHECK(f.code == 0);
  CHECK(f.out.starts_with(log + ": Born dead: all 10 units of layer 1 are dead"));
  const std::string html = read_file(page);
  CHECK(unbalanced(html) == "");
  CHECK(html.find("<b>Born dead: all 10 units of layer 1 are dead") != html.npos);
  CHECK(html.find("Judged from the evidence in the log") != html.npos);
  CHECK(html.find("share of layer 1 dead at the end") != html.npos);
  CHECK(html.find("Looked for and not found as the cause: an explosion") != html.npos);
}

TEST_CASE("judge: autopsy exits with 5 where a verdict holds that --fail-on names") {
  const TemporaryFolder folder;
  const std::string sick = folder / "sick.jsonl", well = folder / "well.jsonl",
                    open = folder / "open.jsonl", page = " --out " + (folder / "p.html");
  std::ofstream(sick) << kConfig << "\n" << evidence_line(all_known()) << "\n" << kFinal << "\n";
  Json healthy = parsed(kFinal);
  healthy["verdict"] = "healthy";
  std::ofstream(well) << kConfig << "\n" << one_line(healthy) << "\n";
  std::ofstream(open) << kConfig << "\n";
  const auto exits = [&](const std::string& logs, const std::string& codes) {
    return run("autopsy", logs + page + " --fail-on " + codes);
  };
  const Finished f = exits(sick, "died,born_dead");
  CHECK(f.code == 5);
  CHECK(f.err == "autopsy: --fail-on died,born_dead: " + sick + ": born_dead holds\n");
  CHECK(exists(folder / "p.html"));
  CHECK(exits(sick, "died,frozen_loss").code == 0);
  CHECK(exits(well, "born_dead").code == 0);
  CHECK(exits(well, "healthy").code == 5);
  CHECK(exits(well + " " + sick, "born_dead").code == 5);
  const Finished none = exits(open, "died");
  CHECK(none.code == 3);
  CHECK(none.err == "autopsy: --fail-on died: " + open + ": has no verdict\n");
  CHECK(exits(open + " " + sick, "born_dead").code == 5);
  const Finished unknown = exits(sick, "died,dead");
  CHECK(unknown.code == 2);
  CHECK_MESSAGE(unknown.err.starts_with(
                    "autopsy: --fail-on dead: no such verdict; codes are exploding, poisoned, "),
      unknown.err);
  CHECK(unknown.err.find(", healthy, unsure\n") != std::string::npos);
  CHECK(exits(sick, "died,").code == 2);
}

TEST_CASE("judge: a verdict that holds beside the headline is found too") {
  const TemporaryFolder folder;
  const std::string log = folder / "both.jsonl";
  Json final = parsed(kFinal);
  final["verdict"] = "born_dead";
  final["verdicts"] = {"born_dead", "vanishing"};
  std::ofstream(log) << kConfig << "\n" << one_line(final) << "\n";
  CHECK(run("autopsy", log + " --fail-on vanishing --out " + (folder / "p.html")).code == 5);

  // A cure of which it is no test corrects it.
  std::ofstream(log, std::ios::app)
      << R"({"schema": 1, "type": "treatment", "tried": [], "cure": null, )"
      << R"("verdict": "over_regularised"})"
      << "\n";
  CHECK(run("autopsy", log + " --fail-on vanishing --out " + (folder / "p.html")).code == 0);
  CHECK(run("autopsy", log + " --fail-on over_regularised --out " + (folder / "p.html")).code == 5);
}

TEST_CASE("judge: error, evidence that cannot be read") {
  const TemporaryFolder folder;
  const std::string log = folder / "bad.jsonl", page = folder / "bad.html";
  const auto refused = [&](const char* fields, const char* reason) {
    std::ofstream(log) << kConfig << "\n{\"schema\":1,\"type\":\"evidence\"," << fields << "}\n"
                       << kFinal << "\n";
    const Finished f = run("autopsy", log + " --out " + page);
    CHECK(f.code == 3);
    CHECK_MESSAGE(f.err.starts_with("autopsy: " + log + ": evidence: " + reason), f.err);
    CHECK_FALSE(exists(page));
  };
  refused(R"("loss":"low")", "loss: ");
  refused(R"("losses":3)", "losses: ");
  refused(R"("layers":[{"name":"1","units":-4}])", "layers: units: a count of -4");
  refused(R"("fates":[1,2,3])", "fates: ");
  refused(R"("constant_input":null)", "constant_input: ");
}

TEST_CASE("judge: the programs' logs hold what their verdicts rest on") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  for (const char* preset : {"healthy", "born_dead", "frozen_loss", "exploding", "constant_input",
           "poisoned", "vanishing", "slow --depth 2"}) {
    CAPTURE(preset);
    (void)run("mnist_mlp", std::string("--no-treatment --preset ") + preset +
                               " --data synthetic --epochs 1 --threads 1 --log " + log);
    check_the_same(read_lines(log));
  }
}

TEST_CASE("judge: the history of a watch holds what its verdict rests on") {
  for (const char* bias : {"zeros", "constant:-9"}) {
    const auto net = mlp({.inputs = 2, .depth = 2, .width = 16, .classes = 2});
    initialize(*net, Initializer::parse("he_uniform"), Seed{1}, Initializer::parse(bias));
    const Tensor x = Tensor::of<float>({1, 0, 0, 1, -1, 0, 0, -1}, {4, 2});
    const Tensor y = Tensor::of<int64_t>({0, 0, 1, 1}, {4});
    Watch watch(*net, std::vector<LabelledBatch>{{x, y}});
    SGD sgd(net->parameters(), 0.1);
    for (int i = 0; i < 130; ++i) {
      const Variable logits = (*net)(Variable(x));
      const Variable loss = softmax_cross_entropy(logits, y);
      sgd.zero_grad();
      loss.backward();
      watch.step(logits, loss, y, 0.1);
      sgd.step();
    }
    const Diagnosis d = watch.verdict();
    CHECK(d.verdict == (*bias == 'z' ? Verdict::healthy : Verdict::born_dead));
    check_the_same(watch.history());
  }
}
