#include "apps/lab/study/claims/ledger_report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

std::string verdict_of(const Ruled& r, bool quick) {
  const std::string text = verdict_text(r.claim, r.ruling);
  return quick && r.ruling.standing != Standing::cannot ? "quick form: " + text : text;
}

const char* word(Answer a) { return a == Answer::yes ? "yes" : a == Answer::no ? "no" : "open"; }

int64_t fewest(const Ruling& r) {
  int64_t n = r.parts.empty() ? 0 : r.parts.front().cases;
  for (const Found& f : r.parts) n = std::min(n, f.cases);
  return n;
}

// "U(−1, 1): yes, +12.3 points [+10.1, +14.5], n = 10, p = 0.002"
std::string part_text(const ClaimPart& part, const Found& f) {
  return part.condition + ": " + word(f.answer) + ", " + found_text(part, f);
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string csv_number(double v) {
  if (!std::isfinite(v)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

constexpr std::size_t kFewDots = 8;  // less is read off the tables

// Everything that was asked as a difference of shares, in one picture.
std::string effects(const std::vector<Ruled>& ruled) {
  std::vector<Dot> dots;
  double x = 0;
  for (const Ruled& r : ruled) {
    ++x;
    for (std::size_t i = 0; i < r.ruling.parts.size(); ++i) {
      const ClaimPart& part = r.claim.parts[i];
      const Found& f = r.ruling.parts[i];
      if (!part.b || !part.measure.share) continue;
      dots.push_back({.name = r.claim.id,
          .x = x,
          .y = f.size.mean,
          .low = f.size.low,
          .high = f.size.high,
          .group = f.answer == Answer::yes  ? "the part holds"
                   : f.answer == Answer::no ? "it does not"
                                            : "open",
          .more = part.condition + "; " + rule_text(part)});
    }
  }
  if (dots.size() < kFewDots) return "";
  return scatter_chart("Every comparison: one arm less the other, with its interval",
      {.x = "claim, in the order below", .y = "difference", .percent = true}, dots);
}

// Of a claim whose parts ask one measure of arms at several rates: a line each for the optimizers.
std::string rates(const std::vector<Ruled>& ruled) {
  std::vector<IntervalLine> lines;
  for (const Ruled& r : ruled) {
    if (r.claim.id != "x1") continue;
    for (std::size_t i = 0; i < r.ruling.parts.size(); ++i) {
      const std::string& name = r.claim.parts[i].a.name;  // "Adam, lr 0.01"
      const std::size_t comma = name.find(',');
      const Estimate& e = r.ruling.parts[i].size;
      if (lines.empty() || lines.back().name != name.substr(0, comma))
        lines.push_back({name.substr(0, comma), {}});
      lines.back().points.push_back(
          {std::stod(name.substr(name.rfind(' '))), e.mean, e.low, e.high});
    }
  }
  return interval_chart("x1: dead units at the end, by the learning rate",
      {.x = "learning rate", .y = "dead units", .log_x = true, .percent = true}, lines);
}

}  // namespace

std::string screen_of(const std::vector<Ruled>& ruled, bool quick) {
  const std::size_t wide = screen_width();
  std::string text;
  for (const Ruled& r : ruled) {
    text += wrap(r.claim.id + "  " + r.claim.sentence, wide, "     ").substr(5) + "\n" +
            wrap(bold(verdict_of(r, quick)), wide, "     ") + "\n";
    for (std::size_t i = 0; i < r.ruling.parts.size(); ++i)
      text += wrap("- " + part_text(r.claim.parts[i], r.ruling.parts[i]), wide, "     ") + "\n";
    text += "\n";
  }
  return text;
}

Grid csv_of(const std::vector<Ruled>& ruled, bool quick) {
  Grid grid{{"claim", "source", "sentence", "verdict", "part", "rule", "answer", "n", "size", "low",
                "high", "p", "diverged", "diverged_b"},
      {}};
  for (const Ruled& r : ruled) {
    const std::vector<std::string> head{
        r.claim.id, r.claim.source, r.claim.sentence, verdict_of(r, quick)};
    if (r.ruling.parts.empty()) {
      grid.rows.push_back(head);
      grid.rows.back().resize(grid.head.size());
    }
    for (std::size_t i = 0; i < r.ruling.parts.size(); ++i) {
      const ClaimPart& part = r.claim.parts[i];
      const Found& f = r.ruling.parts[i];
      std::vector<std::string> row = head;
      for (const std::string& text : {part.condition, rule_text(part), std::string(word(f.answer)),
               std::to_string(f.size.n), csv_number(f.size.mean), csv_number(f.size.low),
               csv_number(f.size.high), csv_number(f.p), std::to_string(f.diverged),
               part.b ? std::to_string(f.diverged_b) : ""})
        row.push_back(text);
      grid.rows.push_back(std::move(row));
    }
  }
  return grid;
}

std::string markdown_of(const std::vector<Ruled>& ruled, bool quick) {
  std::string text =
      "| | source | claim | decided by | seeds | result [95 % interval] | verdict |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Ruled& r : ruled) {
    std::string result;
    for (std::size_t i = 0; i < r.ruling.parts.size(); ++i)
      result += (i ? "<br>" : "") + part_text(r.claim.parts[i], r.ruling.parts[i]);
    text += "| " + r.claim.id + " | " + cell(r.claim.source) + " | " + cell(r.claim.sentence) +
            " | " + cell(r.claim.meaning) + " | " +
            (r.ruling.parts.empty() ? "–" : std::to_string(fewest(r.ruling))) + " | " +
            cell(result) + " | " + cell(verdict_of(r, quick)) + " |\n";
  }
  return text;
}

std::string tally_of(const std::vector<Ruled>& ruled, bool quick) {
  constexpr std::array<const char*, 5> kWords{
      "supported", "not supported", "dependent on more", "undecided", "not tested here"};
  std::array<int, 5> of{};
  for (const Ruled& r : ruled) ++of[static_cast<std::size_t>(r.ruling.standing)];
  std::string text;
  for (std::size_t i = 0; i < of.size(); ++i)
    if (of[i] > 0) text += (text.empty() ? "" : ", ") + std::to_string(of[i]) + " " + kWords[i];
  return "Of " + std::to_string(ruled.size()) + " claims" + (quick ? " in the quick form" : "") +
         ": " + text + ".";
}

std::string body_of(const std::vector<Ruled>& ruled, bool quick) {
  std::string html = effects(ruled) + rates(ruled) + heading("Claim by claim");
  for (const Ruled& r : ruled) {
    html += "<div class=\"card\"><h3>" + escaped(r.claim.id + ": " + verdict_of(r, quick)) +
            "</h3>" + paragraph("“" + r.claim.sentence + "” (" + r.claim.source + ")") +
            paragraph(r.claim.meaning, "muted");
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < r.ruling.parts.size(); ++i)
      rows.push_back({r.claim.parts[i].condition, rule_text(r.claim.parts[i]),
          word(r.ruling.parts[i].answer), found_text(r.claim.parts[i], r.ruling.parts[i])});
    if (!rows.empty())
      html += "<div class=\"words\">" +
              table({"part", "rule", "holds", "found [95 % interval]"}, rows) + "</div>";
    html += "</div>";
  }
  return html;
}

}  // namespace lively::lab
