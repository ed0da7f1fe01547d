#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "apps/lab/words/base64.h"
#include "lively/data/safetensors.h"
#include "lively/data/source.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::testing;

namespace {

std::vector<float> numbers(const Safetensors& file, const std::string& name) {
  const auto found = file.tensors.find(name);
  REQUIRE(found != file.tensors.end());
  const auto v = found->second.values<float>();
  return {v.begin(), v.end()};
}

// y = W x + b in float64.
std::vector<double> linear(
    const std::vector<float>& w, const std::vector<float>& b, const std::vector<double>& x) {
  std::vector<double> y(b.begin(), b.end());
  for (std::size_t u = 0; u < y.size(); ++u)
    for (std::size_t i = 0; i < x.size(); ++i)
      y[u] += static_cast<double>(w[u * x.size() + i]) * x[i];
  return y;
}

}  // namespace

TEST_CASE("frames: lines, dead units and classes are those of the weights") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl", model = folder / "m.safetensors";
  const Finished f = run("mnist_mlp",
      "--data blobs --depth 1 --width 12 --epochs 3 --optimizer adam --lr 0.1 --batch-size 50 "
      "--threads 1 --save " +
          model + " --log " + log);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("points in the plane") != std::string::npos);
  const std::vector<Json> frames = events(log, "frame"), censuses = events(log, "liveness");
  CHECK(frames.size() == censuses.size());
  CHECK(events(log, "points").size() == 1);
  const DataSplits data = load_data(find_data("blobs"));
  const auto xy = data.train.pixels().values<float>();
  const Json points = events(log, "points")[0].at("points");
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i][0].get<float>() == xy[2 * i]);
    CHECK(points[i][2] == data.train.labels().data<int64_t>()[i]);
  }

  const Safetensors file = read_safetensors(model);
  const auto w1 = numbers(file, "1.weight"), b1 = numbers(file, "1.bias"),
             w2 = numbers(file, "3.weight"), b2 = numbers(file, "3.bias");
  const Json& last = frames.back();
  CHECK(last.at("step") == censuses.back().at("step"));
  REQUIRE(last.at("lines").size() == 12);
  int64_t dead = 0;
  for (std::size_t u = 0; u < 12; ++u) {
    const Json& line = last.at("lines")[u];
    CHECK(line[0].get<double>() == doctest::Approx(w1[2 * u]).epsilon(1e-4));
    CHECK(line[1].get<double>() == doctest::Approx(w1[2 * u + 1]).epsilon(1e-4));
    CHECK(line[2].get<double>() == doctest::Approx(b1[u]).epsilon(1e-4));
    double most = -1e9;
    for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
      most = std::max(most, linear(w1, b1, {xy[i], xy[i + 1]})[u]);
      CHECK(xy[i] > last.at("low"));
      CHECK(xy[i] < last.at("high"));
    }
    CHECK(line[3].get<int>() == (most <= 0 ? 1 : 0));
    dead += most <= 0;
  }
  CHECK(censuses.back().at("layers")[0].at("dead") == dead);
  CHECK(dead > 0);
  CHECK(dead < 12);

  const auto side = last.at("width").get<int64_t>();
  const std::string field = lively::lab::from_base64(last.at("field").get<std::string>()).value();
  REQUIRE(static_cast<int64_t>(field.size()) == side * side);
  int64_t checked = 0;
  for (int64_t i = 0; i < side * side; ++i) {
    const double cell = (last.at("high").get<double>() - last.at("low").get<double>()) /
                        static_cast<double>(side),
                 low = last.at("low");
    const double x = low + cell * (static_cast<double>(i % side) + 0.5),
                 y = low + cell * (static_cast<double>(side - 1 - i / side) + 0.5);
    std::vector<double> hidden = linear(w1, b1, {x, y});
    for (double& h : hidden) h = std::max(h, 0.0);
    std::vector<double> logits = linear(w2, b2, hidden), order = logits;
    std::ranges::sort(order, std::greater{});
    if (order[0] - order[1] < 1e-3) continue;  // on the border float32 may see it otherwise
    CHECK(static_cast<unsigned char>(field[static_cast<std::size_t>(i)]) ==
          std::max_element(logits.begin(), logits.end()) - logits.begin());
    ++checked;
  }
  CHECK(checked > side * side * 9 / 10);

  CHECK(run("mnist_mlp", "--data moons --augment flip").err ==
        "mnist_mlp: --data moons: are points in the plane; --augment needs pictures\n");
  CHECK(run("mnist_resnet", "--data moons").err ==
        "mnist_resnet: --data moons: are points in the plane; a ResNet needs pictures (mnist_mlp "
        "takes points and tables)\n");
}

