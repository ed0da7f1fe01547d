#include "apps/lab/run/checkpoint.h"

#include <algorithm>

#include "apps/lab/recipe/record.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/update_watch_state.h"
#include "lively/nn/shaping.h"

namespace lively::lab {
namespace {

void put_censuses(Writer& w, const std::string& at, const LifeHistory::State& s) {
  w.put(at, std::vector<int64_t>{s.censuses, s.step, static_cast<int64_t>(s.layers.size())});
  for (std::size_t i = 0; i < s.layers.size(); ++i) {
    const LayerLife& l = s.layers[i];
    const std::string layer = message(at, ".", i, ".");
    w.say(layer + "name", l.name);
    w.put(layer + "counts",
        std::vector<int64_t>{l.units, l.dead, l.lasting, l.born_dead, l.died, l.revived,
            l.died_lasting, l.revived_lasting, l.pinned, l.linear, l.poisoned, l.dormant, l.starved,
            l.saturated, l.numerically_pinned, l.borderline});
    w.put(layer + "zero_activations", std::vector<double>{l.zero_activations});
    std::vector<int64_t> units;
    std::vector<double> rates;
    for (const UnitLife& u : s.units[i]) {
      units.insert(units.end(), {u.dead, u.born_dead, u.fresh, u.seen_firing, u.dead_since,
                                    u.last_fired, u.deaths, u.revivals});
      rates.push_back(u.rate);
    }
    w.put(layer + "units", units);
    w.put(layer + "rates", rates);
  }
}

LifeHistory::State get_censuses(const Reader& r, const std::string& at) {
  const auto head = r.exactly<int64_t>(at, 3);
  LifeHistory::State s{.censuses = head[0], .step = head[1], .layers = {}, .units = {}};
  for (int64_t i = 0; i < head[2]; ++i) {
    const std::string layer = message(at, ".", i, ".");
    const auto c = r.exactly<int64_t>(layer + "counts", 16);
    s.layers.push_back({r.text(layer + "name"), c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7],
        c[8], c[9], c[10], c[11], c[12], c[13], c[14], c[15],
        r.exactly<double>(layer + "zero_activations", 1)[0]});
    const std::vector<double> rates = r.reals(layer + "rates");
    if (c[0] != static_cast<int64_t>(rates.size()))
      fail<DataError>(layer, "rates: ", rates.size(), " numbers for ", c[0], " units");
    const auto u = r.exactly<int64_t>(layer + "units", 8 * rates.size());
    auto& units = s.units.emplace_back();
    for (std::size_t k = 0; k < rates.size(); ++k) {
      const int64_t* v = u.data() + 8 * k;
      units.push_back({v[0] != 0, v[1] != 0, v[2] != 0, v[3], v[4], v[5], v[6], v[7], rates[k]});
    }
  }
  return s;
}

void put_life(Writer& w, const std::string& at, const LifeHistory& life) {
  put_censuses(w, at, life.state());
  put_censuses(w, at + ".before", life.before());
}

LifeHistory get_life(const Reader& r, const std::string& at) {
  return LifeHistory::of(get_censuses(r, at), get_censuses(r, at + ".before"));
}

void put_pulse(Writer& w, const Pulse& pulse) {
  w.put("pulse", std::vector<int64_t>{static_cast<int64_t>(pulse.layers().size())});
  for (std::size_t i = 0; i < pulse.layers().size(); ++i) {
    const LayerPulse& l = pulse.layers()[i];
    const std::string layer = message("pulse.", i, ".");
    w.say(layer + "name", l.name);
    w.say(layer + "op", l.op);
    w.put(layer + "head", std::vector<int64_t>{static_cast<int64_t>(l.negative_side),
                              l.counts.samples, l.counts.positions});
    w.put(layer + "fired", l.counts.fired);
    w.put(layer + "poisoned", l.counts.poisoned);
    w.put(layer + "active", l.counts.active);
  }
}

void get_pulse(const Reader& r, Pulse& pulse) {
  std::vector<LayerPulse> layers;
  for (int64_t i = 0; i < r.exactly<int64_t>("pulse", 1)[0]; ++i) {
    const std::string layer = message("pulse.", i, ".");
    const auto head = r.exactly<int64_t>(layer + "head", 3);
    layers.push_back(
        {r.text(layer + "name"), r.text(layer + "op"), static_cast<NegativeSide>(head[0]),
            {head[1], head[2], r.wholes(layer + "fired"), r.wholes(layer + "poisoned"),
                r.wholes(layer + "active")}});
  }
  pulse.restore(std::move(layers));
}

// The state at the last census is left out where it is the one under "model.".
void put_inquest(Writer& w, const Inquest::State& s, int64_t step) {
  const DeathTally& t = s.tally;
  w.put("inquest",
      std::vector<int64_t>{s.step, s.samples, t.deaths, t.born, t.unknown, t.by[0], t.by[1],
          t.by[2], t.by[3], t.cliffs, t.drifts, static_cast<int64_t>(s.maxima.size())});
  for (std::size_t i = 0; i < s.maxima.size(); ++i)
    w.put(message("inquest.maxima.", i), s.maxima[i]);
  if (s.step != step)
    for (const auto& [name, tensor] : s.model) w.add("inquest.model." + name, tensor);
}

Inquest::State get_inquest(const Reader& r, const Module& model, int64_t step) {
  const auto v = r.exactly<int64_t>("inquest", 12);
  Inquest::State s{.step = v[0],
      .samples = v[1],
      .model = {},
      .maxima = {},
      .tally = {v[2], v[3], v[4], {v[5], v[6], v[7], v[8]}, v[9], v[10]}};
  for (int64_t i = 0; i < v[11]; ++i) s.maxima.push_back(r.reals(message("inquest.maxima.", i)));
  for (std::size_t i = 1; i < s.maxima.size(); ++i)
    if (s.maxima[i].size() != s.maxima[0].size())
      fail<DataError>(
          "inquest.maxima.", i, ": ", s.maxima[i].size(), " numbers; needs ", s.maxima[0].size());
  if (s.step == step || s.samples == 0) return s;
  for (const auto& [name, own] : model.state_dict()) {
    const Tensor& tensor = r.tensor("inquest.model." + name);
    if (tensor.shape() != own.shape() || tensor.dtype() != own.dtype())
      fail<DataError>("inquest.model.", name, ": ", tensor.shape(), " for ", own.shape());
    s.model.push_back({name, tensor});
  }
  return s;
}

void put_evidence(Writer& w, const Recorder::State& s) {
  std::vector<int64_t> fates;
  for (const SampleFates& f : s.fates) fates.insert(fates.end(), {f.seen, f.wrong, f.frozen});
  w.put("evidence.fates", fates);
  const SampleFates sum = s.evidence.fates.value_or(SampleFates{});
  w.put("evidence.seen", std::vector<int64_t>{sum.seen, sum.wrong, sum.frozen});
  w.put("evidence.losses", s.evidence.losses);
  w.put("evidence.weight_norms", s.evidence.weight_norms);
  w.put("evidence.update_ratios", s.evidence.update_ratios);
  w.put("evidence.update_ratio", std::vector<double>{s.update_ratio});
}

Recorder::State get_evidence(const Reader& r) {
  Recorder::State s;
  const auto fates = r.exactly<int64_t>("evidence.fates", 3 * s.fates.size());
  for (std::size_t i = 0; i < s.fates.size(); ++i)
    s.fates[i] = {fates[3 * i], fates[3 * i + 1], fates[3 * i + 2]};
  const auto seen = r.exactly<int64_t>("evidence.seen", 3);
  if (seen[0] > 0) s.evidence.fates = {seen[0], seen[1], seen[2]};
  s.evidence.losses = r.reals("evidence.losses");
  s.evidence.weight_norms = r.reals("evidence.weight_norms");
  s.evidence.update_ratios = r.reals("evidence.update_ratios");
  s.update_ratio = r.exactly<double>("evidence.update_ratio", 1)[0];
  return s;
}

void put_optimizer(Writer& w, const Optimizer& optimizer) {
  std::vector<int64_t> steps;
  for (std::size_t i = 0; i < optimizer.parameter_count(); ++i) {
    steps.push_back(optimizer.steps(i));
    for (const auto& [name, tensor] : optimizer.state(i))
      w.add(message("optimizer.", i, ".", name), tensor);
  }
  w.put("optimizer.steps", steps);
}

void get_optimizer(const Reader& r, Optimizer& optimizer) {
  const auto steps = r.exactly<int64_t>("optimizer.steps", optimizer.parameter_count());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    optimizer.set_steps(i, steps[i]);
    for (auto& [name, tensor] : optimizer.state(i)) {
      const Tensor& from = r.tensor(message("optimizer.", i, ".", name));
      if (from.shape() != tensor.shape() || from.dtype() != tensor.dtype())
        fail<DataError>("optimizer.", i, ".", name, ": ", from.shape(), " for ", tensor.shape());
      tensor.copy_from(from);
    }
  }
}

