#include "lively/nn/liveness/probes.h"

#include <algorithm>
#include <vector>

#include "lively/nn/liveness/evidence.h"

namespace lively {
namespace {

constexpr int64_t kSteps = 500;     // at most
constexpr double kFairStep = 1e-3;  // update over weight
constexpr double kMost = 1e7;       // times the rate

// So many times the rate as moves the middle layer by a thousandth in a step.
double raise_of(std::vector<double> ratios) {
  if (ratios.empty()) return 0;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::ranges::nth_element(ratios, middle);
  return std::min(kMost, kFairStep / std::max(*middle, kFairStep / kMost));
}

}  // namespace

void try_probes(Evidence& e, const Probes& p, const std::function<void(Probe)>& tell) {
  const int64_t steps = std::min(kSteps, static_cast<int64_t>(e.losses.size()));
  const auto due = [&](Probe probe, bool possible) {
    if (!possible || !wants(probe, e)) return false;
    if (tell) tell(probe);
    return true;
  };
  // What a copy that goes on as before does: a run that was merely short learns by itself.
  const auto control = [&] {
    if (!e.loss_at_rate && p.go_on) e.loss_at_rate = p.go_on(1, steps);
  };
  e.late_loss = late_loss(e.losses);
  if (due(Probe::neighbours, p.neighbours != nullptr)) e.neighbours = p.neighbours();
  if (due(Probe::revival, p.revival != nullptr)) e.revival_cures = p.revival();
  if (due(Probe::unscaled, p.unscaled != nullptr) && (e.loss_unscaled = p.unscaled(steps)))
    control();
  if (due(Probe::freed, p.freed != nullptr) && (e.loss_freed = p.freed(steps))) control();
  if (due(Probe::lower_rate, p.go_on != nullptr)) {
    control();
    e.loss_at_tenth = p.go_on(0.1, steps);
  }
  if (due(Probe::higher_rate, p.go_on != nullptr)) {
    control();
    e.loss_at_tenfold = p.go_on(10, steps);
    if (wants(Probe::higher_rate, e)) e.loss_at_hundredfold = p.go_on(100, steps);
    if (wants(Probe::higher_rate, e)) e.loss_at_thousandfold = p.go_on(1000, steps);
    if (const double more = raise_of(e.update_ratios);
        more > 1000 && wants(Probe::higher_rate, e)) {
      e.raise = more;
      e.loss_at_raise = p.go_on(more, steps);
    }
  }
}

}  // namespace lively
