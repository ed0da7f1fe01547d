#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr double kPanelWidth = 240, kHigh = 150, kAbove = 20, kBelow = 20, kBeside = 8;
constexpr std::size_t kMostTimes = 10, kMostLayers = 12, kMostNorms = 8;

// One layer: a ridge for each time, the last in front, over one axis of values.
std::string ridges(const RunLog& run, const std::vector<const RunLog::Histograms*>& times,
    const std::string& layer) {
  struct Row {
    const RunLog::Histograms* at;
    const RunLog::Histogram* of;
  };
  std::vector<Row> rows;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const RunLog::Histograms* h : times)
    for (const RunLog::Histogram& l : h->layers)
      if (l.layer == layer && !l.counts.empty() && l.counts.size() <= 1000 && l.low <= l.high) {
        rows.push_back({h, &l});
        low = std::min(low, l.low), high = std::max(high, l.high);
      }
  if (rows.empty()) return "";
  if (!(high > low)) low -= 1, high += 1;
  const auto px = [&](double v) {
    return kBeside + (v - low) / (high - low) * (kPanelWidth - 2 * kBeside);
  };
  const double gap = std::min(16.0, 70.0 / static_cast<double>(rows.size())),
               up = kHigh - kAbove - kBelow - gap * static_cast<double>(rows.size() - 1);
  std::string svg;
  if (low < 0 && high > 0) svg += stroke("grid", px(0), kAbove, px(0), kHigh - kBelow);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RunLog::Histogram& h = *rows[i].of;
    const double base = kHigh - kBelow - gap * static_cast<double>(rows.size() - 1 - i),
                 bin = (h.high - h.low) / static_cast<double>(h.counts.size());
    double most = 0;  // of samples by width: a narrow histogram is as high as a wide one
    for (const double n : h.counts) most = std::max(most, n);
    std::string points = fixed(px(h.low)) + "," + fixed(base) + " ";
    for (std::size_t b = 0; b < h.counts.size(); ++b) {
      const double y = base - (most > 0 ? std::max(0.0, h.counts[b]) / most : 0) * up;
      points += fixed(px(h.low + bin * (static_cast<double>(b) + 0.5))) + "," + fixed(y) + " ";
    }
    points += fixed(px(h.high)) + "," + fixed(base);
    svg += tipped(0, 12,
        message("step ", thousands(rows[i].at->step), ": ", compact(h.low), " to ", compact(h.high),
            ", mean ", compact(h.mean), " ± ", compact(h.deviation), ", ", percent(h.above_zero, 0),
            " % above 0"),
        "<polygon class=\"ridge" + std::string(i + 1 < rows.size() ? " old" : "") + "\" points=\"" +
            points + "\"/>");
  }
  svg += label(kBeside, kHigh - 5, compact(low), "start") +
         label(kPanelWidth - kBeside, kHigh - 5, compact(high), "end");
  if (px(0) > 60 && px(0) < kPanelWidth - 60) svg += label(px(0), kHigh - 5, "0", "middle");
  const std::string title = layer_title(run, layer);
  return "<figure><figcaption>" + escaped(title) + "</figcaption>" +
         open_svg(title, kPanelWidth, kHigh) + svg + "</svg></figure>";
}

std::string of_kind(const RunLog& run, const std::string& kind, const std::string& title) {
  std::vector<const RunLog::Histograms*> all, times;
  for (const RunLog::Histograms& h : run.histograms)
    if (h.of == kind && !h.layers.empty()) all.push_back(&h);
  if (all.empty()) return "";
  for (const std::size_t i : spread(all.size(), kMostTimes)) times.push_back(all[i]);
  const std::vector<RunLog::Histogram>& layers = times.back()->layers;
  std::string html;
  for (const std::size_t i : spread(layers.size(), kMostLayers))
    html += ridges(run, times, layers[i].layer);
  if (html.empty()) return "";
  const std::string shown =
      layers.size() > kMostLayers ? message(kMostLayers, " of ", layers.size(), " layers. ") : "";
  return "<h3>" + escaped(title) + "</h3>" +
         paragraph(message(shown, "From step ", thousands(times.front()->step), " (behind) to ",
                       thousands(times.back()->step), " (in front); each is as high as its peak."),
             "muted") +
         "<div class=\"ridges\">" + html + "</div>";
}

std::string gradients(const RunLog& run) {
  std::size_t layers = 0;
  for (const RunLog::Train& t : run.train) layers = std::max(layers, t.gradient_norms.size());
  layers = std::min<std::size_t>(layers, 10'000);
  std::vector<Line> lines;
  for (const std::size_t i : spread(layers, kMostNorms)) {
    const std::string path = i < run.weighted.size() ? run.weighted[i].name : "";
    Line line{run.titles.contains(path) ? run.titles.at(path)
                                        : message("weights ", i + 1, " of ", layers),
        {}, static_cast<int>(lines.size())};
    for (const RunLog::Train& t : run.train)
      line.points.push_back({static_cast<double>(t.step),
          i < t.gradient_norms.size() ? t.gradient_norms[i] : std::nan("")});
    lines.push_back(std::move(line));
  }
  return line_chart(
      layers > kMostNorms
          ? message("Norm of the gradient of each layer: ", kMostNorms, " of ", layers, " layers")
          : "Norm of the gradient of each layer",
      lines, {}, false);
}

}  // namespace

std::string spreads_section(const RunLog& run) {
  return gradients(run) + of_kind(run, "weights", "Weights") +
         of_kind(run, "activations",
             "Activations: what enters them; a ReLU passes on what lies right of 0");
}

}  // namespace lively::lab
