#include "apps/lab/run/archive.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "lively/nn/linear.h"
#include "lively/nn/liveness/recorder.h"
#include "lively/nn/liveness/update_watch.h"
#include "lively/tensor/ops.h"

using namespace lively;
using namespace lively::lab;

namespace {

struct KeptRow {
  int64_t a = 0;
  bool b = false;
  double c = 0;
  template <class A>
  void keep(A& archive) {
    archive("a", a), archive("b", b), archive("c", c);
  }
};

enum class Mood : uint8_t { calm, wild };

struct Kept {
  std::string name;
  double real = 0;
  uint64_t big = 0;
  Mood mood = Mood::calm;
  std::vector<double> numbers;
  std::vector<KeptRow> rows, parts;
  Tensor tensor = Tensor::zeros({2});
  template <class A>
  void keep(A& a) {
    a("name", name), a("real", real), a("big", big), a.one_of("mood", mood, Mood::wild);
    a("numbers", numbers), a.rows("rows", rows), a("parts", parts), a("tensor", tensor);
  }
};

Safetensors written(Kept kept) {
  Safetensors file;
  Archive a(file);
  a("kept", kept);
  return file;
}

Kept read(const Safetensors& file) {
  Kept kept;
  Archive a(file, "f");
  a("kept", kept);
  return kept;
}

Kept example() {
  return {"n\"1", 0.1, UINT64_MAX, Mood::wild, {1, -0.5}, {{1, true, 2}, {-3, false, 0.25}},
      {{7, true, 8}}, Tensor::of<float>({4, 5}, {2})};
}

}  // namespace

TEST_CASE("archive: one description writes and reads") {
  const Kept back = read(written(example()));
  CHECK(back.name == "n\"1");
  CHECK(back.real == 0.1);
  CHECK(back.big == UINT64_MAX);
  CHECK(back.mood == Mood::wild);
  CHECK(back.numbers == std::vector<double>{1, -0.5});
  REQUIRE(back.rows.size() == 2);
  CHECK(back.rows[1].a == -3);
  CHECK(back.rows[0].b);
  CHECK(back.rows[1].c == 0.25);
  REQUIRE(back.parts.size() == 1);
  CHECK(back.parts[0].c == 8);
  CHECK(back.tensor.at({1}) == 5);
  CHECK(read(written({})).rows.empty());
}

TEST_CASE("archive: a number that is none of its kind names the file and the entry") {
  const auto read_as = [](auto value, Tensor t) {
    Safetensors file;
    file.tensors.insert_or_assign("x", std::move(t));
    Archive a(file, "f");
    a("x", value);
    return value;
  };
  const auto whole = [](int64_t v) { return Tensor::of<int64_t>({v}, {1}); };
  const auto real = [](double v) { return Tensor::of<double>({v}, {1}); };
  CHECK(read_as(int32_t{0}, whole(-7)) == -7);
  CHECK(read_as(false, whole(1)));
  CHECK(std::isinf(read_as(0.F, real(-INFINITY))));
  CHECK_THROWS_WITH_AS(
      read_as(int32_t{0}, whole(int64_t{1} << 40)), "f: x: is out of range", DataError);
  CHECK_THROWS_WITH_AS(read_as(uint8_t{0}, whole(-1)), "f: x: is out of range", DataError);
  CHECK_THROWS_WITH_AS(read_as(false, whole(2)), "f: x: is neither 0 nor 1", DataError);
  CHECK_THROWS_WITH_AS(read_as(0.F, real(6.7e199)), "f: x: is out of range", DataError);
  CHECK_THROWS_WITH_AS(
      read_as(int64_t{0}, whole(INT64_MAX)), "f: x: is out of range, 2^53 at most", DataError);
}

TEST_CASE("archive: what does not fit names the file and the entry") {
  const auto spoilt = [](const auto& spoil) {
    Safetensors file = written(example());
    spoil(file);
    return file;
  };
  const auto put = [&](const char* name, Tensor t) {
    return spoilt([&](Safetensors& f) { f.tensors.insert_or_assign(name, t); });
  };
  CHECK_THROWS_WITH_AS(read(spoilt([](Safetensors& f) { f.tensors.erase("kept.real"); })),
      "f: has no kept.real: is it a checkpoint of this Lively?", DataError);
  CHECK_THROWS_WITH_AS(read(spoilt([](Safetensors& f) { f.metadata.clear(); })),
      "f: says no kept.name: was it written by Lively?", DataError);
  CHECK_THROWS_WITH_AS(read(put("kept.real", Tensor::of<int64_t>({1}, {1}))),
      "f: kept.real: is int64; needs float64", DataError);
  CHECK_THROWS_WITH_AS(read(put("kept.real", Tensor::of<double>({1, 2}, {2}))),
      "f: kept.real: 2 numbers; needs 1", DataError);
  CHECK_THROWS_WITH_AS(read(put("kept.mood", Tensor::of<int64_t>({2}, {1}))),
      "f: kept.mood: is none that is known", DataError);
  CHECK_THROWS_WITH_AS(
      read(put("kept.tensor", Tensor::zeros({3}))), "f: kept.tensor: [3] for [2]", DataError);
  CHECK_THROWS_WITH_AS(read(put("kept.rows.a", Tensor::of<int64_t>({1}, {1}))),
      "f: kept.rows: has columns of different length", DataError);
  CHECK_THROWS_AS(read(put("kept.parts", Tensor::of<int64_t>({1'000'000'000}, {1}))), DataError);
}

TEST_CASE("archive: an update watch goes on, and begins anew where the run ends elsewhere") {
  Linear layer(2, 1), other(3, 1);
  layer.weight.set_grad(Tensor::of<float>({1, 1}, {1, 2}));
  const auto step = [&](UpdateWatch& watch, int64_t k) {
    watch.before_update(k, 0.1);
    if (k < 60) layer.weight.mutable_data().mutable_data<float>()[0] += 1;  // the other stays
  };
  UpdateWatch watch(layer, {}, 120), same(layer, {}, 120), longer(layer, {}, 500),
      wrong(other, {}, 120);
  for (int64_t k = 1; k <= 60; ++k) step(watch, k);
  Safetensors file;
  Archive to(file);
  to("watch", watch);
  const auto take = [&](UpdateWatch& w) {
    Archive from(file, "f");
    from("watch", w);
  };
  take(same), take(longer);
  CHECK_THROWS_WITH_AS(take(wrong), "f: watch.window.0.start.0: [1,2] for [1,3]", DataError);
  for (int64_t k = 61; k <= 120; ++k) step(same, k);
  longer.before_update(61, 0.1);
  Evidence e;
  same.add_to(e);
  CHECK(e.motion_steps == 100);
  CHECK(e.motion.at(0).pulled == 2);
  CHECK(e.motion.at(0).unmoved == 1);
  longer.add_to(e);
  CHECK(e.motion_steps == 0);
}
