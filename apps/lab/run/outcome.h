#pragma once

#include <array>
#include <string>
#include <vector>

#include "apps/lab/inquiry/plane.h"
#include "apps/lab/inquiry/portraits.h"
#include "apps/lab/recipe/settings.h"
#include "lively/data/subset.h"
#include "lively/nn/initializer.h"
#include "lively/nn/liveness/cause.h"
#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/liveness/prophecy.h"
#include "lively/nn/liveness/titles.h"

namespace lively::lab {

// What a pass over a set without training gives.
struct Examination {
  double loss = 0;
  double accuracy = 0;     // a fraction
  double accuracy_se = 0;  // sqrt(p (1 - p) / n)
  Census census;
};

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
  int64_t train_samples = 0, test_samples = 0;
  DataBox box;          // of the training set
  std::string model;    // as modules describe themselves
  std::string network;  // for people
  int64_t parameters = 0;
  std::vector<LayerConfig> layers;
  Titles titles;  // what people call the layers
  int threads = 1;
  std::string blas;
  int64_t steps_per_epoch = 0, epochs = 0;
};

// A run that goes on from a checkpoint.
struct ResumeReport {
  int64_t epoch = 0, step = 0;  // completed
  int64_t batch = 0;            // of the epoch under way
};

// A fault that was put in on purpose.
struct PlantReport {
  int64_t step = 0;  // 0: in the data
  std::string code, text;
};

struct StepReport {
  int64_t epoch = 0, step = 0;  // both from 1
  double loss = 0, lr = 0, gradient_norm = 0, update_ratio = 0;
};

struct EpochReport {
  int64_t epoch = 0, step = 0;
  double train_loss = 0, train_accuracy = 0;  // running means of the epoch
  Examination test;
  double samples_per_s = 0;  // training alone
};

struct LivenessReport {
  int64_t epoch = 0, step = 0;
  std::string set;  // "train[:10000]", "train"; "batches": counted while training
  std::string mode = "evaluation";
  const LifeHistory* life = nullptr;
  int64_t after = 0;  // the step of the census before
  const std::vector<Cause>* causes =
      nullptr;                           // of each of the life's changes; null: nobody has looked
  std::vector<double> zero_gradients{};  // by weighted layer; empty before the first step
  std::vector<std::string> cuts{};       // the layers that are each a dead cut
  bool each_step = false;                // there is such a report after every step,
  bool totals = true;                    // of which only some are worth all numbers:
  bool changes = true;  // the others tell who died or revived, unless another report does
};

// A fatal step made again without a part that is blamed: does the unit fire on the census set then?
struct Replay {
  int64_t step = 0;
  std::string layer;  // as in the census
  int64_t unit = 0;
  std::string removed;
  bool lives = false;
};

// How many deaths came about how, over a run.
struct DeathTally {
  int64_t deaths = 0, born = 0, unknown = 0;  // of the deaths, those without a cause
  std::array<int64_t, 4> by{};                // by FallBy
  int64_t cliffs = 0, drifts = 0;             // known only where every step has a census
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

struct Outcome {
  int64_t epochs = 0, steps = 0;  // completed
  double seconds = 0;
  Examination test;
  LifeHistory life;
  DeathTally deaths;
  Evidence evidence;
  Diagnosis diagnosis;
  std::string weights_hash;
  std::string prophecies;  // how they fared; empty: there were none to score
  bool interrupted = false;
  std::string checkpoint;  // where the run can go on from; empty: nothing was saved

  bool diverged() const { return evidence.non_finite.has_value(); }
};

// Watches a run: the screen, the log.
class RunListener {
 public:
  virtual ~RunListener() = default;
  virtual void started(const RunConfig&) {}
  virtual void resumed(const ResumeReport&) {}
  virtual void planted(const PlantReport&) {}
  virtual void progressed(int64_t /*epoch*/, int64_t /*step_in_epoch*/, double /*loss*/) {}
  virtual void stepped(const StepReport&) {}  // every log_interval steps
  virtual void epoch_ended(const EpochReport&) {}
  virtual void counted(const LivenessReport&) {}
  virtual void replayed(const Replay&) {}
  // Points in the plane only: at each census; `points` comes with the first frame.
  virtual void framed(const PlaneFrame&, const ImageDataset* /*points*/) {}
  virtual void portrayed(const UnitPortrait&) {}  // at the end
  virtual void foretold(const ProphecyReport&) {}
  virtual void scored(const ScoreReport&) {}
  virtual void certified(const CertificateReport&) {}
  virtual void warned(const std::string& /*code*/, const std::string& /*text*/) {}
  virtual void finished(const Outcome&) {}
};

}  // namespace lively::lab
