// internal: what the optimizers share.
#pragma once

namespace lively::detail {

// The gradient with L2 weight decay. Without a decay an infinite p makes no NaN.
template <class T>
T decayed(T g, T p, double decay) {
  return decay != 0 ? g + T(decay) * p : g;
}

}  // namespace lively::detail
