#include <doctest/doctest.h>

#include "tests/apps/process.h"

using namespace lively::testing;

TEST_CASE("first_run: every failure gets its verdict, on three seeds each") {
  // The built-in digits tell the same story as Fashion-MNIST.
  const Finished f = run("first_run", "--data synthetic --check");
  CAPTURE(f.out);
  CAPTURE(f.err);
  CHECK(f.code == 0);
  for (const char* verdict : {"exploding", "died", "frozen loss", "healthy"})
    CHECK(f.out.find(verdict) != std::string::npos);
}
