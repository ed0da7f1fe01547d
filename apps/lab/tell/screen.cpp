#include "apps/lab/tell/screen.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "apps/lab/recipe/data_of.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

void line(const std::string& text) { std::printf("%s\n", text.c_str()); }

std::string accuracy(const Examination& e) {
  return percent(e.accuracy) + " ± " + percent(e.accuracy_se) + " %";
}

std::string initialiser(const RunConfig& c, const Settings& s) {
  std::string text = s.init;
  if (c.layers.empty()) return text;
  const LayerConfig& hidden = c.layers[c.layers.size() > 2 ? 1 : 0];
  text += ": " + hidden.init + " in " + c.titles.of(hidden.name);
  if (s.activation == "relu")
    text += ", where a relu signal grows " + compact(hidden.gain) + " × (he_uniform: 1)";
  return text;
}

void print_audit(const RunConfig& c) {
  std::size_t widest = 5;
  for (const LayerConfig& l : c.layers) widest = std::max(widest, c.titles.of(l.name).size());
  line("audit     " + pad("layer", widest) +
       "  weight       law                      variance: target   measured   relu gain");
  for (const LayerConfig& l : c.layers)
    line("          " + pad(c.titles.of(l.name), widest + 2) + pad(l.shape, 13) + pad(l.init, 25) +
         pad_front(compact(l.target_variance), 16) + pad_front(compact(l.measured_variance), 11) +
         pad_front(compact(l.gain), 12));
}

// "37 seen, of these 31 by upstream, 4 by weights, 0 by bias; 12 cliffs, 25 drifts"
std::string deaths_text(const DeathTally& t) {
  std::string text = thousands(t.deaths) + " seen, of these ";
  for (const FallBy by : {FallBy::upstream, FallBy::weights, FallBy::bias, FallBy::norm}) {
    const int64_t n = t.by[static_cast<std::size_t>(by)];
    if (n == 0 && by == FallBy::norm) continue;
    text += (by == FallBy::upstream ? "" : ", ") + thousands(n) + " by " + name(by);
  }
  if (t.unknown) text += ", " + thousands(t.unknown) + " not known";
  if (t.cliffs + t.drifts == 0) return text;
  text += "; " + thousands(t.cliffs) + (t.cliffs == 1 ? " cliff, " : " cliffs, ");
  return text + thousands(t.drifts) + (t.drifts == 1 ? " drift" : " drifts");
}

// "79 steps on 10,000 pictures"
std::string length_of(const Tried& t) {
  return thousands(t.steps) + " steps on " + thousands(t.train) + " samples";
}

constexpr int kReplaysShown = 5;
constexpr std::size_t kTriedShown = 8;

}  // namespace

class Screen::Painter {
 public:
  Painter(std::string program, const Settings& settings)
      : program_(std::move(program)), settings_(settings), bar_wanted_(::isatty(STDERR_FILENO)) {}

  void operator()(const RunConfig& c);
  void operator()(const Resumed& r);
  void operator()(const PlantReport& p);
  void operator()(const Repaired& r);
  void operator()(const Progressed& p);
  void operator()(const EpochEnded& r);
  void operator()(const Counted& r);
  void operator()(const Replay& r);
  void operator()(const ProphecyReport& r);
  void operator()(const CertificateReport& r);
  void operator()(const Warning& w);
  void operator()(const Ended& f);
  void operator()(const Treated& t);
  void treating(int64_t twins, double seconds, double at_most);
  void treated();
  template <class Other>
  void operator()(const Other&) {}  // for the log

 private:
  using Clock = std::chrono::steady_clock;
  void clear_bar();
  void correct(const Treated& t);
  void print_pending(const std::string& dead);
  std::string dead_by_layer(const LifeHistory& life) const;

  std::string program_;
  const Settings& settings_;
  Titles titles_;
  std::string samples_;  // what they are called
  bool bar_wanted_, bar_shown_ = false;
  int64_t steps_per_epoch_ = 1, epochs_ = 1;
  bool header_ = false;
  int replays_ = 0;        // shown
  std::string pending_;    // an epoch's line that waits for its census
  std::string certified_;  // a line for the end
  Clock::time_point start_, last_bar_;
  double begun_ = 0;  // share of the run that an earlier one did
};

Screen::Screen(std::string program, const Settings& settings)
    : painter_(std::make_unique<Painter>(std::move(program), settings)) {}
Screen::~Screen() = default;

void Screen::on(const Event& event) { std::visit(*painter_, event); }

