#include "lively/nn/parts_for.h"

#include <doctest/doctest.h>

#include "lively/lively.h"
#include "lively/tensor/threads.h"
#include "tests/with_threads.h"

using namespace lively;
using lively::testing::WithThreads;

namespace {

std::unique_ptr<Sequential> net(int64_t width) {
  auto made = std::make_unique<Sequential>();
  made->add<Linear>(784, width);
  made->add<ReLU>();
  made->add<Linear>(width, 10);
  return made;
}

}  // namespace

TEST_CASE("parts_for: a part for each thread, where samples go by themselves and it gains") {
  const WithThreads two(2);
  CHECK(parts_for(*net(128), 128) == 2);
  CHECK(parts_for(*net(128), 1) == 1);
  CHECK(parts_for(*net(128), 2) == 1);     // too little work to be handed out
  CHECK(parts_for(*net(4096), 256) == 1);  // too many parameters for a gradient each
  {
    const OneThread alone;
    CHECK(parts_for(*net(128), 128) == 1);
  }
  set_threads(1);
  CHECK(parts_for(*net(128), 128) == 1);
  set_threads(3);
  CHECK(parts_for(*net(128), 128) == 3);
}

TEST_CASE("parts_for: one part where the batch must come whole") {
  const WithThreads two(2);
  const auto model = net(128);
  model->add<BatchNorm1d>(10);
  CHECK(parts_for(*model, 128) == 1);
  model->eval();
  CHECK(parts_for(*model, 128) == 2);
  const uint64_t hook =
      model->register_forward_hook([](Module&, const Variable&, const Variable&) {});
  CHECK(parts_for(*model, 128) == 1);
  model->remove_forward_hook(hook);
  CHECK(parts_for(*model, 128) == 2);
}
