#include <cmath>
#include <cstdio>
#include <ostream>

#include "lively/tensor/tensor.h"

namespace lively {
namespace {

constexpr int64_t kEdge = 3;      // values shown at each end of an abridged axis
constexpr int64_t kWhole = 1000;  // elements up to which all are shown

std::string printed(double v, bool whole) {
  char text[32];
  if (whole) {
    std::snprintf(text, sizeof text, "%.0f", v);
  } else {
    std::snprintf(text, sizeof text, "%.5g", v);
  }
  return text;
}

struct Printer {
  const Tensor values;  // float64, row-major
  bool whole = true;    // no value has a fraction
  std::size_t width = 0;

  bool abridged(int axis) const {
    return values.numel() > kWhole && values.shape()[axis] > 2 * kEdge;
  }

  template <class Visit>
  void each(int axis, Visit&& visit) const {
    const int64_t size = values.shape()[axis];
    for (int64_t i = 0; i < size; ++i) {
      if (abridged(axis) && i == kEdge) i = size - kEdge;
      visit(i);
    }
  }

  void measure(int axis, int64_t offset) {
    if (axis == values.rank()) {
      width = std::max(width, printed(values.data<double>()[offset], whole).size());
      return;
    }
    each(axis, [&](int64_t i) { measure(axis + 1, offset + i * values.strides()[axis]); });
  }

  void write(int axis, int64_t offset, std::string& out) const {
    if (axis == values.rank()) {
      const std::string text = printed(values.data<double>()[offset], whole);
      out += std::string(width - text.size(), ' ') + text;
      return;
    }
    const bool rows = axis + 1 < values.rank();
    const std::string gap =
        rows ? std::string(static_cast<std::size_t>(values.rank() - axis - 1), '\n') +
                   std::string(static_cast<std::size_t>(axis) + 1, ' ')
             : " ";
    out += '[';
    each(axis, [&](int64_t i) {
      if (i) out += gap;
      if (abridged(axis) && i == values.shape()[axis] - kEdge) out += "..." + gap;
      write(axis + 1, offset + i * values.strides()[axis], out);
    });
    out += ']';
  }
};

}  // namespace

std::string Tensor::to_string() const {
  if (!defined()) return "Tensor()";
  Printer p{to(Dtype::float64).contiguous()};
  for (double v : p.values.values<double>())
    p.whole = p.whole && std::floor(v) == v && std::abs(v) < 1e9;
  p.measure(0, 0);
  std::string out;
  p.write(0, 0, out);
  return out + "  " + name(dtype()) + shape().to_string();
}

std::ostream& operator<<(std::ostream& out, const Tensor& t) { return out << t.to_string(); }

}  // namespace lively
