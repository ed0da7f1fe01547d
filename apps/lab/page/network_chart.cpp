#include <algorithm>
#include <charconv>
#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// The sizes of a shape as logs write it, "[128,784]"; empty: it is none.
std::vector<int64_t> sizes_of(const std::string& shape) {
  if (shape.size() < 2 || shape.front() != '[' || shape.back() != ']') return {};
  std::vector<int64_t> sizes;
  for (const std::string& part : split(shape.substr(1, shape.size() - 2))) {
    int64_t n = 0;
    const char *from = part.data(), *end = from + part.size();
    while (from != end && *from == ' ') ++from;
    const auto [stop, error] = std::from_chars(from, end, n);
    if (error != std::errc{} || stop != end || n < 0) return {};
    sizes.push_back(n);
  }
  return sizes;
}

// What a layer gives, "128", or "conv 16" with how it is taken.
std::string layer_said(const std::vector<int64_t>& sizes) {
  return (sizes.size() > 2 ? "conv " : "") + thousands(sizes[0]);
}

}  // namespace

std::string network_words(const RunLog& run) {
  if (!run.network.empty()) return run.network;
  std::string text, before;
  int64_t same = 0;
  const auto add = [&] {
    if (same > 0) text += " – " + (same > 1 ? thousands(same) + " × " : "") + before;
  };
  for (const RunLog::Weighted& layer : run.weighted) {
    const std::vector<int64_t> sizes = sizes_of(layer.shape);
    if (sizes.size() < 2) return run.model;
    if (text.empty() && same == 0) text = thousands(sizes[1]);
    const std::string said = layer_said(sizes);
    if (said == before) {
      ++same;
      continue;
    }
    add();
    before = said, same = 1;
  }
  add();
  return text.empty() ? run.model : text;
}

std::string network_chart(const RunLog& run) {
  if (run.censuses.empty() || run.censuses.back().layers.empty()) return "";
  struct Column {
    std::string name;
    int64_t units = 0, dead = 0;
  };
  std::vector<Column> columns;
  const auto add_weighted = [&](const RunLog::Weighted& layer, std::size_t axis, const char* name) {
    const std::vector<int64_t> sizes = sizes_of(layer.shape);
    if (sizes.size() > axis) columns.push_back({name, sizes[axis], 0});
  };
  if (!run.weighted.empty()) add_weighted(run.weighted.front(), 1, "input");
  for (const RunLog::Layer& l : run.censuses.back().layers)
    columns.push_back({layer_title(run, l.name), l.units, l.dead});
  if (!run.weighted.empty()) add_weighted(run.weighted.back(), 0, "output");
  constexpr double kWidth = 720, kHeight = 104, kTall = 64, kTop = 16, kMost = 70;
  const double wide = std::min(kMost, kWidth / static_cast<double>(columns.size()));
  int64_t largest = 1;
  for (const Column& c : columns) largest = std::max(largest, c.units);
  std::string svg;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& c = columns[i];
    const double tall = kTall * std::max(0.12, std::log1p(static_cast<double>(c.units)) /
                                                   std::log1p(static_cast<double>(largest))),
                 x = wide * static_cast<double>(i), y = kTop + (kTall - tall) / 2,
                 share =
                     c.units > 0
                         ? std::clamp(
                               static_cast<double>(c.dead) / static_cast<double>(c.units), 0.0, 1.0)
                         : 0.0,
                 across = std::max(1.0, wide - std::min(14.0, wide / 3));
    svg += tipped(0, 11,
        message(c.name, ": ", thousands(c.units), " units, ", thousands(c.dead), " dead"),
        rectangle("unit", x, y, across, tall) +
            (c.dead > 0 ? rectangle("dead", x, y + tall * (1 - share), across, tall * share) : ""));
    if (wide >= 40)
      svg += label(x + across / 2, kHeight - 8,
          c.dead > 0 ? message(thousands(c.dead), "/", thousands(c.units)) : thousands(c.units),
          "middle");
  }
  // As wide as it has to be, and no wider; a tip may need more.
  const double across = std::max(320.0, wide * static_cast<double>(columns.size()));
  return "<figure class=\"net\" style=\"max-width:" + fixed(across) + "px\">" +
         open_svg("The network, layer by layer", across, kHeight) + svg +
         "</svg><p class=\"legend\">" +
         escaped(message("From input to output; height: units, filled: dead at step ",
             thousands(run.censuses.back().step))) +
         "</p></figure>";
}

}  // namespace lively::lab
