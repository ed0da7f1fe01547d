#include "lively/nn/liveness/starved.h"

#include <algorithm>

#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/cut.h"

namespace lively {
namespace {

// Marks the units that some gradient reaches.
class Feeding final : public Pulse {
 public:
  // What lies before a dead cut in the forward pass is not waited for: it gets nothing, whatever
  // comes.
  explicit Feeding(std::vector<LayerPulse>& layers, const std::vector<std::string>& cuts)
      : of_(layers) {
    for (LayerPulse& l : layers) {
      l.starved.assign(static_cast<std::size_t>(l.units()), true);
      if (std::ranges::count(cuts, l.name)) first_ = static_cast<std::size_t>(&l - layers.data());
    }
    for (std::size_t i = first_; i < layers.size(); ++i) hungry_ += layers[i].units();
  }
  bool wants_results() const override { return true; }
  void activated(const RectifierSite& site, Variable& y) override {
    if (static_cast<std::size_t>(site.call) >= of_.size() ||
        of_[static_cast<std::size_t>(site.call)].units() != site.units)
      fail<StateError>("find_starved: rectifier call ", site.call, " with ", site.units,
          " units: is not in the census");
    y.register_hook([this, call = static_cast<std::size_t>(site.call)](const Tensor& dy) {
      const int64_t fed = feed(of_[call].starved, dy);
      if (call >= first_) hungry_ -= fed;
      return Tensor();
    });
  }
  bool done() const { return hungry_ == 0; }

 private:
  // Gives how many units it was the first to feed.
  static int64_t feed(std::vector<bool>& starved, const Tensor& dy) {
    int64_t fed = 0;
    const Tensor rows = dy.contiguous();
    const int64_t samples = dy.shape()[0], units = dy.shape()[1],
                  positions = dy.numel() / std::max<int64_t>(1, samples * units);
    visit_float("find_starved", dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* p = rows.data<T>();
      for (int64_t u = 0; u < units; ++u) {
        const auto at = static_cast<std::size_t>(u);
        for (int64_t n = 0; n < samples && starved[at]; ++n) {
          const T* plane = p + (n * units + u) * positions;
          if (std::all_of(plane, plane + positions, [](T v) { return v == T(0); })) continue;
          starved[at] = false;
          ++fed;
        }
      }
    });
    return fed;
  }

  std::vector<LayerPulse>& of_;
  std::size_t first_ = 0;  // the layer of the last cut
  int64_t hungry_ = 0;
};

}  // namespace

namespace {

// Starved is who is so in every share.
void join(Team& team, std::vector<LayerPulse>& layers) {
  std::vector<int64_t> fed;
  for (const LayerPulse& l : layers)
    for (const bool starved : l.starved) fed.push_back(!starved);
  team.sum(fed);
  auto next = fed.begin();
  for (LayerPulse& l : layers)
    for (std::size_t u = 0; u < l.starved.size(); ++u) l.starved[u] = *next++ == 0;
}

}  // namespace

void find_starved(
    Module& model, const NextInputs& next, const LossOf& loss, Census& census, Team* team) {
  const detail::KeepMode keep(model, census.mode == CensusMode::training);
  std::vector<Variable> parameters = model.parameters();
  std::vector<Tensor> gradients;
  for (Variable& p : parameters) gradients.push_back(p.grad());
  Feeding feeding(census.layers, dead_cuts(model, census));
  Tensor inputs;
  while (!feeding.done() && next(inputs)) {
    Variable value;
    {
      const Observe scope(feeding);
      value = loss(model(Variable(inputs)));
    }
    value.backward();
  }
  if (team) join(*team, census.layers);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].zero_grad();
    if (gradients[i].defined()) parameters[i].set_grad(gradients[i]);
  }
}

}  // namespace lively
