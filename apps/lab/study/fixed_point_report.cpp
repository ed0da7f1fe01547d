#include "apps/lab/study/fixed_point_report.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

using detail::print;

// "1.2e-35", "0.123", "45": `digits` of them where it is that small or large.
std::string short_number(double v, int digits = 2) {
  const double size = std::abs(v);
  if (size >= 10 && size < 1e4) return print("%.0f", v);
  if (size == 0 || (size >= 0.001 && size < 10)) return print("%.3g", v);
  std::string text = print("%.*e", digits - 1, v);
  const std::size_t from = text.find('e') + 1;  // "+04", "-35": no plus, no zero in front
  const std::string sign = text[from] == '-' ? "-" : "";
  return text.substr(0, from) + sign + text.substr(text.find_first_not_of("+-0", from));
}

std::string estimate_text(const Estimate& e) {
  const std::string mean = short_number(e.mean);
  if (!std::isfinite(e.low)) return mean;
  return mean + " [" + short_number(e.low, 1) + ", " + short_number(e.high, 1) + "]";
}

double tau_of(const FixedPointResult& r) {
  if (r.row.net.standardised) return 1;
  const int64_t w = r.row.net.width;
  return static_cast<double>(w) * weights_of(r.row.net, w).target_variance(Shape{w, w});
}

std::string tau_text(const FixedPointResult& r) {
  if (!r.row.net.narrow || r.row.net.weights != "glorot_normal") return short_number(tau_of(r));
  return "1.6, 0.4";  // 2 in / (in + out) from the wide to the narrow, and back
}

std::string layer_text(const std::optional<int>& layer) {
  return layer ? std::to_string(*layer) : "not";
}

const FixedPointResult* calm_of(const std::vector<FixedPointResult>& results) {
  const auto found = std::ranges::find_if(
      results, [](const FixedPointResult& r) { return r.row.name == "selu+lecun_normal"; });
  return found == results.end() ? nullptr : &*found;
}

bool is_input(const FixedPointResult& r) { return r.row.group == RowGroup::input; }

std::string result_sentence(const FixedPointResult& r) {
  const int last = r.depth();
  const Signal& theory = r.predicted.back();
  const std::string verdict = r.verdict();
  std::string text = r.row.name + ": ";
  if (verdict == "alike") {
    text += message("the signal keeps its size, mean square ", estimate_text(r.square(last)),
        " behind layer ", last, " (theory: ", short_number(theory.square()),
        "), but little of it tells of the input: the variance is ");
  } else {
    text += message("the variance ", verdict.substr(0, 5), ", behind layer ", last, " it is ");
  }
  text += message(estimate_text(r.variance(last)), " (theory: ", short_number(theory.own), ")");
  const Estimate alike = r.alike(last);
  if (alike.mean > 0.5)
    text += message(", and ", percent(alike.mean, 0),
        " % of the square is the same whatever the input (theory: ", percent(theory.alike(), 0),
        " %)");
  return text + ".";
}

// Does theory lie in the interval? It is that of infinitely many units.
std::string agreement(const std::vector<FixedPointResult>& results) {
  int within = 0, with_an_interval = 0;
  double furthest = 1;
  std::string row;
  for (const FixedPointResult& r : results) {
    const Estimate e = r.variance(r.depth());
    const double theory = r.predicted.back().own;
    with_an_interval += std::isfinite(e.low);
    within += e.low <= theory && theory <= e.high;
    const double apart = std::max(e.mean / theory, theory / e.mean);
    if (apart > furthest) furthest = apart, row = r.row.name;
  }
  if (with_an_interval == 0) return "One seed has no interval that theory could lie in.";
  std::string text = message(
      "Theory, which knows infinitely many units alone, lies in the "
      "interval of the variance behind the last layer in ",
      within, " of ", with_an_interval, " rows");
  if (!row.empty())
    text += message("; the furthest is ", row, ", by a factor of ", short_number(furthest));
  return text + ".";
}

}  // namespace

