#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lively/nn/liveness/update_law.h"
#include "lively/tensor/tensor.h"

// Whether a dead relu unit can fire again. It gets no gradient, so its own parameters follow the
// optimizer's law alone; as long as its inputs do not move, its future can be computed.

namespace lively {

enum class Fate : uint8_t {
  cannot_move,             // its parameters never change by a bit, so it never fires
  moves_cannot_wake,       // they change, yet it never fires
  wakes_at,                // it first fires after a known step
  only_if_upstream_moves,  // its own parameters cannot wake it, its inputs may
  open,
};
const char* name(Fate fate);

// By which theorem, or why none applies.
enum class Ground : uint8_t {
  still,             // gradient 0, nothing left of old gradients, no decay
  fading,            // decay on weights and bias alike: every pre-activation keeps its sign
  decay_of_weights,  // decays apart: z = c · w·x + b with a factor c that goes to 0, or grows
  heavy_ball,        // sgd's momentum: it glides on a straight line, to a limit
  replayed,    // its next steps computed alone, bit by bit, until nothing old was left of them
  dead_cut,    // no gradient passes the layer of dead units above, so all below stands still
  norm_bound,  // beta <= -|gamma| sqrt(n - 1): no batch can lift it above 0
  not_finite,
  fires_elsewhere,     // on another input that can occur
  borderline,          // nearer to firing than rounding can tell
  residue_and_inputs,  // old gradients, or an uneven decay, still move it, and so do its inputs
  normalised,          // what it sees depends on the batch
  shortcut,            // a sum with a shortcut feeds it, which its own weights do not govern
  no_theorem,  // L2 inside an adaptive optimizer, or steps too large: computed ahead, asleep so far
  no_law,      // its optimizer does not say how it moves what gets no gradient
};
const char* name(Ground ground);

struct Prophecy {
  Fate fate = Fate::open;
  Ground ground = Ground::no_theorem;
  int64_t wakes_at = -1;  // the step, counted as `taken` is, after which it first fires
  int64_t sample = -1;    // on which: its place in the pass over the inputs
};
std::string text(const Prophecy& prophecy);  // "cannot move: ..."

// Calls what it is given with the batches [N, in] of all inputs that can reach the units in
// training, always in the same order.
using VisitInputs = std::function<void(const std::function<void(const Tensor& inputs)>&)>;

// What has to be known of dead units that share their inputs.
struct Outlook {
  std::optional<UpdateLaw> law;  // none: the optimizer states none
  int64_t taken = 0;             // steps made so far
  int64_t steps_to_come = 0;     // 0: for ever, with a factor of 1 then
  VisitInputs inputs;            // empty: they move
  // With dropout p on the inputs any of them may be 0, and the others grow by 1 / (1 - p). With p =
  // 0: any input may be whatever lies between 0 and what is given, as augmented pictures are.
  std::optional<double> dropout{};
};

// A prophecy for each unit, in order: the table of fates in nn/README.md, in code. Conditions that
// a caller has to see to: the units are relu units without a normalisation or a sum before them,
// `inputs` gives every input that can occur, the weights are not tied, and nothing but the law
// writes to them. Throws ShapeError if rows and inputs differ in length, ValueError if a row needs
// a replay and has none.
std::vector<Prophecy> prophesy(const std::vector<UnitRow>& units, const Outlook& outlook);

// Of units with batch normalisation before the relu, for which the theorems above are false: z
// depends on the batch. What holds is that no value of a batch of n lies more than sqrt(n - 1)
// deviations from its mean (Samuelson 1968). `row`: all its own parameters, gamma and beta among
// them.
Prophecy prophesy_normalised(const UnitRow& row, double gamma, double beta,
    int64_t values_per_batch, const UpdateLaw& law, double largest_rate);

}  // namespace lively
