#pragma once

#include "lively/autograd/ops.h"
#include "lively/nn/module.h"

namespace lively {

// Pooling of pictures [N, C, H, W] as modules; see tensor/pool.h.
class MaxPool2d final : public Module {
 public:
  explicit MaxPool2d(const PoolOptions& options) : options_(options) {}
  Variable forward(const Variable& x) override { return max_pool2d(x, options_); }
  std::string describe() const override {
    return message("MaxPool2d(", options_.kernel.h, "x", options_.kernel.w, ")");
  }

 private:
  PoolOptions options_;
};

class AvgPool2d final : public Module {
 public:
  explicit AvgPool2d(const PoolOptions& options) : options_(options) {}
  Variable forward(const Variable& x) override { return avg_pool2d(x, options_); }
  std::string describe() const override {
    return message("AvgPool2d(", options_.kernel.h, "x", options_.kernel.w, ")");
  }

 private:
  PoolOptions options_;
};

// To `out` places, whatever the picture's size; 1: global average pooling.
class AdaptiveAvgPool2d final : public Module {
 public:
  explicit AdaptiveAvgPool2d(Pair out) : out_(out) {}
  Variable forward(const Variable& x) override { return adaptive_avg_pool2d(x, out_); }
  std::string describe() const override {
    return message("AdaptiveAvgPool2d(", out_.h, "x", out_.w, ")");
  }

 private:
  Pair out_;
};

class AdaptiveMaxPool2d final : public Module {
 public:
  explicit AdaptiveMaxPool2d(Pair out) : out_(out) {}
  Variable forward(const Variable& x) override { return adaptive_max_pool2d(x, out_); }
  std::string describe() const override {
    return message("AdaptiveMaxPool2d(", out_.h, "x", out_.w, ")");
  }

 private:
  Pair out_;
};

}  // namespace lively
