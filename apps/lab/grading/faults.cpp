#include "apps/lab/grading/faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

struct Range {
  double low, high;
};
using Ranges = std::array<Range, kStrengths>;  // weak, middle, strong

// To three digits, as people type them.
double rounded(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return std::strtod(text, nullptr);
}

double to_four(double share) { return std::round(share * 1e4) / 1e4; }

// From the strength's range, even on a logarithmic scale.
double drawn(const Ranges& ranges, Strength strength, Stream& stream) {
  const Range r = ranges[static_cast<std::size_t>(strength)];
  return rounded(std::exp(stream.uniform(std::log(r.low), std::log(r.high))));
}

int64_t whole(const Ranges& ranges, Strength strength, Stream& stream) {
  return std::llround(drawn(ranges, strength, stream));
}

std::string uniform_within(double bound) {
  const double b = rounded(bound);
  return "random_uniform:" + number(-b) + "," + number(b);
}

// The bound of He's uniform law in a hidden layer: signals keep their size.
double he_bound(const Settings& s) { return std::sqrt(6.0 / static_cast<double>(s.width)); }

bool saturates(const Settings& s) { return s.activation == "tanh" || s.activation == "sigmoid"; }
bool adaptive(const Settings& s) { return s.optimizer != "sgd"; }
bool normed(const Settings& s) { return s.norm != "none"; }
bool bare(const Settings& s) { return !normed(s) && s.residual.empty(); }

bool always(const Settings&, const Ground&) { return true; }
bool no_norm(const Settings& s, const Ground&) { return !normed(s); }
bool of_sgd(const Settings& s, const Ground&) { return !adaptive(s); }
bool of_adaptive(const Settings& s, const Ground&) { return adaptive(s); }
bool plain_relu(const Settings& s, const Ground&) { return s.activation == "relu" && bare(s); }