// How often each module with a stream of its own has drawn.
void put_draws(Writer& w, Module& model) {
  for (const auto& [name, module] : model.named_modules())
    if (auto* dropout = dynamic_cast<DropoutLayer*>(module))
      w.put("draws." + name, std::vector<int64_t>{static_cast<int64_t>(dropout->batches())});
}

void get_draws(const Reader& r, Module& model) {
  for (const auto& [name, module] : model.named_modules())
    if (auto* dropout = dynamic_cast<DropoutLayer*>(module))
      dropout->set_batches(static_cast<uint64_t>(r.exactly<int64_t>("draws." + name, 1)[0]));
}

void add_weights(Writer& w, const std::string& prefix, const Module& model) {
  for (const auto& [name, tensor] : model.state_dict()) w.add(prefix + name, tensor);
}

}  // namespace

void save_run(const Settings& settings, const Task& task, const RunState& s) {
  Safetensors weights, all;
  Writer plain(weights), w(all);
  put_settings(plain, settings, task);
  add_weights(plain, "", s.model);
  put_settings(w, settings, task);
  add_weights(w, "model.", s.model);
  put_draws(w, s.model);
  put_optimizer(w, s.optimizer);
  put_evidence(w, s.recorder.state());
  save(all, s.motion);
  put_life(w, "life", s.life);
  put_life(w, "batch_life", s.batch_life);
  put_life(w, "step_life", s.step_life);
  put_inquest(w, s.inquest.state(), s.recorder.steps());
  put_pulse(w, s.pulse);
  w.put("position",
      std::vector<int64_t>{s.position.epochs, s.position.batch, s.position.right, s.position.seen});
  w.put("oracle", s.oracle.state());
  w.put("loss_sum", std::vector<double>{s.position.loss_sum});
  write_safetensors(checkpoint_beside(settings.save), all);
  write_safetensors(settings.save, weights);
}

