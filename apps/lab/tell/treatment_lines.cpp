#include "apps/lab/tell/treatment_lines.h"

#include <algorithm>
#include <cstdio>

#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr std::size_t kTriedShown = 8;

// "79 steps on 10,000 samples"
std::string length_of(const Tried& t) {
  return thousands(t.steps) + " steps on " + thousands(t.train) + " samples";
}

// What cures is the truth.
void correct(const Treated& t) {
  if (!t.verdict || *t.verdict == t.run_verdict) return;
  say(bold("Verdict: ") + coloured(name(*t.verdict), colour_of(*t.verdict)) + ", " +
          (t.cure ? "by what cured it" : "since no change is needed") +
          "; the evidence alone said " + name(t.run_verdict) + ".",
      "  ");
}

}  // namespace

void say_treatment(const Treated& t) {
  std::printf("\n");
  if (t.cure) {
    say(bold(t.run_learned ? "Learns more, tried: " : "Cure, tried: ") + t.cure->change + " → " +
        percent(t.cure->accuracy) + " % (" + length_of(*t.cure) +
        (t.whole_run      ? ", as this run; "
            : t.confirmed ? "; "
                          : ", with no time for more; ") +
        "this run: " + (t.run_diverged ? "diverged" : percent(t.run_accuracy) + " %") + ").");
    say_command(t.command);
    if (!t.why.empty()) say(t.why, "  ");
    if (t.nearest)
      say("The nearest value that works: " + t.nearest->change + " → " +
              percent(t.nearest->accuracy) + " % (" + length_of(*t.nearest) + ").",
          "  ");
    correct(t);
    return;
  }
  say(t.none);
  correct(t);
  std::vector<Tried> best = t.tried;
  std::erase_if(best, [](const Tried& one) { return one.change.empty(); });
  std::ranges::stable_sort(best, std::greater{}, &Tried::accuracy);
  if (best.size() > kTriedShown) best.resize(kTriedShown);
  for (const Tried& one : best)
    say_row("  " + pad(one.change, 44) +
            (one.diverged ? "diverged" : pad_front(percent(one.accuracy), 5) + " %") + "   " +
            length_of(one));
}

}  // namespace lively::lab
