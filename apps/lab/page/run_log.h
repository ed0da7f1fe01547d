#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lively::lab {

// A run as its log tells it: the events of apps/README.md, in order. Numbers that were not finite,
// and those that a log does not have, are NaN; counts that it does not have are kNotCounted.
struct RunLog {
  static constexpr int64_t kNotCounted = -1;
  using Shares = std::vector<std::pair<std::string, double>>;

  struct Train {
    int64_t epoch = 0, step = 0;
    double loss = 0, lr = 0, gradient_norm = 0, update_ratio = 0;
    std::vector<double> gradient_norms;  // by weighted layer
  };
  // A layer with weights, as the config line has it.
  struct Weighted {
    std::string name, shape;  // "[128,784]"
  };
  // How the weights of each layer, or what enters its activations, are spread at one step.
  struct Histogram {
    std::string layer;
    double low = 0, high = 0, mean = 0, deviation = 0, above_zero = 0;
    std::vector<double> counts;  // of equal parts of [low, high]
  };
  struct Histograms {
    int64_t epoch = 0, step = 0;
    std::string of, set;  // "weights", "activations"
    std::vector<Histogram> layers;
  };
  // How many samples of each class (rows) were said to be of each (columns).
  struct Confusion {
    int64_t epoch = 0, step = 0;
    std::string set;
    std::vector<std::string> classes;
    std::vector<std::vector<int64_t>> counts;
  };
  struct Eval {
    int64_t epoch = 0, step = 0;
    double train_loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0,
           test_accuracy_se = 0;
  };
  struct Layer {
    std::string name;
    int64_t units = 0, dead = 0, lasting = 0, born_dead = 0, died = 0, revived = 0, pinned = 0,
            linear = 0;
    int64_t dormant = 0, starved = 0, saturated = 0, numerically_pinned = 0, borderline = 0;
    double zero_activations = 0, zero_gradients = 0;
  };
  struct Census {
    int64_t epoch = 0, step = 0;
    std::string set;
    std::optional<std::vector<std::string>>
        cut;  // layers that form a dead cut; none: not looked for
    std::vector<Layer> layers;
  };
  // On which share of the samples each unit of a layer fired.
  struct Rates {
    int64_t step = 0;
    std::string layer;
    std::vector<double> rates;
  };
  struct Cause {
    std::string where, upstream_layer, how_fast, what;
    double fall = 0, lr = 0, z_before = 0, z_after = 0;
    int64_t sample = kNotCounted;
    bool approximate = false;
    Shares shares, own;
  };
  // A unit that was seen firing up to `after` and was silent at `step`, or the other way round.
  struct Change {
    bool death = true, born = false;
    int64_t after = 0, step = 0, unit = 0;
    std::string layer;
    std::optional<Cause> cause;
  };
  struct Replay {
    int64_t step = 0, unit = 0;
    std::string layer, removed;
    bool lives = false;
  };
  struct Prophecy {
    int64_t step = 0, unit = 0, wakes_at = kNotCounted;
    std::string layer, kind, theorem, text;
  };
  struct Score {
    int64_t step = 0, unit = 0;
    std::string layer, kind, text;
    bool right = false;
  };
  struct Certificate {
    int64_t step = 0, dead = 0, certified = 0;
    std::string layer, method;
  };
  struct Plant {
    int64_t step = 0;
    std::string code, text;
  };
  // Row-major, a byte a pixel.
  struct Picture {
    int64_t sample = kNotCounted, width = 0, height = 0;
    std::string label, chosen, pixels;
    int64_t step = kNotCounted;  // in whose batch it was
  };
  struct Mistake {
    Picture picture;  // without pixels where the samples are no pictures
    std::string said;
    double probability = 0;
  };
  struct Unit {
    int64_t unit = 0;
    std::string layer, why;
    std::optional<Picture> portrait;
    double portrait_low = 0, portrait_high = 0;
    std::vector<Picture> pictures;
  };
  struct Sample {
    double x = 0, y = 0;
    int64_t label = 0;
  };
  // The plane at one step: the line w1 x + w2 y + b = 0 of each unit of the first layer, and the
  // class that the network gives to each place of a grid over [low, high] x [low, high], top row
  // first.
  struct Line {
    double w1 = 0, w2 = 0, b = 0;
    bool dead = false;
  };
  struct Frame {
    int64_t step = 0, width = 0, height = 0;
    double low = 0, high = 0;
    std::vector<Line> lines;
    std::string field;
  };
  struct Decider {
    std::string what, rule, counts;  // "2 of 128", where the value is a share; or empty
    double value = 0;
  };
  struct Final {
    int64_t epochs = 0, steps = 0, units = 0, dead = 0, born_dead = 0;
    double seconds = 0, test_accuracy = 0, test_accuracy_se = 0;
    std::string verdict, text, weights_hash, test_command;
    std::vector<std::string> verdicts, looked_for;  // all that hold, and what could have been found
    std::vector<Decider> deciders;
    std::optional<double> best_accuracy;  // of the epoch whose weights --early-stop kept
    bool judged = false;                  // the verdict is not the log's: whoever read it gave it
  };

