// The C interface as C++ sees it; tests/consumer/plain.c is C.
#include "lively/embed/c.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "lively/version.h"
#include "tests/paths.h"

namespace {

const std::string kFile = LIVELY_SOURCE_DIR "/tests/embed/mlp.safetensors";

struct Network {
  lively_network* p;
  ~Network() { lively_free(p); }
};
struct Watched {
  lively_watch* p = lively_watch_new();
  ~Watched() { lively_watch_free(p); }
};

}  // namespace

TEST_CASE("c: value of a prediction") {
  const Network net{lively_load(kFile.c_str(), "relu")};
  REQUIRE_MESSAGE(net.p, lively_last_error());
  CHECK(lively_inputs(net.p) == 2);
  CHECK(lively_outputs(net.p) == 3);
  const float x[] = {1, 1, 0, 0};
  float y[6] = {};
  REQUIRE(lively_predict(net.p, x, 2, y) == 0);
  CHECK(y[0] == doctest::Approx(0.13177).epsilon(1e-5));
  CHECK(y[2] == doctest::Approx(-0.481869).epsilon(1e-5));
  CHECK(y[3] != y[0]);
  CHECK(lively_predict(net.p, nullptr, 0, nullptr) == 0);
  CHECK(std::string(lively_version()) == LIVELY_VERSION);
}

TEST_CASE("c: error of each call, in words") {
  const std::string gone = kFile + ".gone";
  CHECK(lively_load(gone.c_str(), "relu") == nullptr);
  CHECK(lively_last_error() == gone + ": No such file or directory");
  CHECK(lively_load(nullptr, "relu") == nullptr);
  CHECK(std::string(lively_last_error()) == "lively_load: path is NULL");
  CHECK(lively_load(kFile.c_str(), nullptr) == nullptr);
  CHECK(lively_last_error() == kFile + ": does not say its activation; name it: \"relu\", say");
  const Network net{lively_load(kFile.c_str(), "relu")};
  float y[3] = {7, 7, 7};
  CHECK(lively_predict(net.p, nullptr, 1, y) == -1);
  CHECK(std::string(lively_last_error()) == "lively_predict: inputs is NULL");
  CHECK(lively_predict(net.p, y, -1, y) == -1);
  CHECK(std::string(lively_last_error()) == "lively_predict: -1 samples");
  CHECK(lively_predict(net.p, y, INT64_MAX, y) == -1);
  CHECK(lively_predict(nullptr, y, 1, y) == -1);
  CHECK(y[0] == 7);
  CHECK(lively_inputs(nullptr) == -1);
  lively_free(nullptr);
  lively_watch_free(nullptr);
}

TEST_CASE("c: value of a watch") {
  const Watched watch;
  const float alive[] = {1, 0, 2, 3, 0, 0}, later[] = {1, 0, 0, 3, 0, 0};
  const int layer = lively_watch_layer(watch.p, "hidden", "relu", 0);
  REQUIRE(layer == 0);
  CHECK(lively_watch_dead(watch.p, layer) == -1);
  CHECK(std::string(lively_last_error()) == "lively_watch_dead: there was no census yet");
  REQUIRE(lively_watch_feed(watch.p, layer, alive, 2, 3, 1) == 0);
  REQUIRE(lively_watch_census(watch.p, 0) == 0);
  CHECK(lively_watch_dead(watch.p, layer) == 1);
  for (int i = 0; i < 5; ++i) CHECK(lively_watch_loss(watch.p, 2.3) == 0);
  REQUIRE(lively_watch_feed(watch.p, layer, later, 1, 3, 1) == 0);  // in two parts
  REQUIRE(lively_watch_feed(watch.p, layer, later + 3, 1, 3, 1) == 0);
  REQUIRE(lively_watch_census(watch.p, 5) == 0);
  CHECK(lively_watch_dead(watch.p, layer) == 2);
  CHECK(lively_watch_born_dead(watch.p, layer) == 1);
  CHECK(lively_watch_died(watch.p, layer) == 1);
  CHECK(lively_watch_revived(watch.p, layer) == 0);
  CHECK(lively_watch_is_dead(watch.p, layer, 0) == 0);
  CHECK(lively_watch_is_dead(watch.p, layer, 2) == 1);
  CHECK(lively_watch_is_dead(watch.p, layer, 3) == -1);
  CHECK(std::string(lively_last_error()) == "lively_watch_is_dead: unit 3: layer hidden has 3");
  CHECK(lively_watch_dead(watch.p, 1) == -1);
  CHECK(std::string(lively_last_error()) == "lively_watch_dead: layer 1: there are 1");
  CHECK(std::string(lively_watch_verdict(watch.p)) == "unsure");
  CHECK(!std::string(lively_watch_text(watch.p)).empty());
  CHECK(lively_watch_layer(watch.p, "late", "relu", -1) == -1);
  CHECK(lively_watch_layer(watch.p, nullptr, "relu", -1) == -1);
}
