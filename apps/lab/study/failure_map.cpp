#include "apps/lab/study/failure_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/study/trial_line.h"
#include "apps/lab/whole_run.h"
#include "apps/lab/words/text.h"
#include "lively/nn/linear.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr int64_t kTrained = 10'000, kSeen = 50'000, kSeenQuick = 20'000;
constexpr std::array<std::string_view, 3> kAxes{"scale", "width", "rate"};  // by Against

// How verdicts stand in a cell.
struct Look {
  Verdict verdict;
  char letter;
  int colour;
};
constexpr std::array kLooks{Look{Verdict::healthy, 'H', 0}, Look{Verdict::born_dead, 'B', 1},
    Look{Verdict::died, 'D', 2}, Look{Verdict::vanishing, 'V', 3}, Look{Verdict::exploding, 'E', 4},
    Look{Verdict::slow, 'S', 5}, Look{Verdict::starved_step, 'T', 5},
    Look{Verdict::oscillating, 'O', 6}, Look{Verdict::poisoned, 'P', 6},
    Look{Verdict::wiring, 'W', 6}, Look{Verdict::uninformative_labels, 'L', 6},
    Look{Verdict::frozen_loss, 'F', 6}, Look{Verdict::frozen_optimizer, 'Z', 6},
    Look{Verdict::over_regularised, 'R', 6}, Look{Verdict::unsure, 'U', 7}};

const Look& look_of(Verdict v) { return *std::ranges::find(kLooks, v, &Look::verdict); }

Verdict verdict_of(const std::string& code) {
  for (const Look& look : kLooks)
    if (code == name(look.verdict)) return look.verdict;
  return Verdict::unsure;
}

template <class T>
std::vector<T> with(std::vector<T> values, T own) {
  values.push_back(own);
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

// So that a command shows 0.1 and not 0.10000000000000001.
double three_digits(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return std::strtod(text, nullptr);
}

std::vector<double> ladder(Against against, const Settings& recipe, bool quick) {
  if (against == Against::width)
    return with(quick ? std::vector<double>{2, 4, 8, 16, 32, 64, 128}
                      : std::vector<double>{2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256},
        static_cast<double>(recipe.width));
  const int reach = quick ? 3 : 4;
  const double own = against == Against::rate ? recipe.lr : 1;
  const double step = against == Against::rate ? (quick ? 10 : std::sqrt(10)) : 2;
  std::vector<double> values;
  for (int i = -reach; i <= reach; ++i) {
    const double v = own * std::pow(step, i);
    values.push_back(i == 0 ? own : three_digits(v));
  }
  return values;
}

}  // namespace

Against parse_against(const std::string& text) {
  const auto found = std::ranges::find(kAxes, text);
  if (found == kAxes.end()) fail_unknown(text, "axis", kAxes);
  return static_cast<Against>(found - kAxes.begin());
}

std::string text_of(Against against) {
  return std::string(kAxes[static_cast<std::size_t>(against)]);
}

FailureMap::FailureMap(
    const Settings& recipe, const DataSplits& data, Against against, bool quick, int seeds)
    : recipe_(without_files(recipe)),
      data_(data),
      against_(against),
      seeds_(seeds > 0 ? seeds
             : quick   ? 1
                       : 3) {
  if (recipe.architecture != Architecture::mlp)
    fail<ValueError>("--map ", program_name(recipe.architecture), ": takes flags of mnist_mlp");
  data_.train = data.train.first(kTrained);
  recipe_.quick = true;
  recipe_.epochs = std::clamp((quick ? kSeenQuick : kSeen) / data_.train.size(), int64_t{1},
      std::max<int64_t>(recipe.epochs, 1));
  check(recipe_);
  check_fits(recipe_, data);
  depths_ = with(quick ? std::vector<int>{1, 2, 5, 10, 20, 30}
                       : std::vector<int>{1, 2, 3, 5, 8, 12, 16, 20, 30, 40},
      recipe.depth);
  values_ = ladder(against, recipe, quick);
  for (std::size_t row = 0; row < values_.size(); ++row)
    for (std::size_t column = 0; column < depths_.size(); ++column) {
      Cell cell{.recipe = recipe_, .factor = 1, .type = {}, .column = column, .row = row};
      const double v = values_[row];
      cell.recipe.depth = depths_[column];
      if (against == Against::width) cell.recipe.width = static_cast<int64_t>(v);
      if (against == Against::rate) cell.recipe.lr = v;
      if (against == Against::scale) cell.factor = v;
      cell.type = trial_type(cell.recipe, data_);
      if (cell.factor != 1) cell.type += ", weights x " + value_text(cell.factor);
      const bool own = cell.recipe.width == recipe_.width && cell.recipe.lr == recipe_.lr &&
                       cell.recipe.depth == recipe_.depth && cell.factor == 1;
      if (own) here_ = cells_.size();
      cells_.push_back(std::move(cell));
    }
}

