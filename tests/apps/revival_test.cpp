#include <doctest/doctest.h>

#include "apps/lab/inquiry/revival.h"
#include "apps/lab/run/examine.h"
#include "lively/data/synthetic_digits.h"

using namespace lively;
using namespace lively::lab;

TEST_CASE("revival: cures a layer of which all but one unit is dead, with batches of any size") {
  const DataSplits data{"synthetic digits", synthetic_digits(0, 300), synthetic_digits(300, 60)};
  Settings s = default_settings(Architecture::mlp);
  s.depth = 1;
  s.width = 12;
  s.optimizer = "adam";
  s.batch_size = 301;  // larger than the set
  const auto model = build_model(s, task_of(data));
  for (auto& [name, p] : model->named_parameters())
    if (name == "1.bias") Variable(p).mutable_data().slice(0, 1, 12).fill(-100);
  const Examination end = examine(*model, data.train, s.loss);
  REQUIRE(end.census.dead() == 11);
  CHECK(revival_cures(s, *model, data, end));
}
