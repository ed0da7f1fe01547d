#pragma once

#include <functional>

#include "lively/nn/liveness/diagnose.h"

namespace lively {

// Experiments that a verdict may ask for, where the caller can make them. What is left empty is not
// tried, and a verdict that needs it is unsure.
struct Probes {
  // Goes on with a copy, moments and all, at `factor` times the usual learning rate
  // (`Evidence::usual_rate`) for so many steps:
  // the mean loss of the last third of them, at most 100; NaN if it diverged.
  std::function<double(double factor, int64_t steps)> go_on;
  // The same, so changed: with nothing that scales steps down (no clipping, the optimizer's own
  // eps, and the nominal rate if `held_by_rate`); or without weight decay and dropout. Empty where
  // there is nothing of the kind to take away.
  std::function<std::optional<double>(int64_t steps)> unscaled, freed;
  // Does redrawing the dead units of a copy let it learn?
  std::function<bool()> revival;
  // How well 10 nearest neighbours do on the samples held out.
  std::function<HeldOut()> neighbours;
};

// Was the rate usually a tenth of the nominal one or less?
bool held_by_rate(const Evidence& evidence);

// Tries what the evidence asks for (`wants`), one after the other, and adds what it showed; `tell`
// hears of each before it begins. None goes on for more steps than the run had.
void try_probes(
    Evidence& evidence, const Probes& probes, const std::function<void(Probe)>& tell = {});

}  // namespace lively
