#include "lively/optim/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void check_epochs(const char* what, int64_t epochs, int64_t least) {
  if (epochs < least) fail<ValueError>(what, " ", epochs, ": needs at least ", least);
}

// What every number is better than.
double worst(Better better) { return better == Better::lower ? kInfinity : -kInfinity; }

}  // namespace

Plateau::Plateau(const PlateauOptions& options) : options_(options) {
  if (!(options.factor > 0 && options.factor < 1))
    fail<ValueError>("plateau: factor ", number(options.factor), ": needs to lie between 0 and 1");
  if (!(options.threshold >= 0 && options.threshold < 1))
    fail<ValueError>("plateau: threshold ", number(options.threshold), ": needs 0 to below 1");
  if (!(options.least >= 0 && options.least <= 1))
    fail<ValueError>("plateau: least ", number(options.least), ": needs 0 to 1");
  check_epochs("plateau: patience", options.patience, 0);
  check_epochs("plateau: cooldown", options.cooldown, 0);
}

double Plateau::update(double metric) {
  const double best = state_.any ? state_.best : worst(options_.better);
  const bool improved = options_.better == Better::lower ? metric < best * (1 - options_.threshold)
                                                         : metric > best * (1 + options_.threshold);
  if (improved) {
    state_.best = metric;
    state_.any = true;
    state_.bad = 0;
  } else {
    ++state_.bad;
  }
  if (state_.cooling_down > 0) {
    --state_.cooling_down;
    state_.bad = 0;
  }
  if (state_.bad > options_.patience) {
    state_.factor = std::max(state_.factor * options_.factor, options_.least);
    state_.cooling_down = options_.cooldown;
    state_.bad = 0;
  }
  return state_.factor;
}

void Plateau::restore(const State& state) {
  if (!(state.factor >= 0 && state.factor <= 1) || std::isnan(state.best) || state.bad < 0 ||
      state.cooling_down < 0)
    fail<ValueError>("plateau: state with factor ", number(state.factor), ", best ",
        number(state.best), ", ", state.bad, " bad epochs and ", state.cooling_down,
        " cooling down: is none that updates lead to");
  state_ = state;
}

EarlyStopping::EarlyStopping(
    std::vector<Named<Tensor>> weights, const EarlyStoppingOptions& options)
    : weights_(std::move(weights)), options_(options) {
  check_epochs("early stopping: patience", options.patience, 1);
  if (!(options.min_delta >= 0) || !std::isfinite(options.min_delta))
    fail<ValueError>(
        "early stopping: min_delta ", number(options.min_delta), ": needs a number of at least 0");
  for (const auto& [name, tensor] : weights_) {
    if (!tensor.defined()) fail<ValueError>("early stopping: ", name, ": is undefined");
    best_.push_back({name, tensor.clone()});
  }
}

bool EarlyStopping::update(double metric) {
  const double best = state_.any ? state_.best : worst(options_.better);
  ++state_.epochs;
  if (options_.better == Better::lower ? metric < best - options_.min_delta
                                       : metric > best + options_.min_delta) {
    state_.best = metric;
    state_.any = true;
    state_.bad = 0;
    for (std::size_t i = 0; i < best_.size(); ++i) best_[i].value.copy_from(weights_[i].value);
  } else {
    ++state_.bad;
  }
  return should_stop();
}

void EarlyStopping::restore_best() {
  if (!state_.any)
    fail<StateError>("early stopping: ", state_.epochs,
        " epochs: none had a metric, so there is no best to restore");
  for (std::size_t i = 0; i < best_.size(); ++i) weights_[i].value.copy_from(best_[i].value);
}

void EarlyStopping::restore(const State& state) {
  if (state.bad < 0 || (state.any ? state.bad >= state.epochs : state.bad != state.epochs) ||
      std::isnan(state.best))
    fail<ValueError>("early stopping: state with ", state.epochs, " epochs, best ",
        number(state.best), " and ", state.bad, " bad epochs: is none that updates lead to");
  state_ = state;
}

}  // namespace lively
