// internal: what looks at a model without changing it.
#pragma once

#include <utility>
#include <vector>

#include "lively/nn/module.h"

namespace lively::detail {

// While one of these lives, all modules are in one mode; then each is in its own again.
class [[nodiscard]] KeepMode {
 public:
  KeepMode(Module& model, bool training) {
    for (auto& [name, module] : model.named_modules()) before_.push_back({module, module->is_training()});
    model.train(training);
  }
  ~KeepMode() {
    // Outer modules come first, so what an inner one had stands at the end.
    for (auto& [module, training] : before_) module->train(training);
  }
  KeepMode(const KeepMode&) = delete;
  KeepMode& operator=(const KeepMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
};

}  // namespace lively::detail
