#include "apps/lab/graveyard/spark.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lively::lab {
namespace {

constexpr std::array kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr double kSpan = 100;

}  // namespace

std::string spark(const std::vector<double>& series, std::size_t width) {
  const std::size_t n = std::min(width, series.size());
  std::vector<double> parts;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i * series.size() / n, to = (i + 1) * series.size() / n;
    double sum = 0;
    for (std::size_t k = from; k < to; ++k) sum += series[k];
    parts.push_back(sum / static_cast<double>(to - from));
  }
  double low = INFINITY, high = -INFINITY;
  for (const double v : parts)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  const bool logarithmic = low > 0 && high > kSpan * low;
  const auto height = [&](double v) { return logarithmic ? std::log(v) : v; };
  std::string text;
  for (const double v : parts) {
    if (!std::isfinite(v)) {
      text += "×";
      continue;
    }
    const double share = high > low ? (height(v) - height(low)) / (height(high) - height(low)) : 0;
    text += kBlocks[std::min<std::size_t>(7, static_cast<std::size_t>(share * 8))];
  }
  return text;
}

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::lround(share * static_cast<double>(width)));
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += i < full ? "█" : "·";
  return text;
}

}  // namespace lively::lab
