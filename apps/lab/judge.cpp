#include "apps/lab/judge.h"

#include <algorithm>

#include "apps/lab/tell/evidence_event.h"
#include "lively/nn/liveness/deciders.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::vector<std::string> names(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> all;
  for (const Verdict v : verdicts) all.push_back(name(v));
  return all;
}

std::string not_looked_for(const RunLog::Final& f) {
  std::string list;
  for (int i = 0; i < static_cast<int>(Verdict::healthy); ++i) {
    const VerdictWords& fault = words(static_cast<Verdict>(i));
    const auto in = [&](const auto& all) {
      return std::ranges::find(all, fault.name) != all.end();
    };
    if (!in(f.looked_for) && !in(f.verdicts))
      list += (list.empty() ? "" : "; ") + std::string(fault.what);
  }
  return list;
}

}  // namespace

void judge(RunLog& run) {
  if (!run.final || !run.final->verdict.empty() || run.evidence.empty()) return;
  Evidence e;
  try {
    e = read_evidence(run.evidence);
  } catch (const DataError& error) {
    fail<DataError>(run.path, ": ", error.what());
  }
  std::vector<Named<std::string>> titles;
  for (const auto& [path, title] : run.titles) titles.push_back({path, title});
  e.titles = Titles(std::move(titles));
  const Diagnosis d = diagnose(e);
  RunLog::Final& f = *run.final;
  f.verdict = name(d.verdict);
  f.verdicts = names(d.all);
  f.looked_for = names(d.looked_for);
  f.text = d.text;
  f.deciders.clear();
  for (const Decider& one : deciders(d, e))
    f.deciders.push_back({one.what, one.rule, one.counts, one.value});
  f.judged = true;
}

std::string judgement(const RunLog& run) {
  if (!run.final) return "No verdict: the log ends before the run did.";
  const RunLog::Final& f = *run.final;
  if (f.verdict.empty()) return "No verdict: the log has none, and no evidence for one.";
  const std::string text = f.text.empty() ? f.verdict : f.text, open = not_looked_for(f);
  if (open.empty() || f.looked_for.empty()) return text;
  return text + "\nNot looked for, since nothing in the log would tell: " + open + ".";
}

}  // namespace lively::lab
