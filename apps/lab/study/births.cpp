#include "apps/lab/study/births.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/lab/page/study_charts.h"
#include "apps/lab/study/birth_bounds.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr double kRoot3 = 1.7320508075688772;  // of the paper's regressions
constexpr int64_t kFirstLook = 32;             // pictures that most living networks are seen on

BirthRow on_line(int layers, int64_t width, BirthLaw law, double paper, bool off_a_curve = true) {
  return {.shape = {.layers = layers, .width = width},
      .law = law,
      .reach = has_biases(law) ? kRoot3 : 0,
      .paper = paper,
      .off_a_curve = off_a_curve};
}

// "0.01", "1.73", "1,000".
std::string reach_text(double reach) {
  if (reach >= 100) return thousands(std::llround(reach));
  char text[16];
  std::snprintf(text, sizeof text, "%.*f", reach < 1 ? 2 : 3, reach);
  return text;
}

std::string ratio(double r) {
  char text[16];
  std::snprintf(text, sizeof text, r < 10 ? "%.1f" : "%.0f", r);
  return text;
}

}  // namespace

std::string BirthRow::name() const {
  return std::to_string(shape.layers) + "x" + std::to_string(shape.width) +
         (pictures               ? "-pictures"
             : shape.inputs == 2 ? "-plane"
                                 : "");
}

const std::vector<BirthRow>& birth_rows() {
  using enum BirthLaw;
  const double none = std::numeric_limits<double>::quiet_NaN();
  // Of constant biases figure 4 has between 0.55 and 0.57 at width 2; orthogonal weights lie within
  // a point of He there.
  static const std::vector<BirthRow> rows{
      on_line(10, 2, he, 0.88),
      on_line(10, 2, rai, 0.22),
      on_line(10, 2, he_bias_10, 0.56),
      on_line(10, 2, he_bias_100, 0.56),
      on_line(10, 2, orthogonal, 0.88),
      on_line(10, 3, he, 0.58),
      on_line(10, 3, rai, 0.05),
      on_line(10, 3, he_bias_10, none),
      on_line(10, 3, he_bias_100, none),
      on_line(10, 3, orthogonal, 0.58),
      on_line(10, 4, he, 0.29),
      on_line(10, 4, rai, 0.01),
      on_line(10, 4, he_bias_10, none),
      on_line(10, 4, he_bias_100, none),
      on_line(10, 4, orthogonal, 0.29),
      on_line(10, 5, he, 0.13),
      on_line(10, 5, rai, 0.00),
      on_line(10, 5, he_bias_10, none),
      on_line(10, 5, he_bias_100, none),
      on_line(10, 5, orthogonal, 0.13),
      on_line(10, 10, he, none),
      on_line(20, 2, he, none),
      on_line(20, 2, rai, 0.52),
      on_line(20, 3, he, none),
      on_line(20, 3, rai, 0.15),
      on_line(20, 4, he, none),
      on_line(20, 4, rai, none),
      {.shape = {.layers = 20, .width = 4}, .law = rai, .reach = 0.01},
      {.shape = {.layers = 20, .width = 4}, .law = rai, .reach = 1000},
      {.shape = {.layers = 20, .width = 4, .inputs = 2}, .law = he, .reach = kRoot3, .paper = 0.63},
      {.shape = {.layers = 20, .width = 4, .inputs = 2},
          .law = rai,
          .reach = kRoot3,
          .paper = 0.037},
      on_line(20, 5, he, none),
      on_line(20, 5, rai, 0.01),
      on_line(50, 10, he, none),
      on_line(50, 10, rai, none),
      // --depth 10 --width 4 of a recipe, whose depth does not count the output.
      {.shape = {.layers = 11, .width = 4}, .law = he, .rough = {16, 40}},
      {.shape = {.layers = 11, .width = 4}, .law = rai, .reach = kRoot3, .rough = {4, 40}},
      {.shape = {.layers = 11, .width = 4}, .law = he, .pictures = true, .rough = {16, 40}},
      {.shape = {.layers = 11, .width = 4}, .law = rai, .pictures = true, .rough = {4, 40}},
  };
  return rows;
}

Births::Births(const std::vector<std::string>& only, Tensor pictures, std::string pictures_name)
    : pictures_(std::move(pictures)), pictures_name_(std::move(pictures_name)) {
  for (BirthRow row : birth_rows()) {
    if (!only.empty() && std::ranges::find(only, row.name()) == only.end()) continue;
    if (row.pictures) row.shape.inputs = pictures_.size(1);
    rows_.push_back(row);
  }
}

std::string Births::type_of(const BirthRow& row) const {
  std::string type = row.name() + " " + name_of(row.law);
  if (row.pictures) return type + " " + pictures_name_;
  return row.reach > 0 ? type + " " + reach_text(row.reach) : type;
}