TEST_CASE("frames: with a normalisation, the line is where the unit begins to fire") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl", page = folder / "p.html";
  REQUIRE(
      run("mnist_mlp",
          "--data circles --depth 2 --width 6 --norm batch --epochs 2 --lr 0.1 --threads 1 --log " +
              log + " --report " + page)
          .code == 0);
  // An independent witness: a unit that the census finds dead has every point on its dark side.
  const DataSplits data = load_data(find_data("circles"));
  const auto xy = data.train.pixels().values<float>();
  for (const Json& frame : events(log, "frame")) {
    for (const Json& l : frame.at("lines")) {
      int64_t fired = 0;
      for (std::size_t i = 0; i + 1 < xy.size(); i += 2)
        fired +=
            l[0].get<double>() * xy[i] + l[1].get<double>() * xy[i + 1] + l[2].get<double>() > 1e-5;
      CHECK((l[3] == 1) == (fired == 0));
    }
  }
  const std::string html = read_file(page);
  std::set<int64_t> steps;
  for (const Json& frame : events(log, "frame")) steps.insert(frame.at("step").get<int64_t>());
  // One for each frame, and the one that plays them.
  CHECK(count(html, "<input type=\"radio\"") == static_cast<int64_t>(steps.size()) + 1);
  CHECK(unbalanced(html) == "");
}

TEST_CASE("units: portraits and pictures are those of the weights and the data") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl", model = folder / "m.safetensors";
  REQUIRE(run("mnist_mlp", "--data " + folder.path() +
                               " --depth 2 --width 32 --epochs 3 --batch-size 20 --optimizer adam "
                               "--lr 0.05 --threads 1 --save " +
                               model + " --log " + log)
              .code == 0);
  const Safetensors file = read_safetensors(model);
  const auto w = numbers(file, "1.weight"), b = numbers(file, "1.bias");
  const DataSplits data = load_data(find_data(folder.path()));
  const auto pixels = data.train.pixels().values<uint8_t>();
  const std::vector<Json> units = events(log, "unit");
  REQUIRE(units.size() >= 4);
  int64_t painted = 0;
  for (const Json& u : units) {
    for (const Json& p : u.at("pictures")) {
      const auto sample = p.at("sample").get<std::size_t>();
      CHECK(lively::lab::from_base64(p.at("pixels").get<std::string>()) ==
            std::string(pixels.begin() + static_cast<std::ptrdiff_t>(784 * sample),
                pixels.begin() + static_cast<std::ptrdiff_t>(784 * (sample + 1))));
      CHECK(p.at("label") == data.train.labels().data<int64_t>()[sample]);
    }
    Json by_z = u.at("pictures");
    if (by_z.at(0).at("chosen") == "last_fired") by_z.erase(0);
    CHECK(by_z.size() >= 3);
    CHECK(u.at("portrait").is_null() == (u.at("layer") != "2"));
    if (u.at("portrait").is_null()) continue;
    ++painted;
    const auto unit = u.at("unit").get<std::size_t>();
    const auto row = std::vector<float>(w.begin() + static_cast<std::ptrdiff_t>(784 * unit),
        w.begin() + static_cast<std::ptrdiff_t>(784 * (unit + 1)));
    const auto [low, high] = std::ranges::minmax(row);
    CHECK(u.at("portrait_low").get<float>() == low);
    CHECK(u.at("portrait_high").get<float>() == high);
    const std::string bytes = lively::lab::from_base64(u.at("portrait").get<std::string>()).value();
    const double most = std::max(std::abs(low), std::abs(high));
    for (std::size_t i = 0; i < 784; ++i)
      CHECK(std::abs(static_cast<unsigned char>(bytes[i]) - (128 + 127 * row[i] / most)) < 0.51);
    // By a recount in float64: no other picture has a larger pre-activation than the first shown.
    std::vector<double> z;
    for (std::size_t n = 0; n < 600; ++n) {
      double sum = b[unit];
      for (std::size_t i = 0; i < 784; ++i)
        sum += static_cast<double>(row[i]) * pixels[784 * n + i] / 255.0;
      z.push_back(sum);
    }
    std::vector<double> order = z;
    std::ranges::sort(order, std::greater{});
    // The one that last woke it is not shown twice.
    std::size_t k = 0;
    for (const Json& p : by_z) {
      const double shown = z[p.at("sample").get<std::size_t>()];
      if (by_z.size() == 3 && shown < order[k] - 1e-4 * std::abs(order[k])) ++k;
      CHECK(shown == doctest::Approx(order[k++]).epsilon(1e-4));
    }
  }
  CHECK(painted > 0);
}
