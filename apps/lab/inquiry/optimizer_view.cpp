#include "apps/lab/inquiry/optimizer_view.h"

#include <algorithm>

#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {

OptimizerView view_of(const Optimizer& optimizer) {
  return {.holds =
              [&optimizer](const Variable& parameter) {
                try {
                  (void)optimizer.index_of(parameter);
                  return true;
                } catch (const ValueError&) {
                  return false;
                }
              },
      .non_finite_state =
          [&optimizer](const Variable& parameter) {
            int64_t n = 0;
            for (const auto& [name, t] : optimizer.state(optimizer.index_of(parameter)))
              n += t.numel() - static_cast<int64_t>(sum(is_finite(t)).item());
            return n;
          },
      .nominal_rate =
          [&optimizer] {
            double rate = 0;
            for (const ParameterGroup& group : optimizer.groups()) rate = std::max(rate, group.lr);
            return rate;
          },
      .decay =
          [&optimizer](const Variable& parameter) {
            const double decay = optimizer.group_of(optimizer.index_of(parameter)).weight_decay;
            return OptimizerView::Decay{decay, optimizer.to_string().starts_with("adamw")};
          }};
}

}  // namespace lively::lab
