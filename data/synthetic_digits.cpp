#include "lively/data/synthetic_digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "lively/tensor/threads.h"

// How a picture comes about: a form of its digit is chosen; its points are moved a little, each by
// itself; smooth curves are drawn through them; an affine map slants, turns, resizes and shifts the
// whole; a pen of random width and strength inks every pixel by its distance from the curve.
// Stray marks and grainy ink keep a network from relying on any single pixel.
//
// Only + - * / and sqrt are used, which IEEE 754 rounds the same everywhere: so the bits are, too.

namespace lively {
namespace {

constexpr int kSide = 28;
constexpr int kPixels = kSide * kSide;

struct Point {
  float x, y;
};
using Stroke = std::vector<Point>;  // a curve through these; a point that comes twice is a corner
using Form = std::vector<Stroke>;

// The digits in a box of 100 x 100, y downwards.
const std::array<std::vector<Form>, 10>& forms() {
  static const std::array<std::vector<Form>, 10> all{{
      {{{{50, 0}, {15, 18}, {5, 50}, {15, 82}, {50, 100}, {85, 82}, {95, 50}, {85, 18}, {50, 0}}},
          {{{62, 2}, {25, 10}, {5, 60}, {28, 98}, {70, 92}, {95, 40}, {80, 6}, {48, 4}}}},
      {{{{50, 0}, {50, 50}, {50, 100}}}, {{{26, 24}, {54, 0}, {54, 0}, {52, 50}, {52, 100}}},
          {{{26, 24}, {52, 0}, {52, 0}, {52, 100}}, {{22, 100}, {50, 99}, {80, 100}}}},
      {{{{10, 24}, {32, 3}, {68, 3}, {86, 26}, {74, 50}, {42, 74}, {8, 100}, {8, 100}, {50, 97},
           {92, 98}}},
          {{{12, 20}, {45, 0}, {84, 18}, {72, 52}, {30, 86}, {10, 92}, {24, 78}, {52, 92},
              {94, 96}}}},
      {{{{12, 12}, {46, 0}, {82, 14}, {78, 36}, {42, 47}, {42, 47}, {84, 60}, {90, 82}, {50, 100},
           {8, 88}}},
          {{{12, 3}, {50, 2}, {86, 3}, {86, 3}, {46, 42}, {46, 42}, {86, 58}, {82, 90}, {42, 100},
              {10, 88}}}},
      {{{{64, 0}, {34, 34}, {5, 68}, {5, 68}, {50, 67}, {95, 66}}, {{68, 34}, {67, 66}, {66, 100}}},
          {{{16, 2}, {12, 28}, {10, 52}, {10, 52}, {50, 54}, {90, 50}},
              {{80, 4}, {76, 50}, {72, 100}}}},
      {{{{88, 2}, {54, 3}, {20, 2}, {20, 2}, {17, 24}, {14, 46}, {14, 46}, {54, 36}, {88, 58},
          {78, 92}, {40, 100}, {8, 88}}}},
      {{{{76, 2}, {34, 24}, {8, 64}, {22, 94}, {54, 100}, {88, 82}, {80, 56}, {48, 50}, {14, 68}}},
          {{{48, 0}, {20, 40}, {14, 80}, {44, 100}, {78, 88}, {74, 64}, {44, 58}, {18, 76}}}},
      {{{{8, 4}, {50, 4}, {92, 4}, {92, 4}, {60, 48}, {38, 100}}},
          {{{8, 4}, {50, 4}, {92, 4}, {92, 4}, {60, 48}, {38, 100}},
              {{32, 52}, {56, 51}, {80, 50}}}},
      {{{{52, 48}, {20, 32}, {20, 8}, {50, 0}, {80, 8}, {80, 32}, {50, 48}, {14, 68}, {16, 92},
          {50, 100}, {84, 92}, {86, 68}, {50, 47}}}},
      {{{{86, 30}, {60, 52}, {22, 44}, {12, 20}, {40, 0}, {76, 6}, {86, 30}, {80, 68}, {62, 100}}},
          {{{84, 10}, {48, 0}, {14, 22}, {30, 48}, {66, 42}, {84, 12}, {84, 12}, {83, 56},
              {82, 100}}}},
  }};
  return all;
}

class Draw {  // random numbers as a picture needs them
 public:
  explicit Draw(Stream& stream) : stream_(stream) {}
  float between(float low, float high) {
    return low + (high - low) * static_cast<float>(stream_.bits() >> 8) * 0x1p-24f;
  }
  float about(float middle, float spread) {  // most often near the middle
    return middle + spread * (between(-.5f, .5f) + between(-.5f, .5f));
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(stream_.below(n)); }
  bool chance(float p) { return between(0, 1) < p; }
  uint32_t bits() { return stream_.bits(); }

 private:
  Stream& stream_;
};

// From the box of a form to pixels: slanted, turned, resized, shifted.
struct Affine {
  float xx, xy, yx, yy, dx, dy;
  Point operator()(Point p) const { return {xx * p.x + xy * p.y + dx, yx * p.x + yy * p.y + dy}; }
};

Affine placement(Draw& draw) {
  const float width = draw.about(.15f, .05f), height = draw.about(.2f, .04f);  // pixels a unit
  const float turn = draw.about(0, .35f), slant = draw.about(-.12f, .4f);
  Affine a;
  a.xx = width;
  a.xy = (slant - turn) * height;
  a.yx = turn * width;
  a.yy = height;
  a.dx = draw.about(13.5f, 4) - 50 * (a.xx + a.xy);
  a.dy = draw.about(13.5f, 4) - 50 * (a.yx + a.yy);
  return a;
}

// The nearest distance from each pixel to what the pen has drawn so far, squared.
class Canvas {
 public:
  explicit Canvas(float reach) : reach_(reach) { nearest_.fill(1e6f); }

