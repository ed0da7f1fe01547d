#include "apps/lab/words/json_object.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "tests/apps/events.h"

using namespace lively::lab;

TEST_CASE("object: members stand as they were given, and values are not taken from their owner") {
  const std::string path = "b";
  Json list = Json::array({1, 2});
  const Json e = object({{path, 1}, {"a", nullptr}, {"list", list}, {"half", 0.5}, {"word", "x"}});
  CHECK(one_line(e) == R"({"b":1,"a":null,"list":[1,2],"half":0.5,"word":"x"})");
  CHECK(one_line(list) == "[1,2]");
  CHECK(one_line(object({})) == "{}");
}

TEST_CASE("update: a member that is there keeps its place, a new one comes last") {
  Json e = object({{"b", 1}, {"a", 2}});
  update(e, {{"c", 3}, {"b", object({{"x", true}})}});
  CHECK(one_line(e) == R"({"b":{"x":true},"a":2,"c":3})");
}

TEST_CASE("or_null: what is not finite is null") {
  CHECK(or_null(1.5) == 1.5);
  CHECK(or_null(std::nan("")).is_null());
  CHECK(or_null(-INFINITY).is_null());
}

TEST_CASE("read_back: takes what one_line gives, bytes that are no UTF-8 replaced") {
  const Json e = object({{"path", std::string("a\xff") + "b"}, {"n", 7}});
  CHECK(one_line(read_back(one_line(e))) ==
        "{\"path\":\"a\xef\xbf\xbd"
        "b\",\"n\":7}");
}
