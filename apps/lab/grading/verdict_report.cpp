#include "apps/lab/grading/verdict_report.h"

#include <algorithm>
#include <array>
#include <map>

#include "apps/lab/cases/fields.h"
#include "apps/lab/cases/tally.h"
#include "apps/lab/grading/faults.h"
#include "apps/lab/rivals/rivals.h"
#include "apps/lab/words/grid.h"
#include "apps/lab/words/text.h"
#include "lively/nn/liveness/verdicts.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

using Lines = std::vector<Json>;

std::string text_at(const Json& line, const char* key) { return line[key].get<std::string>(); }

std::vector<std::string> all_codes() {
  std::vector<std::string> all;
  for (int v = 0; v <= static_cast<int>(Verdict::unsure); ++v)
    all.emplace_back(name(static_cast<Verdict>(v)));
  return all;
}

// "frozen_loss" -> "frlo", "exploding" -> "expl".
std::string abbreviation(const std::string& code) {
  const std::size_t gap = code.find('_');
  return gap == code.npos ? code.substr(0, 4) : code.substr(0, 2) + code.substr(gap + 1, 2);
}

// What one who judges said of hurt cases, of faults too weak to hurt, and of healthy runs.
struct Score {
  Tally right, mechanism, sure, silent, weak_alarms, false_alarms, unsure_of_healthy;
  std::array<Tally, kStrengths> by_strength{};
};

// The verdict, or with a name what that rival said.
struct Answer {
  bool right = false, by_mechanism = false;
  bool alarm = false;  // it says that something is wrong
  bool unsure = false;
};

constexpr const char *kVerdict = "", *kTreated = "treated";

Answer answer_of(const Json& line, const std::string& rival) {
  const bool ours = rival == kVerdict || rival == kTreated;
  const Json& at = rival == kVerdict ? line : ours ? line[kTreated] : line["rivals"][rival];
  Answer a;
  if (at.contains("right") && at["right"].is_string()) {
    a.right = at["right"] != "wrong";
    a.by_mechanism = at["right"] == "by_mechanism";
  }
  if (ours) {
    const std::string code = text_at(at, "verdict");
    a.unsure = code == "unsure";
    a.alarm = code != "healthy" && !a.unsure;
  } else {
    a.alarm = at["alarm"].get<bool>();
  }
  return a;
}

Score score_of(const Lines& faults, const Lines& healthy, const std::string& rival) {
  Score s;
  for (const Json& line : faults) {
    const Answer a = answer_of(line, rival);
    if (!hurt(line)) {
      s.weak_alarms.add(a.alarm);
      continue;
    }
    s.right.add(a.right);
    s.mechanism.add(a.by_mechanism);
    s.silent.add(a.unsure);
    if (a.alarm) s.sure.add(a.right);
    for (int i = 0; i < kStrengths; ++i)
      if (text_at(line, "strength") == name(static_cast<Strength>(i)))
        s.by_strength[static_cast<std::size_t>(i)].add(a.right);
  }
  for (const Json& line : healthy) {
    if (!line["learns"].get<bool>()) continue;
    const Answer a = answer_of(line, rival);
    s.false_alarms.add(a.alarm);
    s.unsure_of_healthy.add(a.unsure);
  }
  return s;
}

std::string summary(const Score& s) {
  std::string text = report_row("right, of hurt runs", s.right.text());
  text += report_row("  by the mechanism that was put in", s.mechanism.text());
  text += report_row("  right when a fault is named", s.sure.text());
  for (int i = 0; i < kStrengths; ++i)
    text += report_row(std::string("  right, ") + name(static_cast<Strength>(i)) + " faults",
        s.by_strength[static_cast<std::size_t>(i)].text());
  text += report_row("unsure, of hurt runs", s.silent.text());
  text += report_row("a fault named where it did not hurt", s.weak_alarms.text());
  text += report_row("false alarms, of healthy runs", s.false_alarms.text());
  return text + report_row("unsure, of healthy runs", s.unsure_of_healthy.text());
}

// "41.7 [19.3, 68.0]".
std::string cell(const Tally& t) {
  std::string text = t.text();
  text.erase(text.find(" %"), 2);
  return text.substr(text.find(',') + 2);
}

bool has(const Lines& faults, const Lines& healthy, const char* key) {
  const Lines& any = faults.empty() ? healthy : faults;
  return !any.empty() && any[0].contains(key);
}

// A line each, the verdicts first.
std::string beside(const Lines& faults, const Lines& healthy) {
  if (!has(faults, healthy, "rivals")) return "";
  Grid grid{{"%", "right, of hurt", "if it speaks", "alarms, unhurt", "alarms, healthy"}, {}};
  std::vector<std::string> names{kVerdict};
  for (const Rival& rival : rivals()) names.emplace_back(rival.name);
  for (const std::string& rival : names) {
    const Score s = score_of(faults, healthy, rival);
    grid.rows.push_back({rival.empty() ? "verdicts" : rival, cell(s.right), cell(s.sure),
        cell(s.weak_alarms), cell(s.false_alarms)});
  }
  return "\n" + text_of(grid);
}

