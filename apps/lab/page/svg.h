#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// Text for a page: & < > " ' escaped, so that no name can become markup.
std::string escaped(const std::string& text);

// Its first `letters`, whole ones, with … for the rest.
std::string shortened(const std::string& text, std::size_t letters);

// The strokes that pictures for a page are made of. Coordinates have one decimal place.
std::string fixed(double v);
// A picture of that size; what is in it can be pointed at or reached with the Tab key.
std::string open_svg(const std::string& title, double width, double height);
std::string label(
    double x, double y, const std::string& text, const char* anchor, const char* kind = "");
// Words that rise to end at (x, y), and the height that so many letters need.
std::string slanted(double x, double y, const std::string& text);
double slanted_height(std::size_t letters);
std::string rectangle(const char* kind, double x, double y, double width, double height);
std::string stroke(const std::string& kind, double x1, double y1, double x2, double y2);
// Wraps marks so that pointing at them, or reaching them by keyboard, shows `text` at (x, y).
std::string tipped(double x, double y, const std::string& text, const std::string& marks);
// A picture with many words: on a small screen it is scrolled aside, and they stay readable.
std::string dense(const std::string& picture);
std::string figure(const std::string& title, const std::string& picture, const std::string& legend);
std::string key(const std::string& kind, const std::string& name);  // of a legend

// From steps or values to places, with round numbers to mark.
struct Scale {
  double low = 0, high = 1;
  bool logarithmic = false;
  double place(double v) const;  // 0 at low, 1 at high
  std::vector<double> marks() const;
};

}  // namespace lively::lab
