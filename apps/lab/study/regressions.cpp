#include "apps/lab/study/regressions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "apps/lab/page/study_charts.h"
#include "apps/lab/words/text.h"
#include "lively/autograd/ops.h"
#include "lively/nn/stack.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

const double kNone = std::numeric_limits<double>::quiet_NaN();
const double kReach = std::sqrt(3.0);
constexpr double kFlat = 1e-6;

template <class F>
Tensor values_of(const Tensor& x, int64_t outputs, const F& f) {
  Tensor y = Tensor::empty(Shape{x.size(0), outputs});
  const auto in = x.values<float>();
  const auto out = y.mutable_values<float>();
  const auto inputs = static_cast<std::size_t>(x.size(1));
  for (std::size_t i = 0; i * inputs < in.size(); ++i)
    f(in.subspan(i * inputs, inputs), out.subspan(i * static_cast<std::size_t>(outputs)));
  return y;
}

template <double (*F)(double)>
Tensor on_line(const Tensor& x) {
  return values_of(x, 1, [](auto in, auto out) { out[0] = static_cast<float>(F(in[0])); });
}

double f1(double x) { return std::abs(x); }
double f2(double x) { return x * std::sin(5 * x); }
double f3(double x) { return (x > 0 ? 1 : 0) + 0.2 * std::sin(5 * x); }
Tensor f4(const Tensor& x) {
  return values_of(x, 2, [](auto in, auto out) {
    out[0] = std::abs(in[0] + in[1]), out[1] = std::abs(in[0] - in[1]);
  });
}

bool collapsed(Sequential& net, const Tensor& x) {
  if (has_dead_layer(net, x)) return true;
  const NoGrad no_grad;
  const Variable y = net(Variable(x));
  const Variable spread = max(y, {0}) - min(y, {0});
  return max(spread).item() < kFlat;
}

}  // namespace

const std::vector<Regression>& regressions() {
  static const std::vector<Regression> all{
      {.name = "f1",
          .formula = "|x|",
          .shape = {},
          .target = on_line<f1>,
          .paper = {{{0.936, 0.056}, {0.403, 0.183}}}},
      {.name = "f2",
          .formula = "x sin 5x",
          .shape = {},
          .target = on_line<f2>,
          .paper = {{{0.919, 0.039}, {0.292, 0.072}}}},
      {.name = "f3",
          .formula = "1{x>0} + 0.2 sin 5x",
          .shape = {},
          .target = on_line<f3>,
          .paper = {{{0.938, kNone}, {0.326, kNone}}}},
      {.name = "f4",
          .formula = "(|x1+x2|, |x1-x2|)",
          .shape = {.layers = 20, .width = 4, .inputs = 2, .outputs = 2},
          .target = f4,
          .paper = {{{0.768, 0.138}, {0.096, 0.059}}}},
  };
  return all;
}

std::optional<std::vector<RunFate>> fates_of(const Regression& regression, BirthLaw law,
    uint64_t first, int64_t runs, std::span<const int> epochs, const std::atomic<bool>& stop) {
  std::vector<RunFate> fates(static_cast<std::size_t>(runs));
  struct Living {
    RunFate* fate;
    std::unique_ptr<Sequential> net;
    Tensor x, y;
  };
  std::vector<Living> living;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const Seed seed{first + i};
    auto net = narrow_net(regression.shape);
    draw(*net, law, seed);
    Stream points(seed, "points");
    Tensor x = Tensor::empty(Shape{Regressions::kPoints, regression.shape.inputs});
    fill_uniform(x, points, -kReach, kReach);
    fates[i].born_dead = has_dead_layer(*net, x);
    if (fates[i].born_dead) {  // and stays so: no gradient reaches what could change it
      fates[i].collapsed.assign(epochs.size(), true);
    } else {
      living.push_back({&fates[i], std::move(net), x, regression.target(x)});
    }
  }
  if (living.empty()) return fates;

  const auto many = static_cast<int64_t>(living.size());
  StackedMlp nets(many, mlp_shape(regression.shape));
  Tensor x = Tensor::empty(Shape{many, regression.shape.inputs, Regressions::kPoints}),
         y = Tensor::empty(Shape{many, regression.shape.outputs, Regressions::kPoints});
  std::vector<Variable> all = nets.parameters();
  for (int64_t m = 0; m < many; ++m) {
    const Living& one = living[static_cast<std::size_t>(m)];
    x.select(0, m).copy_from(one.x.t());
    y.select(0, m).copy_from(one.y.t());
    const std::vector<Variable> own = one.net->parameters();
    for (std::size_t i = 0; i < own.size(); ++i)
      all[i].mutable_data().select(0, m).copy_from(own[i].data());
  }
  Adam adam(all);
  // One order for all: their points are independent.
  Stream order(Seed{first}, "order");
  for (int epoch = 1; epoch <= epochs.back(); ++epoch) {
    if (stop) return {};
    const Tensor shuffled = permutation(Regressions::kPoints, order);
    for (int64_t at = 0; at < Regressions::kPoints; at += Regressions::kBatch) {
      const Tensor batch = shuffled.slice(0, at, at + Regressions::kBatch);
      const Variable inputs = index_select(Variable(x), 2, batch);
      const Tensor targets = index_select(Variable(y), 2, batch).data();
      adam.zero_grad();
      // Each network's gradient is that of its own mean.
      (mse_loss(nets(inputs), targets) * static_cast<double>(many)).backward();
      adam.step();
    }
    if (std::ranges::find(epochs, epoch) != epochs.end())
      for (int64_t m = 0; m < many; ++m) {
        Living& one = living[static_cast<std::size_t>(m)];
        one.fate->collapsed.push_back(collapsed(*nets.net(m), one.x));
      }
  }
  return fates;
}

