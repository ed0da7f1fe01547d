#include <algorithm>
#include <array>
#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::string fact(const std::string& what, const std::string& value, const std::string& note = "") {
  return "<div><dt>" + escaped(what) + "</dt><dd>" + escaped(value) +
         (note.empty() ? "" : "<small>" + escaped(note) + "</small>") + "</dd></div>";
}

// How bad a verdict is: the class of its colour, and a word for who sees none.
struct Badness {
  const char *kind, *word;
};
Badness badness(const std::string& verdict) {
  if (verdict.empty()) return {"", ""};
  if (verdict == "healthy") return {"good", "healthy"};
  if (verdict == "unsure") return {"doubt", "unsure"};
  if (verdict == "slow") return {"note", "note"};
  return {"bad", "fault"};
}

// "12 of 640" of a rule that says how many.
bool counts(const std::string& rule) {
  const auto of = rule.find(" of ");
  return of != rule.npos && of > 0 && rule.find_first_not_of("0123456789, of") == rule.npos;
}

// A share in counts where the log has them, else in percent; other numbers as they are.
std::string value_of(const RunLog::Decider& d) {
  if (!d.counts.empty()) return d.counts;
  const bool share = d.what.find("share") != d.what.npos || d.what.find("accuracy") != d.what.npos;
  if (share && counts(d.rule)) return d.rule;
  if (share && d.value >= 0 && d.value <= 1) return percent(d.value) + " %";
  return compact(d.value);
}

// The numbers that decide it, as the log has them; those that every log has, where it has none.
std::string facts(const RunLog& run) {
  const RunLog::Final& f = *run.final;
  std::string html = "<dl>";
  for (const RunLog::Decider& d : f.deciders) {
    const std::string value = value_of(d);
    html += fact(d.what, value,
        value == d.rule    ? ""
        : d.counts.empty() ? d.rule
                           : message(percent(d.value), " %; ", d.rule));
  }
  if (f.deciders.empty()) {
    html += fact("dead units at the end", message(thousands(f.dead), " of ", thousands(f.units)),
        thousands(f.born_dead) + " at birth");
    if (!run.eval.empty() && std::isfinite(run.eval.back().test_loss))
      html += fact("test loss", compact(run.eval.back().test_loss));
  }
  return html + "</dl>";
}

}  // namespace

std::string verdict_section(const RunLog& run, const std::string& title, bool under_way) {
  const Badness bad = badness(run.final ? run.final->verdict : "");
  std::string html = message("<section class=\"verdict", *bad.kind ? " " : "", bad.kind, "\">");
  if (!title.empty()) html += paragraph(title, "muted");
  html += network_chart(run);
  if (under_way) {
    const int64_t epoch = run.eval.empty() ? 0 : run.eval.back().epoch;
    html += "<p><b>" +
            escaped(run.final ? "The run has ended; what heals it is being looked for"
                              : message("Under way: ", thousands(epoch), " of ",
                                    thousands(run.epochs), " epochs done")) +
            "</b></p>";
    if (!run.final) return html + "</section>";
  }
  if (!run.final) {
    return html + "<p><b>No verdict: it was interrupted</b></p>" +
           paragraph("The log ends before the run did; or the run is still under way.") +
           "</section>";
  }
  const RunLog::Final& f = *run.final;
  if (f.verdict.empty()) {
    html += "<p><b>No verdict</b></p>" +
            paragraph(message("What wrote this log (", run.app.empty() ? "unnamed" : run.app,
                ") makes none, and gives no evidence for one; the censuses speak for themselves."));
  } else {
    html +=
        message("<p><span class=\"how\">", bad.word, "</span><b>") +
        escaped(f.text.empty() ? spoken(f.verdict) : f.text) + "</b></p>" +
        paragraph(f.judged ? "Judged from the evidence in the log, by the rules of the library."
                           : message("Evidence: weights, data, loss",
                                 f.verdict == "frozen_optimizer" ? ", the optimizer's state" : "",
                                 " and the history of the run."),
            "muted");
    std::string others;
    for (const std::string& code : f.verdicts)
      if (code != f.verdict) others += (others.empty() ? "" : ", ") + spoken(code);
    if (!others.empty()) html += paragraph("Also holds: " + others + ".");
  }
  html += facts(run);
  std::string numbers = std::isfinite(f.test_accuracy)
                            ? "Test accuracy " + percent(f.test_accuracy) + " ± " +
                                  percent(f.test_accuracy_se) + " %, "
                            : "";
  numbers += thousands(f.dead) + " of " + thousands(f.units) + " units dead at the end, " +
             thousands(f.born_dead) + " at birth; " + thousands(f.steps) + " steps in " +
             compact(f.seconds) + " s.";
  html += paragraph(numbers);
  for (const RunLog::Plant& p : run.plants)
    html += paragraph(message("A fault was planted on purpose at step ", thousands(p.step), ": ",
        spoken(p.code), p.text.empty() ? "" : ". ", p.text));
  if (!f.test_command.empty())
    html +=
        paragraph("The one change that tests it:") + "<pre>" + escaped(f.test_command) + "</pre>";
  return html + cure_words(run) + "</section>";
}

// What the verdict's rules looked for and did not find.
std::string not_found_section(const RunLog& run) {
  constexpr std::array<std::pair<const char*, const char*>, 11> kFaults{
      {{"exploding", "an explosion"}, {"poisoned", "a NaN or an infinity without one"},
          {"wiring", "parts that are not joined"},
          {"uninformative_labels", "labels that say nothing"},
          {"frozen_loss", "a loss that gives wrong samples no gradient"},
          {"frozen_optimizer", "an optimizer that moves nothing"},
          {"born_dead", "a network dead at birth"}, {"died", "one that died in training"},
          {"vanishing", "a signal or gradient that vanished"},
          {"oscillating", "steps that overshoot"}, {"slow", "a learning rate too small"}}};
  if (!run.final) return paragraph("Nothing can be ruled out: the run has no end.");
  if (run.final->verdict.empty())
    return paragraph("Nothing was looked for: the log has no verdict.");
  const RunLog::Final& f = *run.final;
  if (f.looked_for.empty()) return paragraph("The log does not say what was looked for.");
  std::string denied, open;
  for (const auto& [code, words] : kFaults) {
    if (f.verdict == code || std::ranges::find(f.verdicts, code) != f.verdicts.end()) continue;
    std::string& list = std::ranges::find(f.looked_for, code) != f.looked_for.end() ? denied : open;
    list += (list.empty() ? "" : "; ") + std::string(words);
  }
  std::string text;
  if (!denied.empty()) text += "Looked for and not found as the cause: " + denied + ". ";
  if (!open.empty())
    text += "Not looked for here: " + open + ", since what would tell is not in the evidence. ";
  text +=
      "Never looked for: softmax taken twice, gradients that are not zeroed, modes mixed up, a "
      "broken instrument.";
  if (run.changes.empty() && !run.censuses.empty()) text += " No unit was dead at any census.";
  const auto none = [](const auto& cut) { return cut && cut->empty(); };
  if (!run.censuses.empty() && none(run.censuses.back().cut)) text += " No dead cut at the end.";
  return paragraph(text) + paragraph(
                               "A verdict can only be as good as what it looked at: a fault in the "
                               "data, in how they were loaded or in the code around the network "
                               "may still hide.",
                               "muted");
}

}  // namespace lively::lab