const BirthRow* Births::find(const std::string& type) const {
  for (const BirthRow& row : rows_)
    if (type_of(row) == type) return &row;
  return nullptr;
}

std::vector<Case> Births::cases(int64_t nets) const {
  std::vector<Case> all;
  for (const BirthRow& row : rows_)
    for (int64_t i = 0; i * kNetsACase < nets; ++i)
      all.push_back({type_of(row), static_cast<uint64_t>(i)});
  return all;
}

std::optional<Json> Births::make(const Case& c, const std::atomic<bool>& stop) const {
  const BirthRow& row = *find(c.type);
  // Whoever lives on a few of the inputs lives on all of them. Without biases the network on one
  // input is a positive multiple of what it is on 1 or on -1, so that these two are all inputs.
  Tensor few, all;
  if (row.pictures) {
    few = pictures_.slice(0, 0, kFirstLook), all = pictures_;
  } else if (row.reach == 0) {
    few = lattice(1, 1, 2);
  } else {
    const bool line = row.shape.inputs == 1;
    few = lattice(row.shape.inputs, row.reach, line ? 33 : 9);
    all = lattice(row.shape.inputs, row.reach, line ? 4097 : 65);
  }
  const auto net = narrow_net(row.shape);
  int64_t dead = 0;
  for (int64_t i = 0; i < kNetsACase; ++i) {
    if (stop) return {};
    draw(*net, row.law, Seed{c.seed * kNetsACase + static_cast<uint64_t>(i)});
    dead += has_dead_layer(*net, few) && (!all || has_dead_layer(*net, all));
  }
  return object({{"nets", kNetsACase}, {"born_dead", dead}});
}

void Births::check_line(const Json& line) const {
  const auto dead = line.at("born_dead").get<int64_t>();
  if (dead < 0 || dead > line.at("nets").get<int64_t>())
    fail<ValueError>("needs born_dead, from 0 to nets");
}

double Births::seconds(const std::string& type) const {
  const BirthRow* row = find(type);
  if (!row) return 0;
  // By share that needs a look at all inputs, and what a layer costs there, as measured on an EPYC.
  const double layers = row->shape.layers, nets = static_cast<double>(kNetsACase);
  const double thorough =
      row->law == BirthLaw::rai ? 0.1 : lu_upper(row->shape.layers, row->shape.width);
  const double whole = row->pictures ? 1e-3 : row->reach > 0 ? layers * 40e-6 : 0;
  return nets * (layers * 1.5e-6 + thorough * whole);
}

Tally Births::tally(const BirthRow& row, const Ledger& ledger, int64_t nets) const {
  Tally t;
  for (int64_t i = 0; i * kNetsACase < nets; ++i)
    if (const Json* line = ledger.find(type_of(row), static_cast<uint64_t>(i)))
      t.k += line->at("born_dead").get<int64_t>(), t.n += line->at("nets").get<int64_t>();
  return t;
}

// Share against width, of inputs on a line; nothing where there is but one width.
std::string Births::chart(const std::string& title, int layers, const std::vector<BirthLaw>& laws,
    const Ledger& ledger, int64_t nets) const {
  const double none = std::numeric_limits<double>::quiet_NaN();
  IntervalLine t2{"upper bound (T2)", {}, true}, t3{"lower bound, He (T3)", {}, true};
  std::vector<IntervalLine> lines;
  std::size_t most = 0;
  for (const BirthLaw law : laws) {
    IntervalLine here{name_of(law), {}}, paper{name_of(law) + ", Lu et al. (by eye)", {}, true};
    for (const BirthRow& row : rows_) {
      const bool usual = row.reach == 0 || row.reach == kRoot3;
      if (row.law != law || row.shape.layers != layers || row.shape.inputs != 1 || !usual) continue;
      const Tally t = tally(row, ledger, nets);
      const auto width = static_cast<double>(row.shape.width);
      here.points.push_back({width, t.share(), t.interval().low, t.interval().high});
      if (std::isfinite(row.paper)) paper.points.push_back({width, row.paper, none, none});
      if (law == BirthLaw::he) {
        t2.points.push_back({width, lu_upper(layers, row.shape.width), none, none});
        t3.points.push_back({width, lu_lower(layers, row.shape.width), none, none});
      }
    }
    most = std::max(most, here.points.size());
    if (!here.points.empty()) lines.push_back(std::move(here));
    if (paper.points.size() > 1) lines.push_back(std::move(paper));
  }
  if (most < 2) return "";
  lines.push_back(std::move(t2)), lines.push_back(std::move(t3));
  return interval_chart(title + ", of networks with " + std::to_string(layers) + " layers",
      {.x = "width", .y = "born dead", .percent = true}, lines);
}