// For what makes a sample dear.
bool brief(const Settings& s, const Ground& g) { return g.samples * s.epochs <= 30'000; }

// A step at a share of the run.
int64_t step_at(double share, const Settings& s, const Ground& g) {
  return std::max<int64_t>(1, std::llround(share * static_cast<double>(g.steps(s))));
}

// The later, the less is left to recover in; a cut network does not recover at all.
int64_t push_step(const Settings& s, const Ground& g, Strength strength, Stream& stream) {
  return step_at(drawn({{{0.5, 0.8}, {0.2, 0.5}, {0.02, 0.2}}}, strength, stream), s, g);
}

std::string plant(const char* code, int64_t first) {
  return std::string(code) + ":" + std::to_string(first);
}

std::vector<FaultKind> rates() {
  return {
      {"rate_too_large", {"exploding", "died", "oscillating"}, always,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.lr = rounded(s.lr * drawn({{{5, 20}, {50, 300}, {1000, 1e5}}}, w, r));
          }},
      {"rate_too_small", {"slow"}, always,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.lr = rounded(s.lr / drawn({{{10, 30}, {100, 1000}, {3000, 1e6}}}, w, r));
          }},
      {"momentum", {"exploding", "died", "oscillating"}, of_sgd,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.momentum =
                to_four(1 - drawn({{{0.015, 0.02}, {0.005, 0.01}, {0.0005, 0.002}}}, w, r));
          }},
      {"clip", {"starved_step"}, of_sgd,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.clip = drawn({{{1e-2, 3e-2}, {3e-4, 1e-3}, {1e-6, 1e-4}}}, w, r);
          }},
      {"warmup", {"starved_step"}, always,
          [](Settings& s, const Ground& g, Strength w, Stream& r) {
            const double times = drawn({{{5, 20}, {50, 500}, {3000, 1e5}}}, w, r);
            s.warmup = std::min<int64_t>(1'000'000'000, step_at(times, s, g));
          }},
      {"eps", {"starved_step"}, of_adaptive,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.eps = drawn({{{0.03, 0.3}, {1, 10}, {100, 10'000}}}, w, r);
          }},
      {"schedule", {"starved_step"}, always,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.schedule = "exponential:" +
                         number(drawn({{{1e-5, 1e-3}, {1e-12, 1e-8}, {1e-40, 1e-20}}}, w, r));
          }},
      {"batch_huge", {"slow"}, [](const Settings&, const Ground& g) { return g.samples >= 1000; },
          [](Settings& s, const Ground& g, Strength w, Stream& r) {
            const double share = drawn({{{0.1, 0.2}, {0.3, 0.5}, {1, 1}}}, w, r);
            s.batch_size = std::llround(share * static_cast<double>(g.samples));
          }},
      {"batch_tiny", {"exploding", "died", "oscillating"},
          [](const Settings& s, const Ground& g) {
            return !normed(s) && s.depth <= 4 && s.width <= 128 && brief(s, g);
          },
          [](Settings& s, const Ground&, Strength w, Stream&) {
            s.batch_size = w == Strength::weak ? 4 : w == Strength::middle ? 2 : 1;
          }},
  };
}

std::vector<FaultKind> weights() {
  return {
      {"init_too_large", {"exploding", "frozen_optimizer"},
          [](const Settings& s, const Ground&) { return !normed(s) && !saturates(s); },
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.init = uniform_within(he_bound(s) * drawn({{{2, 3}, {4, 8}, {10, 30}}}, w, r));
          }},
      {"init_too_small", {"vanishing"}, no_norm,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.init = uniform_within(he_bound(s) / drawn({{{3, 6}, {10, 30}, {100, 1000}}}, w, r));
          }},
      {"saturated_init", {"vanishing"},
          [](const Settings& s, const Ground&) { return !normed(s) && saturates(s); },
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            const double reach = drawn({{{3, 5}, {8, 15}, {30, 100}}}, w, r);
            s.init = "random_normal:0," +
                     number(rounded(reach / std::sqrt(static_cast<double>(s.width))));
          }},
      {"zero_init", {"vanishing", "born_dead", "wiring"}, no_norm,
          [](Settings& s, const Ground&, Strength, Stream&) { s.init = "zeros"; }},
      {"constant_init", {"vanishing", "born_dead", "wiring"}, no_norm,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.init =
                "constant:" + number(drawn({{{0.02, 0.05}, {0.005, 0.01}, {5e-4, 1e-3}}}, w, r));
          }},
      {"bias_negative", {"born_dead", "died"}, plain_relu,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.bias_init = "constant:" + number(-drawn({{{0.3, 1}, {2, 5}, {10, 50}}}, w, r));
          }},
      {"frozen_optimizer", {"frozen_optimizer", "exploding"},
          [](const Settings& s, const Ground&) {
            return bare(s) && !saturates(s) && s.optimizer.starts_with("adam");
          },
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            // A gradient that grows by so many powers of ten on its way down.
            const double tens = drawn({{{10, 14}, {19, 24}, {27, 34}}}, w, r);
            s.init = uniform_within(he_bound(s) * std::pow(10.0, tens / s.depth));
          }},
      {"clipped_loss", {"frozen_loss"},
          [](const Settings& s, const Ground&) { return !normed(s) && !saturates(s); },
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.loss = "clipped_cross_entropy";
            s.init = uniform_within(drawn({{{0.3, 0.5}, {0.8, 1.2}, {2, 5}}}, w, r));
          }},
  };
}