  // A change of the recipe that was tried on a twin.
  struct Tried {
    std::string change;  // empty: as it is
    double accuracy = 0;
    int64_t steps = 0, train = 0;
    bool diverged = false, learned = false;
  };
  struct Treatment {
    std::vector<Tried> tried;
    std::optional<Tried> cure, nearest;
    std::string command, why, none, verdict;
    double bar = 0, seconds = 0;
    bool whole_run = false;
  };
  // A learning rate range test.
  struct Rate {
    double lr = 0, loss = 0, smoothed = 0;
  };
  struct RateTest {
    std::vector<Rate> steps;
    double lowest_at = 0, suggested = 0;  // 0: none
    std::string none;
  };
  // What the doctor tried.
  struct Arm {
    std::string change, command;
    int64_t seeds = 0, healed = 0, diverged = 0;
    double accuracy = 0, dead = 0, effect = 0, low = 0, high = 0;
  };
  struct Question {
    bool failed = false;  // on the network that has failed; else from the start
    int64_t steps = 0, whole = 0;
    double bar = 0;
    std::string none;
    std::vector<Arm> arms;
  };
  struct Consultation {
    double budget = 0;
    std::string sentence, command;
    std::vector<Question> questions;
  };

  std::string path;  // of its file; empty: it has none
  std::string app, version, command, model;
  std::string network;              // the model in a line, for people; empty: not said
  int64_t epochs = 0, samples = 0;  // planned; of the training set; 0: not said
  std::vector<Weighted> weighted;   // the layers with weights, in order
  std::vector<std::pair<std::string, std::string>> settings;  // what the config line says, flat
  std::map<std::string, std::string> titles;  // words for layers, by their module path
  std::vector<Train> train;
  std::vector<Eval> eval;
  std::vector<Census> censuses;  // in evaluation mode
  std::vector<Rates> rates;
  std::vector<Change> changes;
  std::vector<Replay> replays;
  std::vector<Prophecy> prophecies;
  std::vector<Score> scores;
  std::vector<Certificate> certificates;
  std::vector<Plant> plants;
  std::vector<Unit> units;
  std::vector<Sample> points;
  std::vector<Frame> frames;
  std::vector<Histograms> histograms;
  std::vector<Confusion> confusions;
  std::vector<Mistake> mistakes;  // the most confident ones at the end
  std::vector<std::string> warnings;
  std::vector<double> losses;  // of each step, from the evidence; empty: not known
  double birth_loss = std::numeric_limits<double>::quiet_NaN();  // before the first step
  std::string evidence;  // the event of this name, as it stands; empty: there is none
  std::optional<Consultation> consultation;
  std::optional<Final> final;  // none: the run was cut off
  std::optional<Treatment> treatment;
  std::optional<RateTest> rate_test;
  std::vector<std::string> seed_logs;  // of --seeds: where the logs of its runs were written
};

// Reads a JSON-lines log. Lines of other types are passed over. Where a run went on (`resume`),
// what it had written from later steps, or at an earlier end, is left out: it comes again. Throws
// DataError with file and line.
RunLog read_run_log(const std::string& path);
RunLog run_log_of(const std::vector<std::string>& lines);  // the same from the lines themselves

}  // namespace lively::lab
