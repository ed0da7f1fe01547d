#include "apps/lab/inquiry/probes.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "apps/lab/inquiry/go_on.h"
#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/inquiry/revival.h"

namespace lively::lab {
namespace {

constexpr int64_t kLower = 300, kHigher = 1000;  // steps at most; never more than the run had

}  // namespace

void run_probes(Evidence& e, const Settings& s, Module& model, const Optimizer& optimizer,
    const DataSplits& data, const Examination& end, Sink& out) {
  const auto steps = static_cast<int64_t>(e.losses.size());
  const auto after = [&](double factor, int64_t most) {
    const Continuation copy = copy_of(model, optimizer, s, data, factor * s.lr);
    return go_on(*copy.model, *copy.optimizer, s, data, std::min(most, steps));
  };
  const auto late =
      std::span(e.losses).last(static_cast<std::size_t>(std::min(kJudged, (steps + 2) / 3)));
  if (!late.empty())
    e.late_loss = std::accumulate(late.begin(), late.end(), 0.0) / static_cast<double>(late.size());

  if (wants(Probe::neighbours, e)) {
    out.on(Warning{"probe",
        "No better than chance on the test set: looking whether 10 nearest neighbours are."});
    e.neighbours = nearest_neighbours(data.train, data.test);
  }
  // Only there does a unit's death concern the next layer's weights alone.
  if (s.architecture == Architecture::mlp && s.residual.empty() && wants(Probe::revival, e)) {
    out.on(
        Warning{"probe", "Half of a layer is dead: trying on a copy whether reviving it helps."});
    e.revival_cures = revival_cures(s, model, data, end);
  }
  if (wants(Probe::lower_rate, e)) {
    out.on(Warning{"probe",
        "The loss is unsteady: trying on copies whether a tenth of the learning rate helps."});
    e.loss_at_rate = after(1, kLower);
    e.loss_at_tenth = after(0.1, kLower);
  }
  if (wants(Probe::higher_rate, e)) {
    out.on(Warning{"probe",
        "The loss falls, but far from enough: trying on a copy whether ten times the learning rate "
        "helps."});
    e.loss_at_tenfold = after(10, kHigher);
  }
}

}  // namespace lively::lab
