#include "apps/lab/run/update_watch_state.h"

#include <cmath>

#include "apps/lab/recipe/record.h"

namespace lively::lab {

void save(Safetensors& file, const UpdateWatch& watch) {
  Writer w(file);
  const UpdateWatch::State& s = watch.state();
  w.put("motion", std::vector<int64_t>{
                      s.last_step.value_or(-1), s.step, static_cast<int64_t>(s.windows.size())});
  w.put("motion.reached", std::vector<int64_t>(s.reached.begin(), s.reached.end()));
  std::vector<double> rates{s.rate.value_or(std::nan(""))};
  for (std::size_t k = 0; k < s.windows.size(); ++k) {
    const UpdateWatch::Window& window = s.windows[k];
    w.put(message("motion.", k), std::vector<int64_t>{window.first});
    rates.push_back(window.rate.value_or(std::nan("")));
    for (std::size_t i = 0; i < window.start.size(); ++i) {
      w.add(message("motion.", k, ".", i, ".start"), window.start[i]);
      w.add(message("motion.", k, ".", i, ".pulled"), window.pulled[i]);
    }
  }
  w.put("motion.rates", rates);
}

void load(const Safetensors& file, UpdateWatch& watch) {
  const Reader r(file, "checkpoint");
  const auto told = [](double rate) {
    return std::isnan(rate) ? std::optional<double>() : std::optional(rate);
  };
  const auto head = r.exactly<int64_t>("motion", 3);
  UpdateWatch::State s{.last_step = {}, .step = head[1]};
  if (head[0] >= 0) s.last_step = head[0];
  for (const int64_t reached : r.wholes("motion.reached")) s.reached.push_back(reached != 0);
  const auto rates = r.exactly<double>("motion.rates", static_cast<std::size_t>(head[2]) + 1);
  s.rate = told(rates[0]);
  for (std::size_t k = 0; k + 1 < rates.size(); ++k) {
    UpdateWatch::Window window;
    window.first = r.exactly<int64_t>(message("motion.", k), 1)[0];
    window.rate = told(rates[k + 1]);
    for (std::size_t i = 0; r.has(message("motion.", k, ".", i, ".start")); ++i) {
      window.start.push_back(r.tensor(message("motion.", k, ".", i, ".start")).clone());
      window.pulled.push_back(r.tensor(message("motion.", k, ".", i, ".pulled")).clone());
    }
    s.windows.push_back(std::move(window));
  }
  watch.restore(std::move(s));
}

}  // namespace lively::lab
