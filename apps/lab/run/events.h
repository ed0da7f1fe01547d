#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "apps/lab/recipe/plant.h"
#include "apps/lab/run/outcome.h"
#include "lively/data/subset.h"
#include "lively/nn/initializer.h"
#include "lively/nn/liveness/cause.h"
#include "lively/nn/liveness/prophecy.h"
#include "lively/nn/liveness/surgery.h"
#include "lively/nn/liveness/titles.h"

// What a run tells whoever watches it: the screen, the log, a test. An event is a struct; whoever
// wants a new one adds it here, to Event, and to the sink that shows it.

namespace lively::lab {

struct LayerConfig {
  std::string name;                           // "1"
  std::string shape;                          // "[128,784]"
  std::string init;                           // resolved: "U(-1, 1)"
  std::optional<Initializer::Bounds> bounds;  // of a uniform law
  double target_variance = 0, measured_variance = 0, gain = 0;
};

// A run as resolved, before its first step.
struct RunConfig {
  std::string command;
  std::string data_name, data_source;
  std::string data_found;                // how it was split, scaled and named
  std::vector<std::string> class_names;  // by label
  bool pictures = true;                  // else points, or lines of a table
  int64_t train_samples = 0, test_samples = 0;
  DataBox box;          // of the training set
  std::string model;    // as modules describe themselves
  std::string network;  // for people
  int64_t parameters = 0;
  std::vector<LayerConfig> layers;
  Titles titles;               // what people call the layers
  int threads = 1, ranks = 1;  // threads of each rank
  std::string norm_over;       // of ranks, where there is batch norm: "batch", "rank"
  std::string blas;
  int64_t steps_per_epoch = 0, epochs = 0;
};

// A run that goes on from a checkpoint.
struct Resumed {
  int64_t epoch = 0, step = 0;  // completed
  int64_t batch = 0;            // of the epoch under way
};

// Units drawn anew before an epoch began.
struct Repaired {
  int64_t epoch = 0, step = 0;  // completed
  std::string setting;          // of --repair
  std::vector<Operated> layers;
};

// After every step.
struct Progressed {
  int64_t epoch = 0, batch = 0;  // both from 1
  double loss = 0;
};

// At something that takes a while, and how far through a set; `of` 0: nobody counts.
struct Underway {
  std::string what;
  int64_t done = 0, of = 0;
};

// Every log_interval steps.
struct StepMade {
  int64_t epoch = 0, step = 0;  // both from 1
  double loss = 0, lr = 0, gradient_norm = 0, update_ratio = 0;
  std::vector<double> gradient_norms{};  // of the weights and bias of each weighted layer, after
                                         // clipping
};

struct EpochEnded {
  int64_t epoch = 0, step = 0;
  double train_loss = 0, train_accuracy = 0;  // running means of the epoch
  Examination test;
  double samples_per_s = 0;  // training alone
};

// How a layer's numbers are spread: counts in equal parts of [low, high], of those that are finite.
struct Spread {
  std::string layer;
  double low = 0, high = 0, mean = 0, deviation = 0;
  double above_zero = 0;  // share
  std::vector<int64_t> counts;
};

// Of all layers, at birth and after epochs: their weights, or what enters their activations.
struct Spreads {
  int64_t epoch = 0, step = 0;
  std::string of, set;  // "weights", "activations"; the set that went through, empty for weights
  std::vector<Spread> layers;
};

// How many test samples of each class were said to be of each, after an epoch.
struct Confused {
  int64_t epoch = 0, step = 0;
  std::vector<std::string> classes;
  std::vector<std::vector<int64_t>> counts;  // [label][said]
};

// A census, or what the batches of an epoch showed.
struct Counted {
  enum class Series : uint8_t { epochs, steps };        // which censuses it goes on from
  enum class Tells : uint8_t { all, counts, changes };  // the rest is told by another, or later
  int64_t epoch = 0, step = 0;
  std::string set;  // "train[:10000]", "train"; "batches": counted while training
  CensusMode mode = CensusMode::evaluation;
  const LifeHistory* life = nullptr;
  int64_t after = 0;  // the step of the census before
  const std::vector<Cause>* causes =
      nullptr;                           // of each of the life's changes; null: not looked for
  std::vector<double> zero_gradients{};  // by weighted layer; empty before the first step
  std::vector<std::string> cuts{};       // the layers that are each a dead cut
  Series series = Series::epochs;
  Tells tells = Tells::all;
};

// A fatal step made again without a part that is blamed: does the unit fire on the census set then?
struct Replay {
  int64_t step = 0;
  std::string layer;  // as in the census
  int64_t unit = 0;
  std::string removed;
  bool lives = false;
};

struct Foretold {
  std::string layer;
  int64_t unit = 0;
  Prophecy prophecy;
};

struct ProphecyReport {
  int64_t step = 0;
  std::vector<Foretold> units;  // new ones, and those that say something else than before
  std::string summary;          // of all that stand; empty: as before
};

struct Scored {
  std::string layer;
  int64_t unit = 0;
  Prophecy prophecy;
  bool right = false;
  std::string text;
};

struct ScoreReport {
  int64_t step = 0;
  std::vector<Scored> units;
};

// How many of a layer's dead units fire on no input of a region.
struct Coverage {
  std::string layer, method;  // "data", "hull", "interval", "linear"
  int64_t dead = 0, certified = 0;
};

struct CertificateReport {
  int64_t step = 0;
  std::vector<Coverage> layers;
};

// What a network makes of the plane at one step.
struct PlaneFrame {
  int64_t step = 0;
  double low = 0, high = 0;  // the square [low, high] x [low, high] that is shown
  // (w1, w2, b, dead) of each unit of the first rectifier: it fires where w1 x + w2 y + b > 0.
  std::vector<std::array<double, 4>> lines;
  int64_t side = 0;   // of the grid
  std::string field;  // the class at each place of the grid, a byte each, top row (highest y) first
  const ImageDataset* points = nullptr;  // the training set, with the first frame
};

// A picture of a byte a pixel, row-major; pictures in colour are the mean of their channels.
struct GreyPicture {
  int64_t sample = -1, label = -1;  // -1: it shows weights
  std::string name{};               // of the label
  std::string chosen =
      "largest_z";  // of all, at the end; "last_fired": the last that fired a unit now dead
  int64_t width = 0, height = 0;
  std::string pixels;
  int64_t step = -1;  // "last_fired": in whose batch it was; -1: seen by a census only
};

// Test samples that the network is surest about and gets wrong, at the end.
struct Mistaken {
  struct One {
    GreyPicture picture;  // no pixels where the samples are no pictures
    int64_t said = 0;
    std::string said_name;
    double probability = 0;
  };
  int64_t step = 0;
  std::vector<One> worst;
};

// A unit worth reading, as it is at the end of a run.
struct UnitPortrait {
  std::string layer;
  int64_t unit = 0;
  std::string why;
  GreyPicture portrait;      // of its incoming weights, 128 at 0; empty beyond the first layer
  double low = 0, high = 0;  // of these weights
  std::vector<GreyPicture>
      pictures;  // the one that last fired it, if known; then those of its largest z
};

struct Warning {
  std::string code, text;
};

// The last one of a run.
struct Ended {
  const Outcome& outcome;
};

// What --find-lr measured: see find_rate.h.
struct RateTest {
  struct Step {
    double lr = 0, loss = 0, smoothed = 0;  // the loss before the step at that rate
  };
  std::vector<Step> steps;
  double lowest_at = 0;  // the rate of the lowest smoothed loss; 0: none
  double suggested = 0;  // where it fell fastest; 0: none
  std::string none;      // why there is none
};

// A change of the recipe that was tried on a twin of the run.
struct Tried {
  std::string change;           // in flags: "--lr 0.001"; empty: the recipe as it is
  double accuracy = 0;          // a fraction, on the first `test` test pictures; 0 if it diverged
  int64_t steps = 0;            // made
  int64_t train = 0, test = 0;  // pictures
  bool diverged = false;
  bool learned = false;  // did it reach the bar of its list?
};

// What was tried to heal a run that failed, after its end.
struct Treated {
  std::vector<Tried> tried;      // in the order in which it was
  std::optional<Tried> cure;     // as measured on its longest twin
  std::optional<Tried> nearest;  // to what failed, of the values of a cure that is one number
  bool confirmed = false;        // on a longer twin than those that were tried first
  bool whole_run = false;        // that twin was the run itself, with the change
  std::string command, why;      // of the cure; empty without
  std::string none;              // why there is no cure; empty with one
  double bar = 0;           // that the cure's accuracy, or without one the others, had to reach
  double run_accuracy = 0;  // of the run itself
  bool run_diverged = false;
  bool run_learned = false;  // it comes short of its neighbours, no more: the cure makes it better
  Verdict run_verdict = Verdict::unsure;
  std::optional<Verdict>
      verdict;  // on the run, by what cured it, or if it needs no cure; else none
  double seconds = 0;
};

// One change, tried on several seeds beside the recipe as it is.
struct ArmReport {
  std::string change, command;  // in flags; empty: as it is
  int64_t seeds = 0, healed = 0, diverged = 0;
  double accuracy = 0, dead = 0;  // means: of the test set, and the share of dead units at the end
  double effect = 0, low = 0, high = 0;  // on the accuracy, seed by seed, and its 95 % interval;
                                         // NaN: not known
};

// What heals from the start, or what heals the network that has failed.
struct QuestionReport {
  bool failed = false;
  int64_t steps = 0, whole = 0;  // of an arm, and of the run
  int64_t test = 0;              // pictures that tell how far it came
  double bar = 0;                // the accuracy that an arm has to reach to be called healed
  std::string none;              // why nothing was tried; empty: something was
  std::vector<ArmReport> arms;   // that which changes nothing first
};

// What the doctor found.
struct Consulted {
  double budget = 0, seconds = 0;
  std::vector<QuestionReport> questions;
  std::string sentence;
  std::string change, command;  // of the best; empty: there is none
  bool best_failed = false;     // it heals the failed network
};

using Event = std::variant<RunConfig, Resumed, PlantReport, Repaired, Progressed, Underway,
    StepMade, EpochEnded, Spreads, Confused, Mistaken, Counted, Replay, ProphecyReport, ScoreReport,
    CertificateReport, PlaneFrame, UnitPortrait, Warning, Ended, RateTest, Treated, Consulted>;

// Where events go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void on(const Event& event) = 0;
};

// Passes events on to several, in order.
class Sinks final : public Sink {
 public:
  void add(Sink& sink) { all_.push_back(&sink); }
  void on(const Event& event) override;

 private:
  std::vector<Sink*> all_;
};

// Tells `out` how far through a set a pass of that name is; for the last argument of `examine`.
Passed tells(Sink& out, const char* what);

}  // namespace lively::lab