  void line(Point a, Point b) {
    const float x = b.x - a.x, y = b.y - a.y, length = x * x + y * y;
    const float scale = length > 0 ? 1 / length : 0;
    const int left = low(std::min(a.x, b.x)), right = high(std::max(a.x, b.x));
    const int top = low(std::min(a.y, b.y)), bottom = high(std::max(a.y, b.y));
    for (int row = top; row <= bottom; ++row) {
      for (int column = left; column <= right; ++column) {
        const float px = static_cast<float>(column) - a.x, py = static_cast<float>(row) - a.y;
        const float t = std::clamp((px * x + py * y) * scale, 0.f, 1.f);
        const float ex = px - t * x, ey = py - t * y;
        float& best = nearest_[row * kSide + column];
        best = std::min(best, ex * ex + ey * ey);
      }
    }
  }

  // A smooth curve through the points (Catmull and Rom).
  void curve(const Stroke& points) {
    constexpr int kPieces = 5;
    const std::size_t last = points.size() - 1;
    for (std::size_t i = 0; i < last; ++i) {
      const Point a = points[i ? i - 1 : 0], b = points[i], c = points[i + 1],
                  d = points[std::min(i + 2, last)];
      Point from = b;
      for (int k = 1; k <= kPieces; ++k) {
        const float t = static_cast<float>(k) / kPieces;
        const auto at = [=](float Point::*v) {
          return b.*v + .5f * t *
                            (c.*v - a.*v +
                                t * (2 * a.*v - 5 * b.*v + 4 * c.*v - d.*v +
                                        t * (3 * (b.*v - c.*v) + d.*v - a.*v)));
        };
        const Point to{at(&Point::x), at(&Point::y)};
        line(from, to);
        from = to;
      }
    }
  }

  float distance(int pixel) const { return std::sqrt(nearest_[pixel]); }

 private:
  int low(float v) const { return static_cast<int>(std::clamp(v - reach_, 0.f, kSide - 1.f)); }
  int high(float v) const { return static_cast<int>(std::clamp(v + reach_ + 1, 0.f, kSide - 1.f)); }

  float reach_;
  std::array<float, kPixels> nearest_;
};

using Ink = std::array<float, kPixels>;

void ink(const Canvas& canvas, float radius, float level, Ink& picture) {
  for (int i = 0; i < kPixels; ++i) {
    const float cover = std::clamp(radius - canvas.distance(i) + .5f, 0.f, 1.f);
    picture[i] = std::max(picture[i], level * cover);
  }
}

void draw_digit(const Form& form, Draw& draw, Ink& picture) {
  const Affine place = placement(draw);
  const float radius = draw.between(1, 3.4f), level = draw.between(.7f, 1);
  const float wobble = draw.between(6, 18);
  Canvas canvas(radius + .5f);
  for (const Stroke& stroke : form) {
    Stroke moved;
    for (std::size_t i = 0; i < stroke.size(); ++i) {
      const Point p = stroke[i];
      const bool corner = i && p.x == stroke[i - 1].x && p.y == stroke[i - 1].y;
      moved.push_back(
          corner ? moved.back() : place({draw.about(p.x, wobble), draw.about(p.y, wobble)}));
    }
    canvas.curve(moved);
  }
  ink(canvas, radius, level, picture);
}

void draw_mark(Draw& draw, Ink& picture) {
  const float radius = draw.between(.5f, 1.5f);
  const Point from{draw.between(0, kSide), draw.between(0, kSide)};
  const Point to{from.x + draw.about(0, 9), from.y + draw.about(0, 9)};
  Canvas canvas(radius + .5f);
  canvas.line(from, to);
  ink(canvas, radius, draw.between(.3f, .9f), picture);
}

void draw_picture(int digit, Draw& draw, uint8_t* pixels) {
  Ink picture{};
  const std::vector<Form>& choice = forms()[digit];
  const Form& form = choice[draw.below(choice.size())];
  draw_digit(form, draw, picture);
  for (std::size_t marks = draw.below(4); marks > 0; --marks) draw_mark(draw, picture);

  const float grain = draw.between(0, .4f);
  for (int i = 0; i < kPixels; i += 4) {
    const uint32_t bits = draw.bits();
    for (int k = 0; k < 4; ++k) {
      const float noise = static_cast<float>(bits >> (8 * k) & 255) * (1 / 255.f);
      pixels[i + k] = static_cast<uint8_t>(255 * picture[i + k] * (1 - grain * noise) + .5f);
    }
  }
}

}  // namespace

ImageDataset synthetic_digits(int64_t first, int64_t count, Seed seed) {
  if (first < 0 || count < 0)
    fail<ValueError>("synthetic_digits: ", count, " pictures from ", first, ": needs 0 or more");
  Tensor pixels = Tensor::empty({count, 1, kSide, kSide}, Dtype::uint8);
  Tensor labels = Tensor::empty({count}, Dtype::int64);
  uint8_t* to = pixels.mutable_data<uint8_t>();
  int64_t* label = labels.mutable_data<int64_t>();
  parallel_for(count, 64, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Stream stream(seed, "digits", static_cast<uint64_t>(first + i));
      Draw draw(stream);
      label[i] = (first + i) % 10;
      draw_picture(static_cast<int>(label[i]), draw, to + i * kPixels);
    }
  });
  return ImageDataset(std::move(pixels), std::move(labels), 10);
}

}  // namespace lively
