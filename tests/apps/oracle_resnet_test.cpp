#include <doctest/doctest.h>

#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/recipe/models.h"
#include "apps/lab/run/examine.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/kept.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

TEST_CASE("oracle: goes on from a checkpoint with dead units behind a sum") {
  const DataSplits data{"digits", synthetic_digits(0, 100), synthetic_digits(100, 20)};
  Settings s = default_settings(Architecture::resnet);
  s.depth = 8;
  s.width = 4;
  const auto model = build_model(s, task_of(data));
  for (const auto& [name, p] : model->named_parameters())
    if (name == "layer1.0.bn2.bias") p.node()->data.fill(-1e6);
  const auto optimizer = make_optimizer("sgd", model->parameters(), {.lr = s.lr});
  Sinks nobody;
  Oracle before(*model, s, data.train, *optimizer, constant_schedule(), 10, nobody),
      after(*model, s, data.train, *optimizer, constant_schedule(), 10, nobody);
  before.counted(census_of(*model, data.train), 0);
  const Safetensors state = kept(before);
  int behind_sum = 0;  // of layer1.0.act2, the third rectifier
  for (const int64_t site : state.at("standing.site").values<int64_t>()) behind_sum += site == 2;
  REQUIRE(behind_sum == 4);
  take(after, state);
  CHECK(same(kept(after), state));
}
