#include "apps/lab/grading/cure_report.h"

#include <algorithm>
#include <map>

#include "apps/lab/cases/fields.h"
#include "apps/lab/cases/tally.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr std::size_t kKindWidth = 18;

std::string kind_of(const Json& line) {
  const auto kinds = line["kinds"].get<std::vector<std::string>>();
  return kinds.size() > 1 ? "(two faults)" : kinds[0];
}

std::string times(double factor) { return compact(factor) + " ×"; }

// "1.4 ×, at worst 9.8 ×".
std::string median_and_worst(std::vector<double> shares) {
  if (shares.empty()) return "–";
  std::ranges::sort(shares);
  return times(shares[shares.size() / 2]) + ", at worst " + times(shares.back());
}

struct CuresOfKind {
  Tally printed, restored, named;
};

}  // namespace

std::string cure_report(const std::vector<Json>& lines) {
  Tally printed, restored, named, honest, few, untreated;
  std::vector<double> time, steps;
  std::map<std::string, CuresOfKind> kinds;
  Tally repaired, finds;
  std::vector<double> repair_time, repair_steps;
  for (const Json& line : lines) {
    if (!line["hurt"].get<bool>()) continue;
    const bool prints = !line["cured"].is_null(), heals = line["restored"].get<bool>(),
               names = line["named"].get<bool>();
    const auto run_seconds = std::max(1e-3, line["run_seconds"].get<double>());
    const auto run_steps = std::max(1.0, line["run_steps"].get<double>());
    printed.add(prints), restored.add(heals), named.add(names);
    untreated.add(!line["treated"].get<bool>());
    if (prints) honest.add(heals);
    if (line["undo"] <= 2) few.add(heals);
    if (line["treated"].get<bool>()) {
      time.push_back(line["seconds"].get<double>() / run_seconds);
      steps.push_back(line["steps"].get<double>() / run_steps);
    }
    CuresOfKind& r = kinds[kind_of(line)];
    r.printed.add(prints), r.restored.add(heals), r.named.add(names);
    if (!line.contains("autotrainer")) continue;
    const Json& said = line["autotrainer"];
    repaired.add(said["restored"].get<bool>());
    finds.add(said["issue"] != "");
    repair_time.push_back(said["seconds"].get<double>() / run_seconds);
    repair_steps.push_back(said["steps"].get<double>() / run_steps);
  }
  std::string text = thousands(static_cast<int64_t>(lines.size())) +
                     " recipes with a fault or two, " + thousands(restored.n) +
                     " hurt. 95 % intervals after Wilson.\n\n";
  text += report_row("restored by the first printed command", restored.text());
  text += report_row("  where undoing one or two flags does it", few.text());
  text += report_row("  where a command was printed", honest.text());
  text += report_row("the fault's own flag in it", named.text());
  text += report_row("not treated: healthy, and not far behind", untreated.text());
  text += report_row("time of the treatment, of the run's own", median_and_worst(time));
  text += report_row("its steps, of the run's own", median_and_worst(steps));
  if (repaired.n > 0) {
    text += report_row("restored by AutoTrainer's repairs", repaired.text());
    text += report_row("  it finds an issue in", finds.text());
    text += report_row("  time of its retrainings", median_and_worst(repair_time));
    text += report_row("  their steps", median_and_worst(repair_steps));
  }
  text += "\n  " + pad("fault", kKindWidth) + pad_front("hurt", 6) + pad_front("printed", 9) +
          pad_front("restored", 10) + pad_front("named", 7) + "\n";
  for (const auto& [kind, r] : kinds)
    text += "  " + pad(kind, kKindWidth) + pad_front(thousands(r.printed.n), 6) +
            pad_front(thousands(r.printed.k), 9) + pad_front(thousands(r.restored.k), 10) +
            pad_front(thousands(r.named.k), 7) + "\n";
  return text;
}

void check_cure(const Json& line, bool autotrainer) {
  if (line["type"] != kCure) fail<ValueError>("needs type, ", kCure);
  need(line, "hurt", Kind::yes_no);
  if (!line["hurt"].get<bool>()) return;
  need(line, "kinds", Kind::texts);
  need(line, "cured", Kind::number_or_none);
  for (const char* field : {"restored", "named", "treated"}) need(line, field, Kind::yes_no);
  for (const char* field : {"run_seconds", "run_steps", "undo", "seconds", "steps"})
    need(line, field, Kind::number);
  if (!autotrainer) return;
  need(line, "autotrainer", Kind::object);
  const Json& said = line["autotrainer"];
  need(said, "restored", Kind::yes_no);
  need(said, "issue", Kind::text);
  for (const char* field : {"seconds", "steps"}) need(said, field, Kind::number);
}

}  // namespace lively::lab
