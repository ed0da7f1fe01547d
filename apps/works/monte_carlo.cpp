#include <atomic>
#include <cmath>
#include <cstdio>

#include "apps/works/points.h"
#include "apps/works/works.h"
#include "lively/autograd/ops.h"
#include "lively/nn/stack.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/threads.h"

namespace lively::bench {
namespace {

constexpr int64_t kNets = 64;  // of a stack: with fewer the tape shows, with more the caches
constexpr int64_t kRows = 128, kSteps = 200;

// Trains a stack of nets of W6, on batches drawn for this stack, and counts those that end with one
// value for all points.
int64_t collapsed(const Points& points, uint64_t first) {
  StackedMlp nets(kNets, {.inputs = 1, .depth = 10, .width = 2, .classes = 1});
  nets.initialize(Initializer::parse("he_normal"), Seed{first});
  Adam adam(nets.parameters());
  Stream stream(Seed{first}, "order");
  const int64_t n = points.x.shape()[0];
  Tensor order;
  for (int64_t step = 0, at = n; step < kSteps; ++step, at += kRows) {
    if (at + kRows > n) {
      order = permutation(n, stream);
      at = 0;
    }
    const Tensor rows = order.slice(0, at, at + kRows);
    const Variable x(gather_rows(points.x, rows).t()), y(gather_rows(points.y, rows).t());
    adam.zero_grad();
    sum(mean(square(nets(x) - y), {1, 2})).backward();
    adam.step();
  }
  const NoGrad no_grad;
  const Tensor out = nets(Variable(points.x.t())).data();
  const Tensor low = min(out, {1, 2}), high = max(out, {1, 2});
  int64_t count = 0;
  for (int64_t m = 0; m < kNets; ++m) count += high.data<float>()[m] - low.data<float>()[m] < 1e-6f;
  return count;
}

}  // namespace

void w11(const Options& o) {
  const Points points;
  int64_t born = 0;
  std::atomic<int64_t> dead = 0;
  // A stack a thread; kernels inside do not split again.
  print_rate(o, "W11.montecarlo", kNets, "nets/s", [&](int64_t stacks) {
    parallel_for(stacks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s)
        dead += collapsed(points, static_cast<uint64_t>(born + s * kNets));
    });
    born += stacks * kNets;
  });
  std::fprintf(stderr, "W11: %.1f %% of %lld nets gave one value for all inputs\n",
      100.0 * static_cast<double>(dead) / static_cast<double>(born), static_cast<long long>(born));
}

}  // namespace lively::bench
