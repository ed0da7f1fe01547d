#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lively/nn/initializer.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/prophecy.h"

namespace lively {

// Units drawn anew in the middle of a training, so that the network computes at that moment what it
// did: what comes in is redrawn, what goes out is 0 and is learnt again. Recycling dormant units so
// is ReDo (Sokar et al. 2023, arXiv 2302.12902).

struct Redraw {
  Initializer weights = Initializer::parse("he_uniform");  // of what comes in
  // On which share of the set a unit is then to fire, by its bias, or by that of a norm behind it;
  // none: a bias of 0, as published. A layer without either fires as its weights were drawn.
  std::optional<double> fires = 0.5;
  // Only where a silent unit can be drawn anew without a change of the output. Else also where a
  // shortcut or a norm takes what the unit gives: its outgoing weights stay there, and the output
  // changes.
  bool keeps_function = true;
};

// Which places of a parameter were written, [first, first + count) of an axis: what an optimizer
// remembers of them is of weights that are gone.
using Rewritten =
    std::function<void(const Variable& parameter, int axis, int64_t first, int64_t count)>;

// What became of the units of one layer.
struct Operated {
  std::string layer;           // its rectifier, as in the census
  std::vector<int64_t> units;  // drawn anew
  std::string refused;  // why those asked for were not; empty: they were, or none was asked for
};

// Draws these units anew, by layer of the census, in any order; one `turn` after the other draws
// other numbers. `set` gives the inputs on which they are to fire, [N, …], at least one batch. A
// layer is refused where its units cannot be told apart from others: the weights that they hang on
// are named. Where all units asked for are silent in the census and the function is to be kept, the
// outputs of the first batch are compared: should they not be the same to the bit, all is put back,
// and every layer refused. Weights from one redrawn unit to another stay as drawn, so that layers
// which are dead on top of each other pass a signal on. Leaves mode, gradients and random streams
// as they were. Throws ValueError where there is no such layer or unit, or the share is not within
// (0, 1).
std::vector<Operated> redraw_units(Module& model, const Census& census,
    const std::vector<std::vector<int64_t>>& units, const VisitInputs& set, const Redraw& how,
    Seed seed, uint64_t turn = 0, const Rewritten& rewritten = {});

// The units of each layer that a census found dead, and those with a dormancy of at most tau (Sokar
// et al. 2023).
std::vector<std::vector<int64_t>> dead_units(const Census& census);
std::vector<std::vector<int64_t>> dormant_units(
    const Census& census, double tau = LayerPulse::kDormant);

}  // namespace lively
