#include "apps/lab/tell/screen.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/tell/rate_curve.h"
#include "apps/lab/tell/treatment_lines.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

void blank_line() { std::printf("\n"); }

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
  say_row("audit     " + pad("layer", widest) +
          "  weight       law                      variance: target   measured   relu gain");
  for (const LayerConfig& l : c.layers)
    say_row("          " + pad(c.titles.of(l.name), widest + 2) + pad(l.shape, 13) +
            pad(l.init, 25) + pad_front(compact(l.target_variance), 16) +
            pad_front(compact(l.measured_variance), 11) + pad_front(compact(l.gain), 12));
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

constexpr int kReplaysShown = 5;
constexpr std::size_t kNarrow = 76;  // columns under which a table leaves one of its own out

}  // namespace

class Screen::Painter {
 public:
  Painter(std::string program, const Settings& settings)
      : program_(std::move(program)), settings_(settings), bar_wanted_(shows_status()) {}

  void operator()(const RunConfig& c);
  void operator()(const Resumed& r);
  void operator()(const PlantReport& p);
  void operator()(const Repaired& r);
  void operator()(const Progressed& p);
  void operator()(const Underway& u);
  void operator()(const EpochEnded& r);
  void operator()(const Counted& r);
  void operator()(const Replay& r);
  void operator()(const ProphecyReport& r);
  void operator()(const CertificateReport& r);
  void operator()(const Warning& w);
  void operator()(const Ended& f);
  void operator()(const Treated& t);
  void operator()(const RateTest& t);
  void treating(int64_t twins, double seconds, double at_most);
  void treated();
  template <class Other>
  void operator()(const Other&) {}  // for the log

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& status);
  void clear_bar();
  void say_best(const BestEpoch& b) const;
  void print_pending(const std::string& dead);
  std::string dead_by_layer(const LifeHistory& life) const;

  std::string program_;
  const Settings& settings_;
  Titles titles_;
  std::string samples_;  // what they are called
  bool bar_wanted_, bar_shown_ = false;
  int64_t steps_per_epoch_ = 1, epochs_ = 1;
  bool header_ = false, narrow_ = false;
  int replays_ = 0;        // shown
  std::string pending_;    // an epoch's line that waits for its census
  std::string certified_;  // a line for the end
  std::string underway_;   // what the bar speaks of, if not of steps
  Clock::time_point start_, last_bar_;
  double begun_ =
      -1;  // share of the run that was done at start_, after its first step; -1: none yet
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
  last_bar_ = Clock::now();
  samples_ = c.pictures ? " training images" : " training samples";
  say_beside(
      "data", data_text(c.data_name, thousands(c.train_samples) + " + " + thousands(c.test_samples),
                  c.data_found, c.data_source));
  say_beside("network", c.network + ", " + thousands(c.parameters) + " parameters, " +
                            (s.seeds > 1 ? message("seeds ", s.seed, " to ",
                                               s.seed + static_cast<uint64_t>(s.seeds) - 1)
                                         : message("seed ", s.seed)));
  say_beside("init", initialiser(c, s));
  std::string training = s.optimizer + " lr " + number(s.lr);
  if (s.optimizer == "sgd" && s.momentum > 0) training += " momentum " + number(s.momentum);
  if (s.weight_decay > 0) training += " weight decay " + number(s.weight_decay);
  if (s.eps > 0) training += " eps " + number(s.eps);
  if (s.schedule != "constant") training += " " + s.schedule;
  say_beside("training", training + ", batch " + std::to_string(s.batch_size) + ", " +
                             std::to_string(s.epochs) + (s.epochs == 1 ? " epoch, " : " epochs, ") +
                             s.loss);
  if (s.audit) print_audit(c);
  if (c.ranks > 1)
    say_beside(
        "ranks", message(c.ranks, ", each with a share of every batch, added up over MPI") +
                     (c.norm_over.empty()        ? ""
                         : c.norm_over == "rank" ? "; batch norm by the moments of each share"
                                                 : "; batch norm by the whole batch's moments"));
  say_beside("machine", (c.ranks > 1 ? message(c.ranks, " x ") : "") +
                            (s.seeds > 1 ? ""
                                         : std::to_string(c.threads) +
                                               (c.threads == 1 ? " thread, " : " threads, ")) +
                            short_blas(c.blas));
  std::fflush(stdout);
}

