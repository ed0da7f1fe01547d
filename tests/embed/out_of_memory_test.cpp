// Memory that ends at each allocation of each call in turn: the call says so, and the same call
// again does what it would have done.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "lively/embed/c.h"
#include "tests/paths.h"

namespace {

// So many allocations of this thread are served before one is not; below 0: all are.
thread_local int64_t t_served = -1;

}  // namespace

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  const bool refused = t_served >= 0 && t_served-- == 0;
  return refused ? nullptr : std::malloc(bytes ? bytes : 1);
}
void* operator new(std::size_t bytes) {
  void* p = operator new(bytes, std::nothrow);
  if (!p) throw std::bad_alloc();
  return p;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }

namespace {

enum class Memory { enough, ends };

// Calls until it ends well, and the first time or, where memory ends, without its first allocation,
// without its second and so on. Gives how many calls failed.
template <class Call>
int64_t insist(Memory memory, const Call& call) {
  for (int64_t n = 0;; ++n) {
    t_served = memory == Memory::ends ? n : -1;
    const bool well = call();
    t_served = -1;
    if (well) return n;
    REQUIRE(std::string(lively_last_error()) == "out of memory");
    REQUIRE(memory == Memory::ends);
  }
}

struct ShortOfMemory {
  std::string tells;
  int64_t failed = 0;
};

// A watch of two layers, one of which dies, and all that it tells.
ShortOfMemory watched(Memory memory) {
  ShortOfMemory w;
  lively_watch* watch = nullptr;
  const auto made = [&](const auto& call) { w.failed += insist(memory, call); };
  made([&] { return (watch = lively_watch_new()) != nullptr; });
  // Names that do not fit into a string's own few bytes.
  made([&] { return lively_watch_layer(watch, "the first hidden layer", "relu", 0) == 0; });
  made([&] { return lively_watch_layer(watch, "the second hidden layer", "gelu", -1) == 1; });
  made([&] { return lively_watch_layer(watch, "the third hidden layer", "relu", 1) == 2; });
  const float alive[] = {1, 0, 2, 3, 0, 0}, later[] = {0, 0, 0, 0, 0, 0};
  for (const int64_t step : {0, 5, 9}) {
    for (int layer = 0; layer < 3; ++layer) {
      const float* rows = step > 0 && layer == 0 ? later : alive;
      made([&] { return lively_watch_feed(watch, layer, rows, 2, 3, 1) == 0; });
    }
    made([&] { return lively_watch_census(watch, step) == 0; });
    for (int i = 0; i < 5; ++i) made([&] { return lively_watch_loss(watch, 2.3) == 0; });
  }
  const char* text = nullptr;
  made([&] { return (text = lively_watch_verdict(watch)) != nullptr; });
  w.tells = text;
  made([&] { return (text = lively_watch_text(watch)) != nullptr; });
  w.tells += ": " + std::string(text);
  for (int layer = 0; layer < 3; ++layer)
    for (const auto count : {lively_watch_dead, lively_watch_born_dead, lively_watch_died})
      w.tells += " " + std::to_string(count(watch, layer));
  lively_watch_free(watch);
  return w;
}

}  // namespace

TEST_CASE("out of memory: a watch says so, and goes on as if it had not been asked") {
  const ShortOfMemory undisturbed = watched(Memory::enough), disturbed = watched(Memory::ends);
  CHECK(undisturbed.failed == 0);
  CHECK(disturbed.failed > 30);
  CHECK(disturbed.tells == undisturbed.tells);
  CHECK(undisturbed.tells.find(" 3 1 2 ") != std::string::npos);  // of the layer that died
}

TEST_CASE("out of memory: a file is loaded whole or not at all") {
  const std::string file = LIVELY_SOURCE_DIR "/tests/embed/mlp.safetensors";
  lively_network* net = nullptr;
  CHECK(insist(Memory::ends, [&] { return (net = lively_load(file.c_str(), "relu")) != nullptr; }) >
        30);
  const float x[] = {1, 1};
  float y[3] = {};
  CHECK(lively_predict(net, x, 1, y) == 0);
  CHECK(y[0] == doctest::Approx(0.13177).epsilon(1e-5));
  lively_free(net);
}
