#include "apps/lab/grading/verdict_report.h"

#include <algorithm>
#include <array>
#include <map>

#include "apps/lab/grading/faults.h"
#include "apps/lab/grading/tally.h"
#include "apps/lab/words/text.h"
#include "lively/nn/liveness/verdicts.h"

namespace lively::lab {
namespace {

using Lines = std::vector<Json>;

constexpr std::size_t kKindWidth = 17, kCodeWidth = 5, kCountWidth = 6;

bool hurt(const Json& line) { return line["hurt"].get<bool>(); }
std::string text_at(const Json& line, const char* key) { return line[key].get<std::string>(); }
bool quiet(const std::string& code) { return code == "healthy" || code == "unsure"; }

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

std::string row(const std::string& what, const std::string& value) {
  return "  " + pad(what, 44) + value + "\n";
}

// What one who judges said of hurt cases, of faults too weak to hurt, and of healthy runs.
struct Score {
  Tally right, mechanism, sure, silent, weak_alarms, false_alarms, unsure_of_healthy;
  std::array<Tally, kStrengths> by_strength{};
};

// Where an answer stands in a line: the verdict itself, or what a judge said.
struct Answer {
  std::string right;                // empty: the case is not hurt
  std::vector<std::string> faults;  // codes that it names
  bool unsure = false;
};

Answer answer_of(const Json& line, const std::string& judge) {
  Answer a;
  const Json& at = judge.empty() ? line : line["judges"][judge];
  if (at.contains("right") && at["right"].is_string()) a.right = text_at(at, "right");
  if (judge.empty()) {
    const std::string code = text_at(line, "verdict");
    a.unsure = code == "unsure";
    if (!quiet(code)) a.faults = {code};
  } else {
    a.faults = at["codes"].get<std::vector<std::string>>();
  }
  return a;
}

Score score_of(const Lines& faults, const Lines& healthy, const std::string& judge) {
  Score s;
  for (const Json& line : faults) {
    const Answer a = answer_of(line, judge);
    if (!hurt(line)) {
      s.weak_alarms.add(!a.faults.empty());
      continue;
    }
    const bool right = a.right != "wrong";
    s.right.add(right);
    s.mechanism.add(a.right == "by_mechanism");
    s.silent.add(a.unsure);
    if (!a.faults.empty()) s.sure.add(right);
    for (int i = 0; i < kStrengths; ++i)
      if (text_at(line, "strength") == name(static_cast<Strength>(i)))
        s.by_strength[static_cast<std::size_t>(i)].add(right);
  }
  for (const Json& line : healthy) {
    if (!line["learns"].get<bool>()) continue;
    const Answer a = answer_of(line, judge);
    s.false_alarms.add(!a.faults.empty());
    s.unsure_of_healthy.add(a.unsure);
  }
  return s;
}

std::string summary(const Score& s, const std::string& judge) {
  std::string text = bold(judge.empty() ? "verdicts" : judge) + "\n";
  text += row("right, of hurt runs", s.right.text());
  text += row("  by the mechanism that was put in", s.mechanism.text());
  text += row("  right when a fault is named", s.sure.text());
  for (int i = 0; i < kStrengths; ++i)
    text += row(std::string("  right, ") + name(static_cast<Strength>(i)) + " faults",
        s.by_strength[static_cast<std::size_t>(i)].text());
  if (judge.empty()) text += row("unsure, of hurt runs", s.silent.text());
  text += row("a fault named where it did not hurt", s.weak_alarms.text());
  text += row("false alarms, of healthy runs", s.false_alarms.text());
  if (judge.empty()) text += row("unsure, of healthy runs", s.unsure_of_healthy.text());
  return text;
}

struct KindRow {
  int64_t drawn = 0;
  Tally right;
  std::map<std::string, int64_t> said;
};

std::string matrix(const Lines& faults, const Lines& healthy) {
  std::map<std::string, KindRow> rows;
  std::vector<std::string> order;
  for (const FaultKind& kind : fault_kinds()) order.emplace_back(kind.name);
  for (const Json& line : faults) {
    KindRow& r = rows[text_at(line, "kind")];
    ++r.drawn;
    if (!hurt(line)) {
      ++rows["(did not hurt)"].said[text_at(line, "verdict")];
      continue;
    }
    r.right.add(text_at(line, "right") != "wrong");
    ++r.said[text_at(line, "verdict")];
  }
  for (const Json& line : healthy)
    ++rows[line["learns"].get<bool>() ? "(healthy)" : "(learns little)"]
          .said[text_at(line, "verdict")];
  order.insert(order.end(), {"(did not hurt)", "(healthy)", "(learns little)"});

  std::string text = pad("", kKindWidth), legend;
  for (const std::string& code : all_codes()) {
    text += pad_front(abbreviation(code), kCodeWidth);
    legend += (legend.empty() ? "" : ", ") + abbreviation(code) + " " + code;
  }
  text += pad_front("right", kCountWidth) + "\n";
  for (const std::string& kind : order) {
    const auto found = rows.find(kind);
    if (found == rows.end()) continue;
    const KindRow& r = found->second;
    text += pad(kind, kKindWidth);
    for (const std::string& code : all_codes()) {
      const auto n = r.said.find(code);
      text += pad_front(n == r.said.end() ? "·" : thousands(n->second), kCodeWidth);
    }
    text +=
        r.right.n ? pad_front(thousands(r.right.k) + "/" + thousands(r.right.n), kCountWidth) : "";
    text += "\n";
  }
  return text + wrap(legend, 98) + "\n";
}

}  // namespace

std::string verdict_report(
    const Lines& faults, const Lines& healthy, const std::vector<std::string>& judges) {
  const auto is_hurt = std::ranges::count_if(faults, hurt);
  std::string text = thousands(static_cast<int64_t>(faults.size())) + " runs with a fault, " +
                     thousands(is_hurt) + " hurt by it; " +
                     thousands(static_cast<int64_t>(healthy.size())) +
                     " without. 95 % intervals after Wilson.\n\n";
  text += summary(score_of(faults, healthy, ""), "");
  for (const std::string& judge : judges)
    text += "\n" + summary(score_of(faults, healthy, judge), judge);
  return text +
        "\nHurt runs by fault, and the verdict they got:\n\n" + matrix(faults, healthy);
}

}  // namespace lively::lab
