// internal: what looks at a model without changing it.
#pragma once

#include <utility>
#include <vector>

#include "lively/nn/module.h"
#include "lively/nn/shaping.h"

namespace lively::detail {

// While one of these lives, all modules are in one mode; then each is in its own again. What
// training mode moves, running moments and the draws of dropout, is put back.
class [[nodiscard]] KeepMode {
 public:
  KeepMode(Module& model, bool training) {
    for (auto& [name, module] : model.named_modules()) {
      before_.push_back({module, module->is_training()});
      if (auto* dropout = dynamic_cast<DropoutLayer*>(module); dropout && training)
        draws_.push_back({dropout, dropout->batches()});
    }
    if (training)
      for (auto& [name, buffer] : model.named_buffers())
        buffers_.push_back({buffer, buffer.clone()});
    model.train(training);
  }
  ~KeepMode() {
    // Outer modules come first, so what an inner one had stands at the end.
    for (auto& [module, training] : before_) module->train(training);
    for (auto& [dropout, batches] : draws_) dropout->set_batches(batches);
    for (auto& [buffer, was] : buffers_) buffer.copy_from(was);
  }
  KeepMode(const KeepMode&) = delete;
  KeepMode& operator=(const KeepMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
  std::vector<std::pair<DropoutLayer*, uint64_t>> draws_;
  std::vector<std::pair<Tensor, Tensor>> buffers_;
};

}  // namespace lively::detail