void Screen::Painter::operator()(const Resumed& r) {
  say_beside("resumed", "after " + thousands(r.step) + " steps, in epoch " +
                            std::to_string(r.epoch + 1) + " at batch " +
                            std::to_string(r.batch + 1));
}

void Screen::Painter::operator()(const PlantReport& p) {
  clear_bar();
  say_beside("planted", p.text);
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
  say_beside(
      "repair", thousands(units) + (units == 1 ? " unit" : " units") + " drawn anew" + refused);
}

void Screen::Painter::clear_bar() {
  if (bar_shown_) clear_status();
  bar_shown_ = false, underway_.clear();
}

void Screen::Painter::operator()(const Progressed& p) {
  const auto [epoch, step, loss] = p;
  const auto now = Clock::now();
  const double done = static_cast<double>((epoch - 1) * steps_per_epoch_ + step) /
                      static_cast<double>(epochs_ * steps_per_epoch_);
  if (begun_ < 0) start_ = now, begun_ = done;
  if (!bar_wanted_ || now - last_bar_ < std::chrono::milliseconds(100) || done <= begun_) return;
  last_bar_ = now, underway_.clear();
  const double share = static_cast<double>(step) / static_cast<double>(steps_per_epoch_);
  const double left =
      std::chrono::duration<double>(now - start_).count() * (1 - done) / (done - begun_);
  constexpr std::size_t kWords = 45, kLongest = 30;  // beside the bar, and of it
  const std::size_t room = screen_width(2),
                    width = std::min(kLongest, room > kWords ? room - kWords : 0);
  std::string bar;
  for (std::size_t i = 0; i < width; ++i)
    bar += static_cast<double>(i) < share * static_cast<double>(width) ? "━" : " ";
  show(detail::print("%3lld/%lld %s %3.0f %%  loss %s  eta %.0f s", static_cast<long long>(epoch),
      static_cast<long long>(epochs_), bar.c_str(), 100 * share, compact(loss).c_str(), left));
}

void Screen::Painter::operator()(const Underway& u) {
  const auto now = Clock::now();
  if (!bar_wanted_ || (u.what == underway_ && now - last_bar_ < std::chrono::milliseconds(100)))
    return;
  last_bar_ = now, underway_ = u.what;
  show(u.of > 0 ? message(u.what, "  ",
                      percent(static_cast<double>(u.done) / static_cast<double>(u.of), 0), " % of ",
                      thousands(u.of), " samples")
                : u.what);
}

void Screen::Painter::show(const std::string& status) {
  show_status(status);
  bar_shown_ = true;
}

void Screen::Painter::print_pending(const std::string& dead) {
  if (pending_.empty()) return;
  say_row(pending_ + dead);
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
    say_beside("at birth", "dead units " + dead_by_layer(*r.life) + ", counted on " +
                               (r.set == "train" ? "all" : "the first 1,000") + samples_);
    std::fflush(stdout);
  }
  print_pending(dead_by_layer(*r.life));
}

void Screen::Painter::operator()(const EpochEnded& r) {
  clear_bar();
  print_pending("");
  if (!header_) {
    narrow_ = screen_width() < kNarrow;
    blank_line();
    say_row("epoch      loss    train   test          " +
            std::string(narrow_ ? "" : "samples/s   ") +
            (settings_.liveness == Liveness::batch ? "silent in all batches, by layer"
                                                   : "dead by layer"));
    header_ = true;
  }
  pending_ = pad_front(std::to_string(r.epoch), 5) + pad_front(compact(r.train_loss), 10) +
             pad_front(percent(r.train_accuracy) + " %", 9) + "   " + pad(accuracy(r.test), 14);
  if (!narrow_) pending_ += pad_front(thousands(static_cast<int64_t>(r.samples_per_s)), 9) + "   ";
}