void Screen::Painter::operator()(const RunConfig& c) {
  const Settings& s = settings_;
  titles_ = c.titles;
  steps_per_epoch_ = c.steps_per_epoch;
  epochs_ = c.epochs;
  start_ = last_bar_ = Clock::now();
  samples_ = c.pictures ? " training images" : " training samples";
  line("data      " + data_text(c.data_name,
                          thousands(c.train_samples) + " + " + thousands(c.test_samples),
                          c.data_found, c.data_source));
  line("network   " + c.network + ", " + thousands(c.parameters) + " parameters, seed " +
       std::to_string(s.seed));
  line("init      " + initialiser(c, s));
  std::string training = s.optimizer + " lr " + number(s.lr);
  if (s.optimizer == "sgd" && s.momentum > 0) training += " momentum " + number(s.momentum);
  if (s.weight_decay > 0) training += " weight decay " + number(s.weight_decay);
  if (s.eps > 0) training += " eps " + number(s.eps);
  if (s.schedule != "constant") training += " " + s.schedule;
  line("training  " + training + ", batch " + std::to_string(s.batch_size) + ", " +
       std::to_string(s.epochs) + (s.epochs == 1 ? " epoch, " : " epochs, ") + s.loss);
  if (s.audit) print_audit(c);
  line("machine   " + std::to_string(c.threads) + (c.threads == 1 ? " thread, " : " threads, ") +
       short_blas(c.blas));
  std::fflush(stdout);
}

void Screen::Painter::operator()(const Resumed& r) {
  begun_ = static_cast<double>(r.epoch * steps_per_epoch_ + r.batch) /
           static_cast<double>(epochs_ * steps_per_epoch_);
  line("resumed   after " + thousands(r.step) + " steps, in epoch " + std::to_string(r.epoch + 1) +
       " at batch " + std::to_string(r.batch + 1));
}

void Screen::Painter::operator()(const PlantReport& p) {
  clear_bar();
  line("planted   " + p.text);
}

void Screen::Painter::operator()(const Repaired& r) {
  int64_t units = 0;
  std::string refused;
  for (const Operated& o : r.layers) {
    units += static_cast<int64_t>(o.units.size());
    if (refused.empty() && !o.refused.empty())
      refused = "; not in " + titles_.of(o.layer) + ": " + o.refused;
  }
  if (units == 0 && refused.empty()) return;
  clear_bar();
  print_pending("");
  line("repair    " +
       wrap(thousands(units) + (units == 1 ? " unit" : " units") + " drawn anew" + refused, 88,
           "          ")
           .substr(10));
}

void Screen::Painter::clear_bar() {
  if (bar_shown_) std::fputs("\r\033[K", stderr);
  bar_shown_ = false;
}

void Screen::Painter::operator()(const Progressed& p) {
  const auto [epoch, step, loss] = p;
  const auto now = Clock::now();
  if (!bar_wanted_ || now - last_bar_ < std::chrono::milliseconds(100)) return;
  last_bar_ = now;
  const double done = static_cast<double>((epoch - 1) * steps_per_epoch_ + step) /
                      static_cast<double>(epochs_ * steps_per_epoch_);
  const double share = static_cast<double>(step) / static_cast<double>(steps_per_epoch_);
  const double left =
      std::chrono::duration<double>(now - start_).count() * (1 - done) / (done - begun_);
  constexpr int kWidth = 30;
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < share * kWidth ? "━" : " ";
  std::fprintf(stderr, "\r%3lld/%lld %s %3.0f %%  loss %s  eta %.0f s\033[K",
      static_cast<long long>(epoch), static_cast<long long>(epochs_), bar.c_str(), 100 * share,
      compact(loss).c_str(), left);
  bar_shown_ = true;
}

void Screen::Painter::print_pending(const std::string& dead) {
  if (pending_.empty()) return;
  line(pending_ + dead);
  pending_.clear();
  std::fflush(stdout);
}

std::string Screen::Painter::dead_by_layer(const LifeHistory& life) const {
  constexpr std::size_t kListed = 10;  // layers that fit on a line
  std::string text;
  if (life.layers().size() > kListed) {
    if (life.dead() == 0) return "none of " + thousands(life.units());
    const auto most = std::ranges::max_element(life.layers(), {}, &LayerLife::dead);
    return thousands(life.dead()) + " of " + thousands(life.units()) + ", most in " +
           titles_.of(most->name, most->units) + ": " + std::to_string(most->dead);
  }
  for (const LayerLife& l : life.layers()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(l.dead);
  }
  return text;
}

void Screen::Painter::operator()(const Counted& r) {
  if (r.series == Counted::Series::steps) return;  // for the log
  clear_bar();
  if (r.step == 0) {
    line("at birth  dead units " + dead_by_layer(*r.life) + ", counted on " +
         (r.set == "train" ? "all" : "the first 1,000") + samples_);
    std::fflush(stdout);
  }
  print_pending(dead_by_layer(*r.life));
}

void Screen::Painter::operator()(const EpochEnded& r) {
  clear_bar();
  print_pending("");
  if (!header_) {
    line("");
    line(std::string("epoch      loss    train     test            samples/s   ") +
         (settings_.liveness == Liveness::batch ? "silent in all batches, by layer"
                                                : "dead by layer"));
    header_ = true;
  }
  pending_ = pad_front(std::to_string(r.epoch), 5) + pad_front(compact(r.train_loss), 10) +
             pad_front(percent(r.train_accuracy) + " %", 9) + "   " + pad(accuracy(r.test), 13) +
             pad_front(thousands(static_cast<int64_t>(r.samples_per_s)), 10) + "   ";
}