void load_run(const std::string& path, RunState s) {
  const Safetensors file = read_safetensors(path);
  const Reader r(file, path);
  const auto position = r.exactly<int64_t>("position", 4);
  StateDict state;
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with("model.")) state.push_back({name.substr(6), tensor});
  try {
    s.model.load_state_dict(state);
  } catch (const Error& e) {
    fail<DataError>(path, ": ", e.what());
  }
  get_draws(r, s.model);
  get_optimizer(r, s.optimizer);
  s.recorder.restore(get_evidence(r));
  try {
    load(file, s.motion);
  } catch (const ValueError& e) {
    fail<DataError>(path, ": ", e.what());
  }
  s.life = get_life(r, "life");
  s.batch_life = get_life(r, "batch_life");
  s.step_life = get_life(r, "step_life");
  s.inquest.restore(get_inquest(r, s.model, s.recorder.steps()), s.model, s.optimizer);
  get_pulse(r, s.pulse);
  if (std::ranges::any_of(position, [](int64_t n) { return n < 0; }))
    fail<DataError>(path, ": position: needs numbers of at least 0");
  s.oracle.restore(r.wholes("oracle"));
  s.position = {
      position[0], position[1], r.exactly<double>("loss_sum", 1)[0], position[2], position[3]};
}

}  // namespace lively::lab
