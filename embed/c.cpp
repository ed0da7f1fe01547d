#include "lively/embed/c.h"

#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "lively/autograd/modes.h"
#include "lively/embed/network.h"
#include "lively/nn/liveness/monitor.h"
#include "lively/version.h"

struct lively_network {
  lively::LoadedNetwork loaded;
};

struct lively_watch {
  lively::Monitor monitor;
  lively::Diagnosis verdict{};
};

namespace {

using namespace lively;

thread_local std::string t_error;

// Without memory for the sentence, the error says at least that.
void keep_error(const char* text) noexcept {
  try {
    t_error = text;
  } catch (...) {
    t_error.clear();
  }
}

// f(), or `failed` where it throws.
template <class Result, class F>
Result guarded(Result failed, const F& f) noexcept {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    keep_error("out of memory");
  } catch (const std::exception& e) {
    keep_error(e.what());
  } catch (...) {
    keep_error("an error of unknown kind");
  }
  return failed;
}

template <class T>
T& given(const char* call, const char* what, T* pointer) {
  if (!pointer) fail<ValueError>(call, ": ", what, " is NULL");
  return *pointer;
}

const LayerLife& life_of(const char* call, const lively_watch* watch, int layer) {
  const LifeHistory& life = given(call, "watch", watch).monitor.life();
  if (life.censuses() == 0) fail<StateError>(call, ": there was no census yet");
  if (layer < 0 || static_cast<std::size_t>(layer) >= life.layers().size())
    fail<ValueError>(call, ": layer ", layer, ": there are ", life.layers().size());
  return life.layers()[static_cast<std::size_t>(layer)];
}

int64_t count_of(
    const char* call, const lively_watch* watch, int layer, int64_t LayerLife::*count) noexcept {
  return guarded(int64_t{-1}, [&] { return life_of(call, watch, layer).*count; });
}

}  // namespace

const char* lively_version(void) { return LIVELY_VERSION; }
const char* lively_last_error(void) { return t_error.c_str(); }

lively_network* lively_load(const char* path, const char* activation) {
  return guarded(static_cast<lively_network*>(nullptr), [&] {
    return new lively_network{
        load_network(&given("lively_load", "path", path), activation ? activation : "")};
  });
}

void lively_free(lively_network* network) { delete network; }

int64_t lively_inputs(const lively_network* network) {
  return guarded(int64_t{-1},
      [&] { return given("lively_inputs", "network", network).loaded.sample.numel(); });
}

int64_t lively_outputs(const lively_network* network) {
  return guarded(
      int64_t{-1}, [&] { return given("lively_outputs", "network", network).loaded.outputs; });
}

int lively_predict(lively_network* network, const float* inputs, int64_t samples, float* outputs) {
  return guarded(-1, [&] {
    constexpr const char* kCall = "lively_predict";
    LoadedNetwork& loaded = given(kCall, "network", network).loaded;
    const int64_t each = loaded.sample.numel();
    if (samples < 0 || samples > std::numeric_limits<int64_t>::max() / 8 / each)
      fail<ValueError>(kCall, ": ", samples, " samples");
    if (samples == 0) return 0;
    given(kCall, "inputs", inputs), given(kCall, "outputs", outputs);
    Shape shape{samples};
    for (const int64_t size : loaded.sample) shape.push_back(size);
    const NoGrad no_grad;
    const Tensor x = Tensor::of(std::span(inputs, static_cast<std::size_t>(samples * each)), shape);
    const Tensor y = (*loaded.net)(Variable(x)).data().contiguous();
    const auto values = y.values<float>();
    std::memcpy(outputs, values.data(), values.size_bytes());
    return 0;
  });
}

lively_watch* lively_watch_new(void) {
  return guarded(static_cast<lively_watch*>(nullptr), [] { return new lively_watch; });
}

void lively_watch_free(lively_watch* watch) { delete watch; }

int lively_watch_layer(lively_watch* watch, const char* name, const char* op, int bypassed) {
  return guarded(-1, [&] {
    constexpr const char* kCall = "lively_watch_layer";
    return static_cast<int>(
        given(kCall, "watch", watch)
            .monitor.add_layer(&given(kCall, "name", name), &given(kCall, "op", op),
                bypassed < 0 ? std::nullopt : std::optional(bypassed > 0)));
  });
}

int lively_watch_feed(lively_watch* watch, int layer, const float* activations, int64_t rows,
    int64_t units, int64_t positions) {
  return guarded(-1, [&] {
    Monitor& monitor = given("lively_watch_feed", "watch", watch).monitor;
    if (layer < 0) fail<ValueError>("lively_watch_feed: layer ", layer, ": needs at least 0");
    monitor.feed(static_cast<std::size_t>(layer), activations, rows, units, positions);
    return 0;
  });
}

int lively_watch_census(lively_watch* watch, int64_t step) {
  return guarded(-1, [&] {
    given("lively_watch_census", "watch", watch).monitor.census(step);
    return 0;
  });
}

int lively_watch_loss(lively_watch* watch, double loss) {
  return guarded(-1, [&] {
    given("lively_watch_loss", "watch", watch).monitor.step(loss);
    return 0;
  });
}

int64_t lively_watch_dead(const lively_watch* watch, int layer) {
  return count_of("lively_watch_dead", watch, layer, &LayerLife::dead);
}
int64_t lively_watch_born_dead(const lively_watch* watch, int layer) {
  return count_of("lively_watch_born_dead", watch, layer, &LayerLife::born_dead);
}
int64_t lively_watch_died(const lively_watch* watch, int layer) {
  return count_of("lively_watch_died", watch, layer, &LayerLife::died);
}
int64_t lively_watch_revived(const lively_watch* watch, int layer) {
  return count_of("lively_watch_revived", watch, layer, &LayerLife::revived);
}

int lively_watch_is_dead(const lively_watch* watch, int layer, int64_t unit) {
  return guarded(-1, [&] {
    constexpr const char* kCall = "lively_watch_is_dead";
    const LayerLife& life = life_of(kCall, watch, layer);
    if (unit < 0 || unit >= life.units)
      fail<ValueError>(kCall, ": unit ", unit, ": layer ", life.name, " has ", life.units);
    return int{watch->monitor.life().unit(static_cast<std::size_t>(layer), unit).dead};
  });
}

const char* lively_watch_verdict(lively_watch* watch) {
  return guarded(static_cast<const char*>(nullptr), [&] {
    lively_watch& w = given("lively_watch_verdict", "watch", watch);
    w.verdict = w.monitor.verdict();
    return name(w.verdict.verdict);
  });
}

const char* lively_watch_text(lively_watch* watch) {
  return guarded(static_cast<const char*>(nullptr), [&] {
    lively_watch& w = given("lively_watch_text", "watch", watch);
    w.verdict = w.monitor.verdict();
    return w.verdict.text.c_str();
  });
}
