#include <algorithm>
#include <cmath>

#include "apps/lab/graveyard/puzzles.h"
#include "apps/lab/graveyard/spark.h"
#include "apps/lab/recipe/models.h"
#include "apps/lab/treatment/candidates.h"
#include "apps/lab/whole_run.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr std::size_t kWidth = 60, kLabel = 20, kBar = 20;

// The series that a run tells of itself.
class Course final : public Sink {
 public:
  void on(const Event& event) override {
    if (const auto* s = std::get_if<StepMade>(&event)) {
      gradients.push_back(s->gradient_norm), updates.push_back(s->update_ratio);
      rates.push_back(s->lr);
    } else if (const auto* e = std::get_if<EpochEnded>(&event)) {
      train.push_back(e->train_accuracy), test.push_back(e->test.accuracy);
    }
  }
  bool constant_rate() const {
    return std::ranges::all_of(rates, [&](double rate) { return rate == rates.front(); });
  }
  std::vector<double> gradients, updates, rates, train, test;
};

std::string share_text(double v) { return std::isfinite(v) ? percent(v) + " %" : "not finite"; }

// A label, the chart, and the numbers that it runs between.
template <class Say>
std::string chart(const std::string& label, const std::vector<double>& series, const Say& say) {
  if (series.empty()) return "";
  const auto [low, high] = std::ranges::minmax(series, [](double a, double b) {
    return (std::isfinite(a) ? a : INFINITY) < (std::isfinite(b) ? b : INFINITY);
  });
  return "  " + pad(label, kLabel) + spark(series, kWidth) + "\n  " + std::string(kLabel, ' ') +
         "first " + say(series.front()) + ", last " + say(series.back()) + ", from " + say(low) +
         " to " + say(high) + "\n";
}

std::string layers_text(const std::vector<LayerEvidence>& layers) {
  std::string text =
      "  " + pad("rectifiers", kLabel) + pad("dead at birth", kBar + 8) + "dead at the end\n";
  for (const LayerEvidence& l : layers) {
    const auto one = [&](int64_t dead) {
      return bar(static_cast<double>(dead) / static_cast<double>(l.units), kBar) + " " +
             std::to_string(dead);
    };
    text += "  " + pad(l.name + ", " + thousands(l.units) + " units", kLabel) +
            pad(l.born_dead ? one(*l.born_dead) : "not seen", kBar + 8) + one(l.dead) + "\n";
  }
  return text;
}

std::string line(const std::string& label, const std::string& text) {
  return "  " + pad(label, kLabel) + text + "\n";
}

std::string short_number(double v) { return std::isfinite(v) ? compact(v) : "not finite"; }

double accuracy_of(const Outcome& o) { return o.diverged() ? 0 : o.test.accuracy; }

}  // namespace

std::string evidence_text(const Puzzle& puzzle, const Place& place) {
  const Settings s = sick_recipe(puzzle);
  Course course;
  const Outcome o = run(s, place.data, course);
  const Evidence& e = o.evidence;
  // Its shape without what was typed beside it.
  Settings shown = s;
  shown.dropout = 0;
  std::string text = line("network", network_text(shown, task_of(place.data)) + ", " + s.optimizer);
  text += line("data", place.data.name + ", " + thousands(place.data.train.size()) +
                           " to train on, " + thousands(place.data.test.size()) + " to test on, " +
                           std::to_string(place.data.train.classes()) + " classes");
  text += line("length", thousands(o.steps) + " steps of " + thousands(s.batch_size) +
                             (o.diverged() ? ", then the loss was not finite" : ""));
  text += "\n" + chart("loss", e.losses, short_number);
  text += chart("test accuracy", course.test, share_text);
  text += chart("gradient norm", course.gradients, short_number);
  text += chart("step / weights", course.updates, short_number);
  text += course.constant_rate() ? line("learning rate", short_number(s.lr) + " in every step")
                                 : chart("learning rate", course.rates, short_number);
  text += "\n";
  if (e.label_entropy)
    text += line("guessing", "a loss of " + short_number(*e.label_entropy) + ", " +
                                 share_text(place.majority) + " right");
  if (e.loss && !o.diverged())
    text += line("at the end", "a loss of " + short_number(*e.loss) + " and " +
                                   share_text(e.accuracy.value_or(0)) + " right in evaluation, " +
                                   share_text(o.test.accuracy) + " on the test set");
  if (e.output_deviation && !o.diverged())
    text += line("logits", "differ between samples by " + short_number(*e.output_deviation));
  if (e.fates && e.fates->wrong > 0)
    text += line("wrong samples", thousands(e.fates->frozen) + " of " + thousands(e.fates->wrong) +
                                      " got a gradient of exactly 0 in the last steps");
  int64_t pulled = 0, unmoved = 0;
  for (const MotionEvidence& m : e.motion) pulled += m.pulled, unmoved += m.unmoved;
  if (pulled > 0)
    text += line("weights", thousands(unmoved) + " of " + thousands(pulled) +
                                " that got a gradient did not move by a bit in the last steps");
  if (e.layers && !e.layers->empty()) text += layers_text(*e.layers);
  return text;
}

std::string proof_text(const Puzzle& puzzle, const Place& place) {
  const Settings sick = sick_recipe(puzzle), clean = clean_recipe(puzzle),
                 tempting = tempting_recipe(puzzle);
  Sinks nobody;
  const auto reach = [&](const Settings& s) { return accuracy_of(run(s, place.data, nobody)); };
  const double healed = reach(clean), bar_at = restored_bar(healed, place);
  const auto row = [&](const char* what, const std::string& change, double accuracy) {
    return "  " + pad(what, 11) + pad(accuracy > 0 ? share_text(accuracy) : "diverges", 10) +
           pad(accuracy >= bar_at ? "learns" : "does not learn", 16) + change + "\n";
  };
  return row("as it was", change_text(clean, sick), reach(sick)) +
         row("undone", change_text(sick, clean), healed) +
         row("instead", change_text(sick, tempting), reach(tempting));
}

}  // namespace lively::lab
