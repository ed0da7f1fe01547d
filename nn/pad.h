#pragma once

#include "lively/autograd/ops.h"
#include "lively/nn/module.h"

namespace lively {

// How many rows and columns are put around a picture; one number stands for all four sides. In
// PyTorch's order.
struct Sides {
  constexpr Sides(int64_t all) : Sides(all, all, all, all) {}
  constexpr Sides(int64_t at_left, int64_t at_right, int64_t at_top, int64_t at_bottom)
      : left(at_left), right(at_right), top(at_top), bottom(at_bottom) {}
  int64_t left, right, top, bottom;
};

// Pictures [N, C, H, W], or one [C, H, W], with more rows and columns around them: zeros, their own
// mirrored, or their outermost again.
class Padding2d : public Module {
 public:
  std::string describe() const override {
    return message(
        name_, "(", sides_.left, ", ", sides_.right, ", ", sides_.top, ", ", sides_.bottom, ")");
  }

 protected:
  // Throws ValueError for a side below 0.
  Padding2d(const char* name, Sides sides) : name_(name), sides_(sides) {
    if (sides.left < 0 || sides.right < 0 || sides.top < 0 || sides.bottom < 0)
      fail<ValueError>(describe(), ": needs at least 0");
  }
  std::vector<Padding> paddings() const {
    return {{-1, sides_.left, sides_.right}, {-2, sides_.top, sides_.bottom}};
  }

 private:
  const char* name_;
  Sides sides_;
};

class ZeroPad2d final : public Padding2d {
 public:
  explicit ZeroPad2d(Sides sides) : Padding2d("ZeroPad2d", sides) {}
  Variable forward(const Variable& x) override { return pad(x, paddings()); }
};

class ReflectionPad2d final : public Padding2d {
 public:
  explicit ReflectionPad2d(Sides sides) : Padding2d("ReflectionPad2d", sides) {}
  Variable forward(const Variable& x) override { return pad(x, paddings(), PadMode::reflect); }
};

class ReplicationPad2d final : public Padding2d {
 public:
  explicit ReplicationPad2d(Sides sides) : Padding2d("ReplicationPad2d", sides) {}
  Variable forward(const Variable& x) override { return pad(x, paddings(), PadMode::replicate); }
};

}  // namespace lively