void Screen::Painter::operator()(const Replay& r) {
  if (++replays_ > kReplaysShown + 1) return;
  clear_bar();
  print_pending("");
  if (replays_ > kReplaysShown) return line("replay    and so on, in the log");
  line("replay    step " + thousands(r.step) + " killed unit " + std::to_string(r.unit) + " of " +
       titles_.of(r.layer) + "; without " + r.removed + (r.lives ? " it lives" : " it dies too"));
}

void Screen::Painter::operator()(const ProphecyReport& r) {
  if (r.summary.empty()) return;
  clear_bar();
  line("prophecy" + wrap(r.summary, 98, "          ").substr(8));
  std::fflush(stdout);
}

void Screen::Painter::operator()(const CertificateReport& r) {
  int64_t dead = 0, certified = 0;
  for (const Coverage& c : r.layers)
    if (c.method == "linear") dead += c.dead, certified += c.certified;
  certified_ = "certified " + thousands(certified) + " of " + thousands(dead) +
               " dead units fire on no input of the data box (linear bounds)";
}

void Screen::Painter::operator()(const Warning& w) {
  clear_bar();
  print_pending("");
  line("note      " + wrap(w.text, 88));
}

void Screen::Painter::operator()(const Ended& f) {
  const Outcome& o = f.outcome;
  clear_bar();
  print_pending("");
  line("");
  if (o.interrupted) {
    line("Interrupted after " + thousands(o.steps) + " steps" +
         (o.checkpoint.empty() ? "; nothing was saved (--save FILE)." : ". Go on with:"));
    std::string files;
    if (!settings_.log.empty()) files += " --log " + settings_.log;
    if (!settings_.report.empty()) files += " --report " + settings_.report;
    if (!o.checkpoint.empty()) line("  ./apps/" + program_ + " --resume " + o.checkpoint + files);
    return;
  }
  line(bold(wrap(o.diagnosis.text, 98)));
  std::string others;
  for (std::size_t i = 1; i < o.diagnosis.all.size(); ++i)
    others += (i == 1 ? "" : ", ") + std::string(name(o.diagnosis.all[i]));
  if (!others.empty())
    line("also      " + others + (o.diagnosis.all.size() == 2 ? " holds" : " hold") +
         " (./apps/explain says what that is)");
  if (o.deaths.deaths > 0) line("deaths    " + deaths_text(o.deaths));
  if (!o.prophecies.empty()) line(o.prophecies);
  if (!certified_.empty()) line(certified_);
  if (!o.checkpoint.empty())
    line("saved     " + settings_.save + " (weights) and " + o.checkpoint + " (to go on from)");
  std::fflush(stdout);
}

void Screen::treating(int64_t twins, double seconds, double at_most) {
  painter_->treating(twins, seconds, at_most);
}

void Screen::Painter::treating(int64_t twins, double seconds, double at_most) {
  if (!bar_wanted_) return;
  std::fprintf(stderr, "\rtreatment %lld twins tried, %.0f s of at most %.0f s\033[K",
      static_cast<long long>(twins), seconds, at_most);
  bar_shown_ = true;
}

void Screen::treated() { painter_->treated(); }
void Screen::Painter::treated() { clear_bar(); }

void Screen::Painter::operator()(const Treated& t) {
  clear_bar();
  line("");
  if (t.cure) {
    line(bold(t.run_learned ? "Learns more, tried: " : "Cure, tried: ") + t.cure->change + " → " +
         percent(t.cure->accuracy) + " % (" + length_of(*t.cure) +
         (t.whole_run      ? ", as this run; "
             : t.confirmed ? "; "
                           : ", with no time for more; ") +
         "this run: " + (t.run_diverged ? "diverged" : percent(t.run_accuracy) + " %") + ").");
    line("  " + t.command);
    if (!t.why.empty()) line(wrap(t.why, 98, "  "));
    if (t.nearest)
      line(wrap("The nearest value that works: " + t.nearest->change + " → " +
                    percent(t.nearest->accuracy) + " % (" + length_of(*t.nearest) + ").",
          98, "  "));
    correct(t);
    return;
  }
  line(wrap(t.none, 98));
  correct(t);
  std::vector<Tried> best = t.tried;
  std::erase_if(best, [](const Tried& one) { return one.change.empty(); });
  std::ranges::stable_sort(best, std::greater{}, &Tried::accuracy);
  if (best.size() > kTriedShown) best.resize(kTriedShown);
  for (const Tried& one : best)
    line("  " + pad(one.change, 44) +
         (one.diverged ? "diverged" : pad_front(percent(one.accuracy), 5) + " %") + "   " +
         length_of(one));
}

// What cures is the truth.
void Screen::Painter::correct(const Treated& t) {
  if (!t.verdict || *t.verdict == t.run_verdict) return;
  line(wrap(bold(std::string("Verdict: ") + name(*t.verdict)) + ", " +
                (t.cure ? "by what cured it" : "since no change is needed") +
                "; the evidence alone said " + name(t.run_verdict) + ".",
      98, "  "));
}

}  // namespace lively::lab
