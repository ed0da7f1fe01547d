#include "apps/lab/page/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace lively::lab {
namespace {

// A round number of about a quarter of the span.
double step_of(double span) {
  const double raw = span / 4, base = std::pow(10, std::floor(std::log10(raw)));
  for (const double m : {1.0, 2.0, 5.0})
    if (m * base >= raw) return m * base;
  return 10 * base;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string shortened(const std::string& text, std::size_t letters) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U && ++n > letters)
      return text.substr(0, i) + "…";
  return text;
}

std::string fixed(double v) {
  char text[352];
  std::snprintf(text, sizeof text, "%.1f", v);
  std::string s = text;
  if (s.ends_with(".0")) s.resize(s.size() - 2);
  return s;
}

std::string open_svg(const std::string& title, double width, double height) {
  return "<svg viewBox=\"0 0 " + fixed(width) + " " + fixed(height) +
         "\" role=\"group\" aria-label=\"" + escaped(title) + "\">";
}

std::string label(
    double x, double y, const std::string& text, const char* anchor, const char* kind) {
  return "<text" + (*kind ? " class=\"" + std::string(kind) + "\"" : "") + " x=\"" + fixed(x) +
         "\" y=\"" + fixed(y) + "\"" +
         (anchor == std::string_view("start") ? ""
                                              : " text-anchor=\"" + std::string(anchor) + "\"") +
         ">" + escaped(text) + "</text>";
}

std::string slanted(double x, double y, const std::string& text) {
  return "<g transform=\"translate(" + fixed(x) + " " + fixed(y) + ") rotate(-55)\">" +
         label(0, 0, text, "end") + "</g>";
}

double slanted_height(std::size_t letters) { return 18 + 5.8 * static_cast<double>(letters); }

std::string rectangle(const char* kind, double x, double y, double width, double height) {
  return std::string("<rect class=\"") + kind + "\" x=\"" + fixed(x) + "\" y=\"" + fixed(y) +
         "\" width=\"" + fixed(width) + "\" height=\"" + fixed(height) + "\"/>";
}

std::string stroke(const std::string& kind, double x1, double y1, double x2, double y2) {
  return "<line class=\"" + kind + "\" x1=\"" + fixed(x1) + "\" y1=\"" + fixed(y1) + "\" x2=\"" +
         fixed(x2) + "\" y2=\"" + fixed(y2) + "\"/>";
}

std::string tipped(double x, double y, const std::string& text, const std::string& marks) {
  return "<g tabindex=\"0\">" + marks + label(x, y, text, "start", "tip") + "</g>";
}

std::string dense(const std::string& picture) {
  return "<div class=\"dense\">" + picture + "</div>";
}

std::string figure(
    const std::string& title, const std::string& picture, const std::string& legend) {
  return "<figure><label class=\"wider\"><input type=\"checkbox\"> larger</label><figcaption>" +
         escaped(title) + "</figcaption><div class=\"wide\">" + picture + "</div>" +
         (legend.empty() ? "" : "<p class=\"legend\">" + legend + "</p>") + "</figure>";
}

std::string key(const std::string& kind, const std::string& name) {
  return "<span class=\"entry\"><span class=\"key " + kind + "\"></span>" + escaped(name) +
         "</span>";
}

double Scale::place(double v) const {
  if (logarithmic) return (std::log10(v) - std::log10(low)) / (std::log10(high) - std::log10(low));
  return (v - low) / (high - low);
}

std::vector<double> Scale::marks() const {
  constexpr std::size_t kMost = 20;
  std::vector<double> all;
  if (logarithmic) {
    const double first = std::ceil(std::log10(low) - 1e-9),
                 last = std::floor(std::log10(high) + 1e-9);
    const double by = std::max(1.0, std::ceil((last - first) / 5));
    for (double e = first; e <= last && all.size() < kMost; e += by) all.push_back(std::pow(10, e));
  } else {
    const double by = step_of(high - low), first = std::ceil(low / by);
    for (double i = 0; (first + i) * by <= high + by * 1e-9 && all.size() < kMost; ++i)
      all.push_back((first + i) * by);
  }
  return all;
}

}  // namespace lively::lab
