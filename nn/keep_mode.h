// internal: what looks at a model without changing it.
#pragma once

#include <utility>
#include <vector>

#include "lively/nn/module.h"

namespace lively::detail {

// While one of these lives, all modules are in one mode; then each is in its own again. What
// training mode moves, running moments and how often was drawn, is put back.
class [[nodiscard]] KeepMode {
 public:
  KeepMode(Module& model, bool training) {
    for (auto& [name, module] : model.named_modules())
      before_.push_back({module, module->is_training()});
    if (training) {
      for (auto& [name, draws] : model.named_draws()) draws_.push_back({draws, *draws});
      for (auto& [name, buffer] : model.named_buffers())
        buffers_.push_back({buffer, buffer.clone()});
    }
    model.train(training);
  }
  ~KeepMode() {
    // Outer modules come first, so what an inner one had stands at the end.
    for (auto& [module, training] : before_) module->train(training);
    for (auto& [draws, were] : draws_) *draws = were;
    for (auto& [buffer, was] : buffers_) buffer.copy_from(was);
  }
  KeepMode(const KeepMode&) = delete;
  KeepMode& operator=(const KeepMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
  std::vector<std::pair<uint64_t*, uint64_t>> draws_;
  std::vector<std::pair<Tensor, Tensor>> buffers_;
};

}  // namespace lively::detail
