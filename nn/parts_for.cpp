#include "lively/nn/parts_for.h"

#include <algorithm>

#include "lively/tensor/threads.h"

namespace lively {

int64_t parts_for(Module& model, int64_t samples) {
  // Samples a second on two threads of a Zen 5, each op split -> the batch in parts, SGD:
  // 784-128-128-10 b32 165 k -> 174 k, b128 263 k -> 296 k; 784, 20 x 64, 10 b128 160 k -> 209 k;
  // LeNet-5 b128 23 k -> 28 k. With 2.9 M parameters (3 x 1024) to add up the gradients costs what
  // is gained.
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
