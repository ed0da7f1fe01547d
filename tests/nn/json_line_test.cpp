#include "lively/nn/liveness/json_line.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace lively::detail;

TEST_CASE("json line: value of numbers, which read back as the same kind") {
  CHECK(json(0.1) == "0.1");
  CHECK(json(2.0) == "2.0");
  CHECK(json(1e-300) == "1e-300");
  CHECK(json(-3) == "-3");
  CHECK(json(true) == "true");
  CHECK(json(INFINITY) == "null");
  CHECK(json_array(std::vector<int>{}) == "[]");
  CHECK(json_array(std::vector<double>{0, 0.5}) == "[0.0,0.5]");
}

TEST_CASE("json line: value of text, with what JSON has no room for") {
  CHECK(json("a \"b\" \\ é") == "\"a \\\"b\\\" \\\\ é\"");
  CHECK(json("a\nb\x01") == "\"a\\u000ab\\u0001\"");
}

TEST_CASE("json line: nan is null, and said once beside it") {
  JsonLine e("train");
  e.put("step", 3).put_finite("loss", NAN).put_finite("lr", INFINITY).put("more", "x");
  CHECK(e.text() ==
        "{\"schema\":1,\"type\":\"train\",\"step\":3,\"loss\":null,\"poisoned\":true,"
        "\"lr\":null,\"more\":\"x\"}");
}
