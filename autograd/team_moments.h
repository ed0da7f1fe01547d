// internal: batch norm over a batch whose parts run in the processes of a Team.
#pragma once

#include <vector>

#include "lively/autograd/team.h"
#include "lively/tensor/moments.h"

namespace lively::detail {

// Of what all have. `around` [C], the same for all, lies somewhere near the means, so that large
// ones do no harm.
Moments joined(Team& team, const Moments& mine, const Tensor& around);

// Adds up two numbers for each channel.
template <class T>
void sum_over(Team& team, std::vector<T>& a, std::vector<T>& b) {
  std::vector<double> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  team.sum(both);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<T>(both[i]);
    b[i] = static_cast<T>(both[a.size() + i]);
  }
}

}  // namespace lively::detail
