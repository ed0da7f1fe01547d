#pragma once

#include <memory>

#include "lively/nn/module.h"

namespace lively {

// What a residual connection does with its input x and the branch f: f(x) + x or f(x) - x, and
// whether the activation comes before the sum, act(f(x)) ± x, or after it, act(f(x) ± x).
struct ResidualForm {
  enum class Sum : uint8_t { add, subtract };
  enum class Activate : uint8_t { pre, post };
  Sum sum = Sum::add;
  Activate activate = Activate::post;

  // "add", "subtract", each with ":pre" or ":post" (which is also the default). Throws ValueError.
  static ResidualForm parse(std::string_view text);
};

// [N, …] -> the same shape, which f must keep. Registered as "inner" and "act".
class Residual final : public Module {
 public:
  Residual(std::unique_ptr<Module> f, std::unique_ptr<Module> activation, ResidualForm form = {});
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  bool bypasses(const Module& child) const override {
    return (&child != activation_.get() && &child != this) ||
           form_.activate == ResidualForm::Activate::pre;
  }
  bool sums_before(const Module& child) const override {
    return &child == activation_.get() && form_.activate == ResidualForm::Activate::post;
  }

 private:
  std::unique_ptr<Module> inner_, activation_;
  ResidualForm form_;
};

}  // namespace lively