Regressions::Regressions(const std::vector<std::string>& only) {
  for (const Regression& r : regressions())
    if (only.empty() || std::ranges::find(only, r.name) != only.end())
      for (const BirthLaw law : {BirthLaw::he, BirthLaw::rai}) rows_.push_back({&r, law});
}

const Regressions::Row* Regressions::find(const std::string& type) const {
  for (const Row& row : rows_)
    if (row.type() == type) return &row;
  return nullptr;
}

std::vector<Case> Regressions::cases(int64_t runs) const {
  std::vector<Case> all;
  for (const Row& row : rows_)
    for (int64_t i = 0; i * kRunsACase < runs; ++i)
      all.push_back({row.type(), static_cast<uint64_t>(i)});
  return all;
}

std::optional<Json> Regressions::make(const Case& c, const std::atomic<bool>& stop) const {
  const Row& row = *find(c.type);
  const auto fates = fates_of(*row.regression, row.law, c.seed * static_cast<uint64_t>(kRunsACase),
      kRunsACase, kEpochs, stop);
  if (!fates) return {};
  int64_t born = 0;
  std::array<int64_t, kEpochs.size()> collapses{};
  for (const RunFate& fate : *fates) {
    born += fate.born_dead;
    for (std::size_t e = 0; e < kEpochs.size(); ++e) collapses[e] += fate.collapsed[e];
  }
  return object({{"runs", kRunsACase}, {"born_dead", born}, {"collapsed", collapses}});
}

void Regressions::check_line(const Json& line) const {
  if (!find(line.at("type"))) return;  // of a row that was not asked for
  const auto runs = line.at("runs").get<int64_t>(), born = line.at("born_dead").get<int64_t>();
  const auto after = line.at("collapsed").get<std::vector<int64_t>>();
  if (after.size() != kEpochs.size() || born < 0)
    fail<ValueError>("needs born_dead, and ", kEpochs.size(), " numbers in collapsed");
  for (const int64_t k : after)
    if (k < born || k > runs) fail<ValueError>("needs collapsed, from born_dead to runs");
}

double Regressions::seconds(const std::string& type) const {
  const Row* row = find(type);
  if (!row) return 0;
  // As measured on an EPYC, by how many of them are born alive and so trained.
  const double alive = static_cast<double>(kRunsACase) * (row->law == BirthLaw::he ? 0.2 : 0.85),
               steps = kEpochs.back() * static_cast<double>(kPoints) / kBatch;
  return steps * row->regression->shape.layers * (8e-6 + 0.35e-6 * alive);
}

Regressions::Count Regressions::count(const Row& row, const Ledger& ledger, int64_t runs) const {
  Count c;
  for (int64_t i = 0; i * kRunsACase < runs; ++i)
    if (const Json* line = ledger.find(row.type(), static_cast<uint64_t>(i))) {
      const auto of = line->at("runs").get<int64_t>(), born = line->at("born_dead").get<int64_t>();
      const auto after = line->at("collapsed").get<std::vector<int64_t>>();
      c.born.k += born, c.born.n += of;
      c.collapsed.k += after.back(), c.collapsed.n += of;
      c.died.k += after.back() - born, c.died.n += of;
      for (std::size_t e = 0; e < kEpochs.size(); ++e)
        c.after[e].k += after.at(e), c.after[e].n += of;
    }
  return c;
}