std::vector<Case> FailureMap::cases() const {
  std::vector<Case> all;
  for (int i = 0; i < seeds_; ++i)
    for (const Cell& cell : cells_)
      all.push_back({cell.type, recipe_.seed + static_cast<uint64_t>(i)});
  return all;
}

std::optional<Json> FailureMap::make(const Case& c, const std::atomic<bool>& stop) const {
  const Cell& cell = *std::ranges::find(cells_, c.type, &Cell::type);
  Settings s = cell.recipe;
  s.seed = c.seed;
  const auto model = build_model(s, task_of(data_));
  if (cell.factor != 1)
    for (const auto& [path, module] : model->named_modules())
      if (WeightedLayer* layer = module->as_weighted()) {
        Tensor& w = layer->weight.mutable_data();
        w.copy_from(mul(w, Tensor::scalar(cell.factor)));
      }
  Sinks nobody;
  const Outcome o = run(*model, s, data_, nobody, {.interrupt = &stop});
  if (o.interrupted) return {};
  return object({{"verdict", name(o.diagnosis.verdict)},
      {"accuracy", o.diverged() ? 0 : o.test.accuracy}, {"seconds", o.seconds}});
}

double FailureMap::seconds(const std::string& type) const {
  const Settings& s = std::ranges::find(cells_, type, &Cell::type)->recipe;
  const auto width = static_cast<double>(s.width),
             inputs = static_cast<double>(data_.train.sample_shape().numel()),
             samples = static_cast<double>(std::min(data_.train.size(), kTrained) * s.epochs);
  const double weights = width * (inputs + width * s.depth);
  // 1.5e10 operations a second, and 60 microseconds a layer and step, censuses and probes among
  // them, as measured on an EPYC.
  return 6 * weights * samples / 1.5e10 +
         samples / static_cast<double>(s.batch_size) * s.depth * 60e-6;
}

std::string FailureMap::value_text(double v) const {
  if (against_ != Against::scale) return number(v);
  return v < 1 ? "1/" + number(std::round(1 / v)) : number(v);
}

std::string FailureMap::change_text(const Cell& cell) const {
  std::string text;
  if (cell.recipe.depth != recipe_.depth) text += "--depth " + std::to_string(cell.recipe.depth);
  if (cell.row == cells_[here_].row) return text;
  const char* flag = against_ == Against::width ? "--width " : "--lr ";
  if (!text.empty()) text += against_ == Against::scale ? " and " : " ";
  if (against_ != Against::scale) return text + flag + value_text(values_[cell.row]);
  return text + "first weights times " + value_text(cell.factor);
}

std::optional<FailureMap::Seen> FailureMap::seen(const Cell& cell, const Ledger& ledger) const {
  std::map<Verdict, int64_t> counts;
  Seen s;
  for (int i = 0; i < seeds_; ++i)
    if (const Json* line = ledger.find(cell.type, recipe_.seed + static_cast<uint64_t>(i))) {
      ++counts[verdict_of(line->at("verdict").get<std::string>())];
      s.accuracy += line->at("accuracy").get<double>();
      ++s.seeds;
    }
  if (s.seeds == 0) return {};
  s.accuracy /= static_cast<double>(s.seeds);
  for (const auto& [verdict, n] : counts)  // in order of precedence
    if (n > s.of_them) s.verdict = verdict, s.of_them = n;
  return s;
}

const FailureMap::Cell* FailureMap::nearest_cure(
    const std::vector<std::optional<Seen>>& all) const {
  const Cell* best = nullptr;
  double least = 1e9;
  const Cell& from = cells_[here_];
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const auto& s = all[i];
    if (!s || s->verdict != Verdict::healthy || s->of_them != s->seeds) continue;
    const double aside = std::abs(
                     static_cast<double>(cells_[i].column) - static_cast<double>(from.column)),
                 up = std::abs(static_cast<double>(cells_[i].row) - static_cast<double>(from.row));
    // Of those equally far, what leaves the depth as it is.
    const double far = std::hypot(aside, up) + 1e-3 * aside;
    if (far < least) least = far, best = &cells_[i];
  }
  return best;
}