Grid pairing_grid(const std::vector<FixedPointResult>& results) {
  Grid grid{{"row", "τ", "variance [95 %]", "theory", "size", "theory", "alike", ""}, {}};
  for (const FixedPointResult& r : results) {
    if (is_input(r)) continue;
    const int last = r.depth();
    const Signal& theory = r.predicted.back();
    grid.rows.push_back({r.row.name, tau_text(r), estimate_text(r.variance(last)),
        short_number(theory.own), short_number(r.square(last).mean), short_number(theory.square()),
        print("%.2f", r.alike(last).mean), r.verdict()});
  }
  return grid;
}

Grid input_grid(const std::vector<FixedPointResult>& results) {
  const FixedPointResult* calm = calm_of(results);
  Grid grid{{"inputs", "of undisturbed: 1", "10", "last [95 %]", "back by layer", "theory"}, {}};
  for (const FixedPointResult& r : results) {
    if (!is_input(r) || !calm) continue;
    grid.rows.push_back({r.row.name, short_number(r.variance_over(*calm, 1).mean),
        short_number(r.variance_over(*calm, std::min(10, r.depth())).mean),
        estimate_text(r.variance_over(*calm, r.depth())), layer_text(r.back(*calm)),
        layer_text(r.predicted_back(*calm))});
  }
  return grid;
}

Grid layer_grid(const std::vector<FixedPointResult>& results) {
  Grid grid{
      {"row", "width", "layer", "n", "variance", "variance_low", "variance_high", "variance_theory",
          "square", "square_low", "square_high", "square_theory", "mean", "mean_low", "mean_high",
          "mean_theory", "alike", "alike_low", "alike_high", "alike_theory"},
      {}};
  for (const FixedPointResult& r : results)
    for (int layer = 0; layer <= r.depth(); ++layer) {
      const Signal& p = r.predicted[static_cast<std::size_t>(layer)];
      std::vector<std::string> cells{r.row.name, std::to_string(r.row.net.width),
          std::to_string(layer), std::to_string(r.seeds.size())};
      const auto add = [&](const Estimate& e, double predicted) {
        for (const double v : {e.mean, e.low, e.high, predicted})
          cells.push_back(std::isfinite(v) ? print("%.6g", v) : "");
      };
      add(r.variance(layer), p.own);
      add(r.square(layer), p.square());
      add(r.mean(layer), p.mean);
      add(r.alike(layer), p.alike());
      grid.rows.push_back(std::move(cells));
    }
  return grid;
}

std::vector<std::string> theorem_sentences() {
  constexpr int kSteps = 9;  // along each of four axes
  const ScaledElu selu = selu_constants();
  const MapSlope slope = slope_of(selu, {0, 1});
  const Range tenth{-0.1, 0.1};
  const MapImage first = image_of(selu, {tenth, {0.8, 1.5}, tenth, {0.95, 1.1}}, kSteps);
  const MapImage second = image_of(selu, {tenth, {3, 16}, tenth, {0.8, 1.25}}, kSteps);
  const MapImage third = image_of(selu, {tenth, {0.02, 0.16}, tenth, {0.8, 1.25}}, kSteps);
  const MapImage wider = image_of(selu, {tenth, {0.02, 0.24}, tenth, {0.9, 1.25}}, kSteps);
  const bool inside = first.mean.low >= -0.03106 - 5e-6 && first.mean.high <= 0.06773 + 5e-6 &&
                      first.variance.low >= 0.80009 && first.variance.high <= 1.48617;
  return {
      print("The fixed point (0, 1) of the map has the slopes [[%.6f, %.6f], [%.6f, %.6f]] and the "
            "spectral norm %.4f (paper: 0.088834, 0.782648, 0.7877): it attracts.",
          slope.mean_by_mean, slope.mean_by_variance, slope.variance_by_mean,
          slope.variance_by_variance, slope.spectral_norm()),
      print("Theorem 1 on %d points of its ranges: means in [%.5f, %.5f], variances in [%.5f, "
            "%.5f], which lie %s the paper's [-0.03106, 0.06773] and [0.80009, 1.48617]; no slope "
            "there stretches by more than %.3f.",
          first.points, first.mean.low, first.mean.high, first.variance.low, first.variance.high,
          inside ? "within" : "NOT within", first.stretch),
      print("Theorem 2, variances in [3, 16]: one layer multiplies them by %.3f to %.3f: they %s.",
          second.growth.low, second.growth.high,
          second.growth.high < 1 ? "shrink" : "do NOT all shrink"),
      print("Theorem 3: variances in [0.02, 0.16] are multiplied by at least %.3f (tau from 0.8 "
            "on), those in [0.02, 0.24] by at least %.3f (tau from 0.9 on): they %s.",
          third.growth.low, wider.growth.low,
          std::min(third.growth.low, wider.growth.low) > 1 ? "grow" : "do NOT all grow"),
      "Both on means and weight sums in [-0.1, 0.1] and tau up to 1.25, our choice."};
}