Section Regressions::section(const Ledger& ledger, int64_t runs) const {
  Section s;
  s.csv.head = kShareColumns;
  s.screen.head = {"", "init", "runs", "born dead %", "Lu", "died in training %", "Lu",
      "collapsed %", "Lu", "p"};
  std::string functions, epochs;
  for (const Row& row : rows_)
    if (row.law == BirthLaw::he) {
      const NarrowShape& shape = row.regression->shape;
      functions += row.regression->name + " = " + row.regression->formula + " (" +
                   std::to_string(shape.layers) + " x " + std::to_string(shape.width) + "), ";
    }
  for (const int e : kEpochs)
    epochs += (epochs.empty() ? "" : e == kEpochs.back() ? " and " : ", ") + std::to_string(e);
  s.legend =
      functions +
      "L layers, N wide: 3,000 points uniform on [-√3, √3]^d, squared error, Adam "
      "at 0.001, batches of 64, " +
      std::to_string(kEpochs.back()) +
      " epochs (Lu et al. 2019 say 64 or 128, and of the epochs nothing). Collapsed: a layer is 0 "
      "on "
      "all points, or no output differs among them by 1e-6. Of all runs, with 95 % intervals after "
      "Wilson; Lu: theirs, of 1,000; p: of Fisher's exact test between collapsed and theirs.";
  std::vector<Dot> dots;
  std::vector<std::string> disagree;
  for (const Row& row : rows_) {
    const Count c = count(row, ledger, runs);
    const Regression::Published& paper = row.regression->paper[static_cast<std::size_t>(row.law)];
    const double paper_born = paper.collapsed - paper.died;
    const auto theirs = [](double share) { return Tally{std::llround(share * 1000), 1000}; };
    const double p = fisher_exact(c.collapsed, theirs(paper.collapsed));
    if (p < 0.05) disagree.push_back(row.type());
    const Interval reach = c.collapsed.interval();
    dots.push_back({row.regression->name, 100 * paper.collapsed, c.collapsed.share(), reach.low,
        reach.high, name_of(row.law)});
    s.screen.rows.push_back(
        {row.regression->name, name_of(row.law), thousands(c.born.n), with_interval(c.born),
            percent_or_dash(paper_born), with_interval(c.died), percent_or_dash(paper.died),
            with_interval(c.collapsed), percent(paper.collapsed), probability(p)});
    const auto csv = [&](const char* what, int epoch, const Tally& t, double published) {
      const Interval i = t.interval();
      s.csv.rows.push_back({row.regression->name, row.regression->formula, name_of(row.law), what,
          std::to_string(epoch), std::to_string(t.k), std::to_string(t.n), percent(t.share(), 3),
          percent(i.low, 3), percent(i.high, 3), "", "", "", percent_or_nothing(published),
          "text"});
    };
    csv("born dead", 0, c.born, paper_born);
    csv("died in training", kEpochs.back(), c.died, paper.died);
    std::string later;
    for (std::size_t e = 0; e < kEpochs.size(); ++e) {
      csv("collapsed", kEpochs[e], c.after[e],
          kEpochs[e] == kEpochs.back() ? paper.collapsed : kNone);
      later += (e ? e + 1 == kEpochs.size() ? " and " : ", " : "") + percent(c.after[e].share());
    }
    std::string said = row.regression->name + ", " + name_of(row.law) + ": " + c.collapsed.text() +
                       " collapse; Lu et al. have " + percent(paper.collapsed) + " %, " +
                       compared(c.collapsed, theirs(paper.collapsed));
    if (std::isfinite(paper.died))
      said += "; born dead " + compared(c.born, theirs(paper_born)) + ", died in training " +
              compared(c.died, theirs(paper.died));
    s.sentences.push_back(said + ". After " + epochs + " epochs: " + later + " %.");
  }
  std::string others;
  for (const std::string& name : disagree) others += (others.empty() ? "" : ", ") + name;
  s.summary.push_back("Trained: of " + std::to_string(rows_.size()) + " shares that collapse, " +
                      std::to_string(rows_.size() - disagree.size()) +
                      " cannot be told from those of Lu et al. by Fisher's exact test at 5 %" +
                      (others.empty() ? "." : "; others differ: " + others + "."));
  s.charts = scatter_chart("Collapsed, here and in the paper",
      {.x = "Lu et al., % of 1,000", .y = "here", .percent = true}, dots);
  return s;
}

}  // namespace lively::lab
