#include "lively/nn/shaping.h"

#include "lively/autograd/ops.h"
#include "lively/autograd/part_scope.h"
#include "lively/tensor/spec.h"

namespace lively {

Variable Flatten::forward(const Variable& x) { return flatten(x); }

DropoutLayer::DropoutLayer(
    const char* name, const char* purpose, Op op, double p, Seed seed, uint32_t place)
    : name_(name), purpose_(purpose), op_(op), p_(p), seed_(seed), place_(place) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>(name, ": p ", number(p), ": must be from 0 to 1");
}

Variable DropoutLayer::forward(const Variable& x) {
  if (!is_training() || p_ == 0) return x;
  Stream stream(seed_, purpose_, detail::next_draw(batches_), place_);
  return op_(x, p_, stream, true);
}

std::string DropoutLayer::describe() const { return message(name_, "(", number(p_), ")"); }

Dropout::Dropout(double p, Seed seed, uint32_t place)
    : DropoutLayer("Dropout", "dropout", dropout, p, seed, place) {}

AlphaDropout::AlphaDropout(double p, Seed seed, uint32_t place)
    : DropoutLayer("AlphaDropout", "alpha_dropout", alpha_dropout, p, seed, place) {}

}  // namespace lively
