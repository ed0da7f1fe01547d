#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/study_charts.h"

using namespace lively::lab;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

int times(const std::string& text, const std::string& what) {
  int n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}
// Each datum is a mark that the Tab key reaches.
int marks(const std::string& svg) { return times(svg, "<g tabindex=\"0\">"); }
bool sound(const std::string& svg) {
  return times(svg, "<svg") == times(svg, "</svg>") && times(svg, "<g ") == times(svg, "</g>") &&
         svg.find("nan") == svg.npos && svg.find("inf,") == svg.npos;
}

const std::string kName = "a<b> & \"c\"", kEscaped = "a&lt;b&gt; &amp; &quot;c&quot;";

}  // namespace

TEST_CASE("report_charts: lines have a mark and whiskers for each finite point") {
  const std::vector<IntervalLine> lines{
      {kName, {{0.01, .1, .05, .2}, {.1, kNan, 0, 1}, {1, .9, kNan, kNan}, {0, .5, .4, .6}}, false},
      {"two", {{.01, .2, .1, .3}, {1, .3, .2, kInf}}, true}};
  const std::string svg =
      interval_chart(kName, {.x = kName, .y = kName, .log_x = true, .percent = true}, lines);
  CHECK(sound(svg));
  CHECK(svg.find(kName) == svg.npos);
  CHECK(svg.find(kEscaped) != svg.npos);
  CHECK(marks(svg) == 4);  // not the NaN, nor the 0 on a logarithmic axis
  CHECK(times(svg, "class=\"whisker") == 3 * 2);
  CHECK(svg.find(kEscaped + " at 0.01: 10.0 % [5.0, 20.0]<") != svg.npos);
  CHECK(svg.find("two at 1: 30.0 %<") != svg.npos);
  CHECK(svg.find("dashed") != svg.npos);
  CHECK(interval_chart("none", {}, {{"one", {{1, kNan, 0, 1}}}}).empty());
}

TEST_CASE("report_charts: lines beyond the eighth are said to be left out") {
  std::vector<IntervalLine> lines(9, {"line", {{1, 1, 0, 2}, {2, 2, 1, 3}}});
  const std::string svg = interval_chart("many", {}, lines);
  CHECK(marks(svg) == 16);
  CHECK(svg.find("the first 8 of 9 lines") != svg.npos);
  CHECK(svg.find("run7") != svg.npos);
  CHECK(svg.find("run8") == svg.npos);
}

TEST_CASE("report_charts: a band is broken where a value lacks, and marks a few points") {
  IntervalLine line{"share", {}};
  for (int i = 0; i < 1000; ++i) {
    const double y = i == 0 ? kNan : .5;
    line.points.push_back({static_cast<double>(i), y, y - .1, y + .1});
  }
  line.points[1].low = kInf;
  const std::string svg = band_chart("band", {.x = "step", .y = "dead", .percent = true}, {line});
  CHECK(sound(svg));
  CHECK(times(svg, "<polygon class=\"band band0\"") == 1);
  CHECK(marks(svg) == 23);  // of 24, the first of which has no value
  line.points[500].y = kNan;
  for (std::size_t i = 490; i < 510; ++i) line.points[i].y = kNan;
  CHECK(times(band_chart("two", {}, {line}), "<polygon class=\"band band0\"") == 2);
}

TEST_CASE("report_charts: dots keep their names apart") {
  std::vector<Dot> dots;
  for (int i = 0; i < 60; ++i)
    dots.push_back({"remedy " + std::to_string(i), .5, .5, .4, .6, i % 2 ? "odd" : "even"});
  dots.push_back({kName, kNan, 0, 0, 0, "even"});
  dots.push_back({kName, 0, 1, 0, 2, kName});
  const std::string svg = scatter_chart("dots", {.x = "changed", .y = "effect"}, dots);
  CHECK(sound(svg));
  CHECK(marks(svg) == 61);
  CHECK(svg.find(kName) == svg.npos);
  // Where 60 lie on one place, some names have room and the others stand in the legend.
  int named = 0, listed = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "remedy " + std::to_string(i);
    named += svg.find("class=\"name\"") != svg.npos && svg.find(">" + name + "</text>") != svg.npos;
    listed += svg.find(" " + name + "</span>") != svg.npos;
  }
  CHECK(named >= 8);
  CHECK(named + listed == 60);
}

TEST_CASE("report_charts: a map has a letter in each cell that is known") {
  const std::vector<Region> regions{{"learns", 'L', 2}, {kName, 'D', 1}, {"never", 'N', 3}};
  const std::vector<MapCell> cells{{0, "9 of 10"}, {1, ""}, {-1, ""}, {1, kName}, {7, ""}};
  const std::string svg = region_map(kName, {.x = "width", .y = "depth"}, {"2", "4", "8"},
      {"1", "10"}, cells, regions, MapPlace{1, 0}, MapPlace{0, 1});
  CHECK(sound(svg));
  CHECK(svg.find(kName) == svg.npos);
  CHECK(marks(svg) == 3);
  CHECK(times(svg, "<rect class=\"cell\"") == 3);
  CHECK(times(svg, ">D</text>") == 2 + 1);  // and in the legend
  CHECK(svg.find("width 2, depth 1: learns, 9 of 10<") != svg.npos);
  CHECK(svg.find("never") == svg.npos);
  CHECK(times(svg, "class=\"ring\"") == 1);
  CHECK(times(svg, "class=\"head\"") == 1);
  CHECK(region_map("none", {}, {}, {"1"}, {}, regions).empty());
}

TEST_CASE("report_charts: the zero of a logarithmic axis is none of its marks, and marks differ") {
  const auto chart = [](const lively::lab::Axes& axes, double low, double high) {
    return interval_chart("c", axes, {{"one", {{1, low, low, low}, {2, high, high, high}}}});
  };
  CHECK(times(chart({}, 0, 1), "grid zero") == 1);
  CHECK(times(chart({.x = "x", .y = "y", .log_y = true}, 1e-32, 1), "grid zero") == 0);
  for (const double high : {1.0, 0.05, 0.002}) {
    const std::string svg = chart({.x = "x", .y = "y", .percent = true}, 0, high);
    std::set<std::string> said;
    int all = 0;
    for (auto at = svg.find(" %</text>"); at != svg.npos; at = svg.find(" %</text>", at + 1), ++all)
      said.insert(svg.substr(svg.rfind('>', at), at - svg.rfind('>', at)));
    CHECK(all >= 3);
    CHECK(static_cast<int>(said.size()) == all);
  }
}

TEST_CASE("report_charts: a heat map leaves out what is unknown, and names all that has no order") {
  std::vector<HeatColumn> columns;
  HeatRow row{.name = "remedy", .shares = {}, .texts = {}};
  for (int i = 0; i < 30; ++i) {
    columns.push_back({"column", "network " + std::to_string(i)});
    row.shares.push_back(i == 7 ? kNan : 0);
    row.texts.push_back("text");
  }
  const auto named = [&](const std::string& svg) {
    return std::ranges::count_if(
        columns, [&](const HeatColumn& c) { return svg.find(">" + c.label + "<") != svg.npos; });
  };
  const std::string all = heat_map("map", columns, {row}, "none", "all", Names::all);
  CHECK(sound(all));
  CHECK(named(all) == 30);
  CHECK(marks(all) == 29);
  CHECK(times(all, "class=\"blank\"") == 1);
  CHECK(named(heat_map("map", columns, {row}, "none", "all")) < 30);
}
