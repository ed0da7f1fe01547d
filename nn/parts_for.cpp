#include "lively/nn/parts_for.h"

#include <algorithm>

#include "lively/tensor/threads.h"

namespace lively {

int64_t parts_for(Module& model, int64_t samples) {
  constexpr int64_t kMostParameters = 1'000'000;
  constexpr int64_t kLeastWork = 1'000'000;  // parameters · samples of a part
  const int64_t parts = std::min<int64_t>(kernel_threads(), samples);
  if (parts < 2) return 1;
  const int64_t parameters = model.parameter_count();
  if (parameters > kMostParameters || parameters * (samples / parts) < kLeastWork) return 1;
  for (const auto& [name, module] : model.named_modules())
    if (module->mixes_samples() || module->has_forward_hooks()) return 1;
  return parts;
}

}  // namespace lively
