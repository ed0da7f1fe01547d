#include "apps/lab/grading/verdict_report.h"

#include <algorithm>
#include <array>
#include <map>

#include "apps/lab/grading/faults.h"
#include "apps/lab/trials/tally.h"
#include "apps/lab/words/text.h"
#include "lively/nn/liveness/verdicts.h"

namespace lively::lab {
namespace {

using Lines = std::vector<Json>;

constexpr std::size_t kKindWidth = 17, kCodeWidth = 5, kCountWidth = 6, kRivalWidth = 19,
                      kCellWidth = 20;

bool hurt(const Json& line) { return line["hurt"].get<bool>(); }
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

std::string row(const std::string& what, const std::string& value) {
  return "  " + pad(what, 44) + value + "\n";
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
  std::string text = row("right, of hurt runs", s.right.text());
  text += row("  by the mechanism that was put in", s.mechanism.text());
  text += row("  right when a fault is named", s.sure.text());
  for (int i = 0; i < kStrengths; ++i)
    text += row(std::string("  right, ") + name(static_cast<Strength>(i)) + " faults",
        s.by_strength[static_cast<std::size_t>(i)].text());
  text += row("unsure, of hurt runs", s.silent.text());
  text += row("a fault named where it did not hurt", s.weak_alarms.text());
  text += row("false alarms, of healthy runs", s.false_alarms.text());
  return text + row("unsure, of healthy runs", s.unsure_of_healthy.text());
}

// "41.7 [19.3, 68.0]".
std::string cell(const Tally& t) {
  std::string text = t.text();
  text.erase(text.find(" %"), 2);
  return pad_front(text.substr(text.find(',') + 2), kCellWidth);
}

bool has(const Lines& faults, const Lines& healthy, const char* key) {
  const Lines& any = faults.empty() ? healthy : faults;
  return !any.empty() && any[0].contains(key);
}

// A line each, the verdicts first.
std::string beside(const Lines& faults, const Lines& healthy) {
  if (!has(faults, healthy, "rivals")) return "";
  std::string text = "\n" + pad("%", kRivalWidth) + pad_front("right, of hurt", kCellWidth) +
                     pad_front("if it speaks", kCellWidth) +
                     pad_front("alarms, unhurt", kCellWidth) +
                     pad_front("alarms, healthy", kCellWidth) + "\n";
  std::vector<std::string> names{kVerdict};
  for (const auto& said : (faults.empty() ? healthy : faults)[0]["rivals"].items())
    names.push_back(said.key());
  for (const std::string& rival : names) {
    const Score s = score_of(faults, healthy, rival);
    text += pad(rival.empty() ? "verdicts" : rival, kRivalWidth) + cell(s.right) + cell(s.sure) +
            cell(s.weak_alarms) + cell(s.false_alarms) + "\n";
  }
  return text;
}

struct KindRow {
  Tally right;
  std::map<std::string, int64_t> said;
};

// Of the verdicts, or of those after the treatment.
std::string matrix(const Lines& faults, const Lines& healthy, const std::string& whose) {
  std::map<std::string, KindRow> rows;
  std::vector<std::string> order;
  for (const FaultKind& kind : fault_kinds()) order.emplace_back(kind.name);
  const auto at = [&](const Json& line) { return whose == kTreated ? line[kTreated] : line; };
  for (const Json& line : faults) {
    KindRow& r = rows[hurt(line) ? text_at(line, "kind") : "(did not hurt)"];
    ++r.said[text_at(at(line), "verdict")];
    if (hurt(line)) r.right.add(text_at(at(line), "right") != "wrong");
  }
  for (const Json& line : healthy)
    ++rows[line["learns"].get<bool>() ? "(healthy)" : "(learns little)"]
          .said[text_at(at(line), "verdict")];
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

}  // namespace lively::lab
