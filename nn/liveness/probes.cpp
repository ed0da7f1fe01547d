#include "lively/nn/liveness/probes.h"

#include <algorithm>

#include "lively/nn/liveness/evidence.h"

namespace lively {
namespace {

constexpr int64_t kLower = 300, kHigher = 1000;  // steps at most

}  // namespace

void try_probes(Evidence& e, const Probes& p, const std::function<void(Probe)>& tell) {
  const auto steps = static_cast<int64_t>(e.losses.size());
  const auto due = [&](Probe probe, bool possible) {
    if (!possible || !wants(probe, e)) return false;
    if (tell) tell(probe);
    return true;
  };
  e.late_loss = late_loss(e.losses);
  if (due(Probe::neighbours, p.neighbours != nullptr)) e.neighbours = p.neighbours();
  if (due(Probe::revival, p.revival != nullptr)) e.revival_cures = p.revival();
  if (due(Probe::lower_rate, p.go_on != nullptr)) {
    e.loss_at_rate = p.go_on(1, std::min(kLower, steps));
    e.loss_at_tenth = p.go_on(0.1, std::min(kLower, steps));
  }
  if (due(Probe::higher_rate, p.go_on != nullptr))
    e.loss_at_tenfold = p.go_on(10, std::min(kHigher, steps));
}

}  // namespace lively
