#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "apps/lab/tell/log.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;

TEST_CASE("log: a cause with numbers that are not finite says so beside each") {
  const lively::testing::TemporaryFolder folder;
  const std::string path = folder / "run.jsonl";
  Settings s = default_settings(Architecture::mlp);
  s.log = path;
  const auto census = [](int64_t fired) {
    Census c;
    c.samples = 3;
    c.layers = {{.name = "1", .op = "relu", .counts = {3, 1, {fired}, {0}, {fired}}}};
    return c;
  };
  LifeHistory life;
  life.record(census(1), 0);
  life.record(census(0), 1);
  REQUIRE(life.changes().size() == 1);
  Cause cause;
  cause.where = FallBy::weights;
  cause.split.weights = cause.split.z_after = std::nan("");
  cause.own = UpdateParts{};
  cause.own->decay = std::numeric_limits<double>::infinity();
  const std::vector<Cause> causes{cause};
  {
    JsonLog log(path, "test", s);
    RunConfig config;
    config.box.low = config.box.high = Tensor::zeros({1}, Dtype::float32);
    log.on(config);
    log.on(Counted{.epoch = 1,
        .step = 1,
        .set = "train",
        .life = &life,
        .after = 0,
        .causes = &causes,
        .tells = Counted::Tells::changes});
    log.on(Counted{
        .epoch = 1, .step = 1, .set = "batches", .mode = CensusMode::training, .life = &life});
  }
  const auto c = lively::testing::events(path, "death").at(0).at("cause");
  CHECK(c.at("fall").is_null());
  CHECK(c.at("poisoned") == true);
  CHECK(c.at("shares").at("weights").is_null());
  CHECK(c.at("shares").at("poisoned") == true);
  CHECK(c.at("own").at("decay").is_null());
  CHECK(c.at("own").at("poisoned") == true);
  CHECK(lively::testing::events(path, "liveness").at(0).at("cut").is_null());  // nobody looked
}