struct VerdictsOfKind {
  Tally right;
  std::map<std::string, int64_t> said;
};

// Of the verdicts, or of those after the treatment.
std::string matrix(const Lines& faults, const Lines& healthy, const std::string& whose) {
  std::map<std::string, VerdictsOfKind> rows;
  std::vector<std::string> order;
  for (const FaultKind& kind : fault_kinds()) order.emplace_back(kind.name);
  const auto at = [&](const Json& line) { return whose == kTreated ? line[kTreated] : line; };
  for (const Json& line : faults) {
    VerdictsOfKind& r = rows[hurt(line) ? text_at(line, "kind") : "(did not hurt)"];
    ++r.said[text_at(at(line), "verdict")];
    if (hurt(line)) r.right.add(text_at(at(line), "right") != "wrong");
  }
  for (const Json& line : healthy)
    ++rows[line["learns"].get<bool>() ? "(healthy)" : "(learns little)"]
          .said[text_at(at(line), "verdict")];
  order.insert(order.end(), {"(did not hurt)", "(healthy)", "(learns little)"});

  // A column for each verdict that a run got.
  std::vector<std::string> codes;
  for (const std::string& code : all_codes())
    if (std::ranges::any_of(rows, [&](const auto& row) { return row.second.said.contains(code); }))
      codes.push_back(code);
  Grid grid{{""}, {}, 1};
  std::string legend;
  for (const std::string& code : codes) {
    grid.head.push_back(abbreviation(code));
    legend += (legend.empty() ? "" : ", ") + abbreviation(code) + " " + code;
  }
  grid.head.emplace_back("right");
  for (const std::string& kind : order) {
    const auto found = rows.find(kind);
    if (found == rows.end()) continue;
    const VerdictsOfKind& r = found->second;
    std::vector<std::string> cells{kind};
    for (const std::string& code : codes) {
      const auto n = r.said.find(code);
      cells.emplace_back(n == r.said.end() ? "·" : thousands(n->second));
    }
    cells.push_back(r.right.n ? thousands(r.right.k) + "/" + thousands(r.right.n) : "");
    grid.rows.push_back(std::move(cells));
  }
  return text_of(grid, "", Narrow::again) + wrap(legend, screen_width()) + "\n";
}

}  // namespace

bool hurt(const Json& line) { return line.contains("hurt") && line["hurt"].get<bool>(); }

std::string verdict_report(const Lines& faults, const Lines& healthy) {
  const auto is_hurt = std::ranges::count_if(faults, hurt);
  std::string text = thousands(static_cast<int64_t>(faults.size())) + " runs with a fault, " +
                     thousands(is_hurt) + " hurt by it; " +
                     thousands(static_cast<int64_t>(healthy.size())) +
                     " without. 95 % intervals after Wilson.\n\n";
  text += summary(score_of(faults, healthy, kVerdict)) + beside(faults, healthy);
  text += "\nHurt runs by fault, and the verdict they got:\n\n" + matrix(faults, healthy, kVerdict);
  if (!has(faults, healthy, kTreated)) return text;
  text += "\nThe same after the treatment, which corrects a verdict by what cures:\n\n";
  return text + summary(score_of(faults, healthy, kTreated)) + "\n" +
         matrix(faults, healthy, kTreated);
}

void check_verdict(const Json& line, bool rivals_too, bool treated) {
  const bool fault = line["type"] == kFault;
  if (!fault && line["type"] != kHealthy)
    fail<ValueError>("needs type, ", kFault, " or ", kHealthy);
  need(line, fault ? "hurt" : "learns", Kind::yes_no);
  const Kind right = fault && hurt(line) ? Kind::text : Kind::text_or_none;
  const auto judged = [&](const Json& said) {
    if (fault) need(said, "right", right);
  };
  need(line, "verdict", Kind::text);
  judged(line);
  if (fault)
    for (const char* field : {"kind", "strength"}) need(line, field, Kind::text);
  if (treated) {
    need(line, kTreated, Kind::object);
    need(line[kTreated], "verdict", Kind::text);
    judged(line[kTreated]);
  }
  if (!rivals_too) return;
  need(line, "rivals", Kind::object);
  for (const Rival& rival : rivals()) {
    const std::string name(rival.name);
    need(line["rivals"], name.c_str(), Kind::object);
    need(line["rivals"][name], "alarm", Kind::yes_no);
    judged(line["rivals"][name]);
  }
}

}  // namespace lively::lab