void Screen::Painter::operator()(const Replay& r) {
  if (++replays_ > kReplaysShown + 1) return;
  clear_bar();
  print_pending("");
  if (replays_ > kReplaysShown) return say_beside("replay", "and so on, in the log");
  say_beside("replay", "step " + thousands(r.step) + " killed unit " + std::to_string(r.unit) +
                           " of " + titles_.of(r.layer) + "; without " + r.removed +
                           (r.lives ? " it lives" : " it dies too"));
}

void Screen::Painter::operator()(const ProphecyReport& r) {
  if (r.summary.empty()) return;
  clear_bar();
  say_beside("prophecy", r.summary);
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
  say_beside("note", w.text);
}

void Screen::Painter::operator()(const Ended& f) {
  const Outcome& o = f.outcome;
  clear_bar();
  print_pending("");
  blank_line();
  if (o.interrupted) {
    if (o.best) say_best(*o.best);
    say("Interrupted after " + thousands(o.steps) + " steps" +
        (o.checkpoint.empty() ? "; nothing was saved (--save FILE)." : ". Go on with:"));
    std::string files;
    if (!settings_.log.empty()) files += " --log " + quoted(settings_.log);
    if (!settings_.report.empty()) files += " --report " + quoted(settings_.report);
    if (!o.checkpoint.empty())
      say_command("./apps/" + program_ + " --resume " + quoted(o.checkpoint) + files);
    return;
  }
  say(headline(o.diagnosis));
  std::string others;
  for (std::size_t i = 1; i < o.diagnosis.all.size(); ++i)
    others += (i == 1 ? "" : ", ") + std::string(name(o.diagnosis.all[i]));
  if (!others.empty())
    say_beside("also", others + (o.diagnosis.all.size() == 2 ? " holds" : " hold") +
                           " (./apps/explain says what that is)");
  if (o.deaths.deaths > 0) say_beside("deaths", deaths_text(o.deaths));
  if (!o.prophecies.empty()) say(o.prophecies);
  if (!certified_.empty()) say(certified_);
  if (o.best) say_best(*o.best);
  if (!o.checkpoint.empty())
    say_beside("saved", settings_.save + " (weights) and " + o.checkpoint + " (to go on from)");
  std::fflush(stdout);
}

void Screen::Painter::say_best(const BestEpoch& b) const {
  say_beside(
      "best", message("epoch ", b.epoch, ": test loss ", compact(b.loss), ", ", percent(b.accuracy),
                  " ± ", percent(b.accuracy_se), " %; the network has its weights",
                  b.stopped ? message(" (stopped: no lower loss in ", settings_.early_stop,
                                  settings_.early_stop == 1 ? " epoch" : " epochs", " after it)")
                            : ""));
}

void Screen::treating(int64_t twins, double seconds, double at_most) {
  painter_->treating(twins, seconds, at_most);
}

void Screen::Painter::treating(int64_t twins, double seconds, double at_most) {
  if (bar_wanted_)
    show(detail::print("treatment: %lld twins tried, %.0f s of at most %.0f s",
        static_cast<long long>(twins), seconds, at_most));
}

void Screen::treated() { painter_->treated(); }
void Screen::Painter::treated() { clear_bar(); }

void Screen::Painter::operator()(const Treated& t) {
  clear_bar();
  say_treatment(t);
}

void Screen::Painter::operator()(const RateTest& t) {
  clear_bar();
  say_rate_test(t, settings_);
}

}  // namespace lively::lab