std::vector<FaultKind> shapes() {
  return {
      {"deep_narrow", {"born_dead", "died", "vanishing"}, plain_relu,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.depth = static_cast<int>(whole({{{10, 16}, {18, 28}, {30, 45}}}, w, r));
            s.width = w == Strength::weak ? 4 : w == Strength::middle ? 3 : 2;
          }},
      {"deep_unscaled", {"vanishing"},
          [](const Settings& s, const Ground& g) { return plain_relu(s, g) && brief(s, g); },
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.depth = static_cast<int>(whole({{{12, 16}, {18, 26}, {28, 36}}}, w, r));
            s.width = std::min<int64_t>(s.width, 64);
            s.init = "glorot_uniform";
          }},
      {"deep_residual", {"exploding"},
          [](const Settings& s, const Ground& g) {
            return plain_relu(s, g) && brief(s, g) && s.width <= 64;
          },
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.depth = static_cast<int>(whole({{{8, 12}, {14, 20}, {24, 36}}}, w, r));
            s.residual = "add";
          }},
      {"dropout", {"over_regularised"}, always,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.dropout = to_four(1 - drawn({{{0.2, 0.4}, {0.07, 0.15}, {0.01, 0.05}}}, w, r));
          }},
      {"weight_decay", {"over_regularised"}, always,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            // adamw multiplies it by a smaller rate, and nothing else scales it.
            const double much = s.optimizer == "adamw" ? 30 : 1;
            s.weight_decay = rounded(much * drawn({{{0.1, 0.3}, {0.5, 2}, {4, 20}}}, w, r));
          }},
  };
}

std::vector<FaultKind> plants() {
  return {
      {"shuffled_labels", {"uninformative_labels"}, always,
          [](Settings& s, const Ground&, Strength, Stream&) { s.plant = "shuffled_labels"; }},
      {"constant_input", {"wiring"}, always,
          [](Settings& s, const Ground&, Strength, Stream&) { s.plant = "constant_input"; }},
      {"nan_inputs", {"poisoned"}, always,
          [](Settings& s, const Ground& g, Strength w, Stream& r) {
            const int64_t many = whole({{{1, 3}, {10, 50}, {200, 2000}}}, w, r);
            s.plant = plant("nan_inputs", std::min(many, g.samples));
          }},
      {"outliers", {"exploding", "died", "oscillating", "wiring"}, always,
          [](Settings& s, const Ground&, Strength w, Stream& r) {
            s.plant = plant("outliers", whole({{{10, 50}, {50, 200}, {200, 1000}}}, w, r)) + "," +
                      number(drawn({{{50, 255}, {1000, 5000}, {1e4, 1e6}}}, w, r));
          }},
      {"lr_step", {"exploding", "died", "oscillating"}, always,
          [](Settings& s, const Ground& g, Strength w, Stream& r) {
            s.plant = plant("lr_step", step_at(r.uniform(0.05, 0.8), s, g)) + "," +
                      number(drawn({{{30, 100}, {300, 3000}, {1e4, 1e6}}}, w, r));
          }},
      {"bias", {"died"},
          [](const Settings& s, const Ground&) {
            return s.activation == "relu" && s.residual.empty();
          },
          [](Settings& s, const Ground& g, Strength w, Stream& r) {
            s.plant = plant("bias", push_step(s, g, w, r));
          }},
      {"weights", {"died"},
          [](const Settings& s, const Ground& g) { return plain_relu(s, g) && g.pictures(); },
          [](Settings& s, const Ground& g, Strength w, Stream& r) {
            s.plant = plant("weights", push_step(s, g, w, r));
          }},
  };
}

}  // namespace

const char* name(Strength strength) {
  constexpr std::array<const char*, kStrengths> kNames{"weak", "middle", "strong"};
  return kNames[static_cast<std::size_t>(strength)];
}

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> all = [] {
    std::vector<FaultKind> kinds;
    for (const auto& some : {rates(), weights(), shapes(), plants()})
      kinds.insert(kinds.end(), some.begin(), some.end());
    return kinds;
  }();
  return all;
}

const FaultKind& kind_of_turn(uint64_t turn) {
  constexpr uint64_t kStride = 11;  // a prime that does not divide their number
  return fault_kinds()[turn * kStride % fault_kinds().size()];
}

}  // namespace lively::lab
