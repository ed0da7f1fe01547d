// The claims ledger: what others have said of dying ReLUs, put to the test, each by a rule that
// stands in its entry.
#include <cmath>
#include <cstdio>

#include "apps/lab/cases/progress.h"
#include "apps/lab/study/claims/cases.h"
#include "apps/lab/study/claims/ledger_report.h"
#include "apps/lab/study/options.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/data/atomic_file.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int kQuickSeeds = 4;  // the fewest whose Wilson interval can lie above or below one half
// The rules were written with runs of the seeds 1 to 10 at hand, so that others decide.
constexpr uint64_t kFirstSeed = 101;

uint64_t first_seed(const StudyOptions& o) { return o.quick ? 1 : kFirstSeed; }

std::vector<Claim> wanted(const StudyOptions& o) {
  const std::vector<Claim> all = all_claims();
  std::vector<std::string_view> names;
  for (const Claim& c : all) names.push_back(c.id);
  o.check_only(names);
  std::vector<Claim> some;
  for (const Claim& c : all)
    if (o.only.empty() ? !o.quick || c.quick : o.wants(c.id)) some.push_back(c);
  return some;
}

Ruled ruled(const Claim& claim, const Arms& arms, const Ledger& ledger, int seeds, uint64_t first) {
  const auto lines = [&](const ClaimArm& arm) {
    std::vector<Json> all;
    const std::string type = arms.type(arm);
    for (int i = 0; i < (seeds > 0 ? seeds : claim.seeds); ++i)
      all.push_back(*ledger.find(type, first + static_cast<uint64_t>(i)));
    return all;
  };
  std::vector<Found> found;
  for (const ClaimPart& part : claim.parts)
    found.push_back(decide(part, lines(part.a), part.b ? lines(*part.b) : std::vector<Json>{}));
  return {claim, rule(claim, std::move(found))};
}

int study(const StudyOptions& o, const DataFlags& data) {
  std::vector<Claim> claims = wanted(o);
  const int seeds = o.seeds > 0 ? o.seeds : o.quick ? kQuickSeeds : 0;
  const Arms arms(claims, data);
  const std::vector<Case> cases = arms.cases(claims, seeds, first_seed(o));
  Ledger ledger(o.out + ".jsonl", object({{"study", o.program}, {"lines", 1}}),
      [&](const Json& line) { arms.check_line(line); });
  std::vector<Case> missing;
  for (const Case& c : cases)
    if (!ledger.find(c.type, c.seed)) missing.push_back(c);
  std::printf("%zu claims, %zu cases, %zu of them made before", claims.size(), cases.size(),
      cases.size() - missing.size());
  if (!missing.empty())
    std::printf("; about %.0f min on %d %s",
        std::ceil(arms.seconds(missing) / 60 / cases_at_once()), cases_at_once(),
        cases_at_once() == 1 ? "core" : "cores");
  std::printf("\n\n");
  std::fflush(stdout);
  const auto line = progress_line();
  const Limits limits{.interrupt = o.interrupt,
      .progress = [&](int64_t made, int64_t of) { line("cases", made, of); }};
  const Make make = [&](const Case& c, const std::atomic<bool>& stop) {
    return arms.make(c, stop);
  };
  if (!hand_out(cases, ledger, limits, make)) {
    std::printf("Interrupted; what was made is kept, and the same command goes on.\n");
    return kInterrupted;
  }
  std::vector<Ruled> all;
  for (const Claim& c : claims) all.push_back(ruled(c, arms, ledger, seeds, first_seed(o)));
  const std::string command = o.command() + data.command();
  std::printf("%s", screen_of(all, o.quick).c_str());
  say(tally_of(all, o.quick));
  std::vector<std::string> answers{tally_of(all, o.quick)};
  if (!arms.left_out().empty()) say(arms.left_out()), answers.push_back(arms.left_out());
  write_csv(o.out + ".csv", csv_of(all, o.quick));
  detail::AtomicFile file(o.out + ".md");
  const std::string markdown = markdown_of(all, o.quick);
  file.write(markdown.data(), markdown.size());
  file.commit();
  write_sheet(o.out + ".html", {.title = "The claims ledger",
                                   .answers = answers,
                                   .body = body_of(all, o.quick),
                                   .command = command,
                                   .made = made_here()});
  std::printf("\nTable  %s.csv, %s.md, %s.html   Lines  %s.jsonl\nAgain  %s\n", o.out.c_str(),
      o.out.c_str(), o.out.c_str(), o.out.c_str(), command.c_str());
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  StudyOptions options;
  options.program = "claims";
  DataFlags data;
  Arguments arguments(
      "The claims ledger: what was said of dying ReLUs, each claim by the rule of its entry.\n\n"
      "  claims --quick         four seeds each, two minutes on two cores\n"
      "  claims --only n8,z3    two of them, in full",
      options.program);
  add_study_arguments(arguments, options);
  data.add_to_study(arguments,
      "what the networks are trained on, as for the training programs: pictures, or a table or "
      "arrays, without the claims that need pictures");
  return run_study(argc, argv, arguments, options, [&] { return study(options, data); });
}
