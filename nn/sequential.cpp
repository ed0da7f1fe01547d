#include "lively/nn/sequential.h"

namespace lively {

Module& Sequential::add(std::unique_ptr<Module> module, std::string title) {
  register_module(std::to_string(modules_.size()), *module, std::move(title));
  modules_.push_back(std::move(module));
  return *modules_.back();
}

Module& Sequential::operator[](int64_t i) {
  const auto count = static_cast<int64_t>(modules_.size());
  if (i < -count || i >= count)
    fail<ValueError>(
        "Sequential: module ", i, " of ", count, ": needs ", -count, " to ", count - 1);
  return *modules_[static_cast<std::size_t>(i < 0 ? i + count : i)];
}

Variable Sequential::forward(const Variable& x) {
  Variable y = x;
  for (const auto& module : modules_) y = (*module)(y);
  return y;
}

std::string Sequential::describe() const {
  std::string text = "Sequential(";
  for (const auto& module : modules_) {
    if (module != modules_.front()) text += ", ";
    text += module->describe();
  }
  return text + ")";
}

}  // namespace lively