std::vector<std::string> row_sentences(const std::vector<FixedPointResult>& results) {
  std::vector<std::string> texts;
  const FixedPointResult* calm = calm_of(results);
  if (calm)
    texts.push_back(message("Of the units that lecun_normal draws, ", percent(calm->in_range()),
        " % lie in Theorem 1's ranges, since a sum of ", calm->row.net.width,
        " independent weights has variance 1 whatever the width; the column \"theory\" is the same "
        "map averaged over that sum."));
  for (const FixedPointResult& r : results) {
    if (!is_input(r)) {
      texts.push_back(result_sentence(r));
    } else if (calm) {
      const std::optional<int> back = r.back(*calm), predicted = r.predicted_back(*calm);
      texts.push_back(message(r.row.name, ": ",
          back ? message("from layer ", *back,
                     " on the variance is within a tenth of that of "
                     "undisturbed inputs")
               : message("the variance is not back within a tenth by layer ", r.depth()),
          " (theory: ", predicted ? message("from layer ", *predicted) : std::string("not"),
          "); at the end ", estimate_text(r.variance_over(*calm, r.depth())), " of it."));
    }
  }
  texts.push_back(agreement(results));
  return texts;
}

std::string fixed_point_charts(const std::vector<FixedPointResult>& results) {
  std::string html;
  const Axes axes{"layer", "variance of a unit over the inputs", false, true};
  const auto draw = [&](const std::string& title, const std::vector<std::string>& names) {
    std::vector<IntervalLine> lines;
    for (const std::string& name : names) {
      const auto r = std::ranges::find_if(
          results, [&](const FixedPointResult& x) { return x.row.name == name; });
      if (r == results.end()) continue;
      IntervalLine measured{name, {}}, theory{name + ", theory", {}, true};
      for (int l = 0; l <= r->depth(); ++l) {
        const Estimate e = r->variance(l);
        const double own = r->predicted[static_cast<std::size_t>(l)].own, at = l;
        measured.points.push_back({at, e.mean, e.low, e.high});
        theory.points.push_back({at, own, own, own});
      }
      lines.push_back(std::move(measured));
      lines.push_back(std::move(theory));
    }
    if (!lines.empty()) html += band_chart(title, axes, lines);
  };
  draw("What holds, what does not",
      {"selu+lecun_normal", "selu+he_normal", "relu+lecun_normal", "relu+he_normal"});
  draw("Slips that look harmless", {"selu+cut_normal", "selu+lecun_normal/biases",
                                       "selu+glorot_normal/narrow", "elu+lecun_normal"});
  draw("Disturbed inputs", {"from:0/16", "from:0/0.02", "from:3/1", "from:0/100"});
  draw("What is dropped", {"alpha_dropout:0.1", "dropout:0.1", "alpha_dropout:0.5", "dropout:0.5"});
  return html;
}

}  // namespace lively::lab