Section Births::section(const Ledger& ledger, int64_t nets) const {
  Section s;
  s.csv.head = kShareColumns;
  s.screen.head = {
      "L x N", "inputs", "init", "nets", "dead %", "95 %", "sure", "T3", "T2", "Lu", ""};
  s.legend =
      "Networks of L layers, the output among them, N wide, that are born dead: on every input "
      "some "
      "hidden layer is all 0. Of nets, with the 95 % interval after Wilson. sure, T3: lower "
      "bounds, "
      "T2: upper bound, in %: T3 and T2 are theorems of Lu et al. 2019; sure is derived here, of "
      "networks with a layer whose weights are all below 0. Lu: their share, ~ read off figure 4. "
      "line: inputs on both sides of 0, h: in [-h, h], on which RAI hangs for its biases. He is "
      "N(0, 2/fan_in), not cut; b: all biases. Orthogonal weights turn a vector anywhere, so T2 "
      "holds "
      "for them too; for constant biases nothing is known. The networks of all rows are drawn from "
      "the same seeds.";
  std::size_t outside = 0, judged = 0;
  for (const BirthRow& row : rows_) {
    const int layers = row.shape.layers;
    const int64_t width = row.shape.width;
    const bool he = row.law == BirthLaw::he, line = row.shape.inputs == 1,
               bounded = !has_biases(row.law) || row.law == BirthLaw::rai;
    const Tally t = tally(row, ledger, nets);
    const Interval i = t.interval();
    const double none = std::numeric_limits<double>::quiet_NaN();
    const double sure = he ? sure_lower(layers, width) : none,
                 t3 = he && line ? lu_lower(layers, width) : none,
                 t2 = bounded ? lu_upper(layers, width) : none;
    const double low = he ? (line ? std::max(t3, sure) : sure) : 0;
    const bool within = i.high >= low && !(i.low > t2);
    outside += !within, judged += bounded;
    const std::string size = std::to_string(layers) + " x " + std::to_string(width);
    const std::string inputs =
        row.pictures     ? pictures_name_
        : row.reach == 0 ? "line"
                         : std::string(line ? "line, " : "plane, ") + "h " + reach_text(row.reach);
    const std::string paper =
        std::isfinite(row.paper) ? (row.off_a_curve ? "~" : "") + percent(row.paper) : "–";
    s.screen.rows.push_back({size, inputs, name_of(row.law), thousands(t.n), percent(t.share()),
        bracket(i), percent_or_dash(sure), percent_or_dash(t3), percent_or_dash(t2), paper,
        !bounded ? "–"
        : within ? "within"
                 : "OUTSIDE"});
    s.csv.rows.push_back({size, inputs, name_of(row.law), "born dead", "0", std::to_string(t.k),
        std::to_string(t.n), percent(t.share(), 3), percent(i.low, 3), percent(i.high, 3),
        percent_or_nothing(sure), percent_or_nothing(t3), percent_or_nothing(t2),
        percent_or_nothing(row.paper), row.off_a_curve ? "figure" : "text"});
    std::string said =
        size + ", " + inputs + ", " + name_of(row.law) + ": " + t.text() + " are born dead";
    if (bounded)
      said += std::string(within ? ", within " : ", OUTSIDE ") +
              (he ? "the bounds " + percent(low) + " and " + percent(t2) + " %"
                  : "the upper bound " + percent(t2) + " %");
    if (row.law == BirthLaw::rai)
      for (const BirthRow& other : rows_)
        if (other.law == BirthLaw::he && other.name() == row.name() && t.k > 0)
          said += ", " + ratio(tally(other, ledger, nets).share() / t.share()) +
                  " times fewer than with He";
    if (std::isfinite(row.paper) && row.off_a_curve)
      said += "; Lu et al. plot about " + percent(row.paper, 0) + " % (read by eye)";
    if (std::isfinite(row.paper) && !row.off_a_curve)
      said += "; Lu et al. have " + percent(row.paper) + " % of 1,000, " +
              compared(t, {std::llround(row.paper * 1000), 1000});
    if (row.rough.n > 0)
      said += "; a rough count of ours had " + thousands(row.rough.k) + " of " +
              thousands(row.rough.n) + ", " + compared(t, row.rough);
    s.sentences.push_back(said + ".");
  }
  s.summary.push_back("Born dead: " + std::to_string(judged - outside) + " of " +
                      std::to_string(judged) +
                      " shares lie within the bounds that hold for them, by their 95 % intervals.");
  using enum BirthLaw;
  for (const int layers : {10, 20}) s.charts += chart("Born dead", layers, {he, rai}, ledger, nets);
  s.charts +=
      chart("Born dead by other laws", 10, {he, he_bias_10, he_bias_100, orthogonal}, ledger, nets);
  return s;
}

}  // namespace lively::lab
