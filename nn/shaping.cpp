#include "lively/nn/shaping.h"

#include "lively/autograd/ops.h"
#include "lively/tensor/spec.h"

namespace lively {

Variable Flatten::forward(const Variable& x) { return flatten(x); }

Dropout::Dropout(double p, Seed seed, uint32_t place) : p_(p), seed_(seed), place_(place) {
  if (!(p >= 0 && p < 1))
    fail<ValueError>("Dropout: p ", number(p), ": must be at least 0 and below 1");
}

Variable Dropout::forward(const Variable& x) {
  if (!is_training() || p_ == 0) return x;
  Stream stream(seed_, "dropout", batches_++, place_);
  return dropout(x, p_, stream);
}

std::string Dropout::describe() const { return message("Dropout(", number(p_), ")"); }

}  // namespace lively