Section FailureMap::section(const Ledger& ledger) const {
  Section s;
  std::vector<std::optional<Seen>> all;
  for (const Cell& cell : cells_) all.push_back(seen(cell, ledger));
  const Cell& here = cells_[here_];
  const Seen own = all[here_].value_or(Seen{});
  const bool healthy = own.verdict == Verdict::healthy && own.of_them == own.seeds;
  const Cell* cure = healthy ? nullptr : nearest_cure(all);

  std::vector<std::string> columns, rows;
  for (const int d : depths_) columns.push_back(std::to_string(d));
  for (const double v : values_) rows.push_back(value_text(v));
  const char* what = against_ == Against::scale   ? "weights x"
                     : against_ == Against::width ? "--width"
                                                  : "--lr";
  s.screen.head = {what};
  for (const std::string& c : columns) s.screen.head.push_back(c + " ");
  for (std::size_t r = rows.size(); r-- > 0;) {
    s.screen.rows.push_back({rows[r]});
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const Cell& cell = at(c, r);
      const auto& seen_here = all[r * columns.size() + c];
      const std::string letter(1, seen_here ? look_of(seen_here->verdict).letter : '?');
      s.screen.rows.back().push_back(&cell == &here  ? "[" + letter + "]"
                                     : &cell == cure ? "(" + letter + ")"
                                                     : letter + " ");
    }
  }

  std::vector<Region> regions;
  std::vector<MapCell> map(cells_.size());
  std::string letters;
  for (const Look& look : kLooks)
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (!all[i] || all[i]->verdict != look.verdict) continue;
      const std::string in_words = spoken(name(look.verdict));
      if (regions.empty() || regions.back().letter != look.letter) {
        regions.push_back({in_words, look.letter, look.colour});
        letters += std::string(1, look.letter) + " " + in_words + ", ";
      }
      map[i].region = static_cast<int>(regions.size()) - 1;
      map[i].text = std::to_string(all[i]->of_them) + " of " + std::to_string(all[i]->seeds) +
                    (all[i]->seeds == 1 ? " seed, " : " seeds, ") + percent(all[i]->accuracy) +
                    " % accuracy";
    }
  const Axes axes{.x = "hidden layers (--depth)",
      .y = against_ == Against::scale ? "first weights, times what the initialiser draws" : what};
  const auto place = [](const Cell& c) { return MapPlace{c.column, c.row}; };
  s.charts = region_map("What becomes of the network, and of those around it", axes, columns, rows,
      map, regions, place(here), cure ? std::optional(place(*cure)) : std::nullopt);
  s.legend = letters + "[ ] the recipe, " + (cure ? "( ) the nearest cell that is healthy; " : "") +
             "across: --depth; each cell is " + std::to_string(seeds_) +
             (seeds_ == 1 ? " run of " : " runs of ") + std::to_string(recipe_.epochs) +
             (recipe_.epochs == 1 ? " epoch on " : " epochs on ") +
             thousands(std::min(data_.train.size(), kTrained)) + " samples of " + data_.name + ".";

  const auto runs = [](const Seen& seen) {
    return std::to_string(seen.of_them) + " of " + std::to_string(seen.seeds) +
           (seen.seeds == 1 ? " seed" : " seeds") + ", mean accuracy " + percent(seen.accuracy) +
           " %";
  };
  s.summary.push_back(
      std::string("The recipe: ") + spoken(name(own.verdict)) + " (" + runs(own) + ").");
  if (cure) {
    const Seen& better = *all[static_cast<std::size_t>(cure - cells_.data())];
    s.summary.push_back("The nearest cell that is healthy: " + change_text(*cure) + " (" +
                        runs(better) + ")." +
                        (cure->factor == 1 ? " " + command_of(cure->recipe) : ""));
  } else if (!healthy) {
    s.summary.push_back("No cell of this map is healthy on all its seeds.");
  }

  s.csv.head = {"depth", what, "verdict", "of_them", "seeds", "accuracy", "recipe"};
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (all[i])
      s.csv.rows.push_back({std::to_string(cells_[i].recipe.depth), number(values_[cells_[i].row]),
          name(all[i]->verdict), std::to_string(all[i]->of_them), std::to_string(all[i]->seeds),
          percent(all[i]->accuracy, 2),
          &cells_[i] == &here  ? "here"
          : &cells_[i] == cure ? "nearest cure"
                               : ""});
  return s;
}

}  // namespace lively::lab
