#include <cstring>

#include "apps/works/works.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/random.h"
#include "lively/tensor/reduce.h"

namespace lively::bench {
namespace {

Tensor normal(const Shape& shape, uint64_t seed) {
  Stream stream(Seed{seed}, "kernel");
  Tensor t = Tensor::empty(shape);
  fill_normal(t, stream, 0, 1);
  return t;
}

struct Timed {
  std::vector<double> seconds;  // a call, one for each repeat
  double foreign = 0;
};

template <class Run>
Timed time_of(const Options& o, const Run& run) {
  const ForeignCpu foreign;
  Timed t;
  t.seconds = seconds_per_step(o, [&](int64_t steps) {
    for (int64_t i = 0; i < steps; ++i) run();
  });
  t.foreign = foreign.share();
  return t;
}

// A kernel's time an element, and its bandwidth as a share of what memcpy reaches on the same
// number of elements: `words` of 4 bytes read or written for each.
void elementwise_rows(const Options& o, const std::string& size, int64_t n) {
  const Variable a(normal({n}, 1));
  const Tensor b = normal({n}, 2);
  Tensor copy = Tensor::empty({n});
  const Timed memcpy_time = time_of(o, [&] {
    std::memcpy(copy.mutable_bytes(), b.bytes(), static_cast<std::size_t>(n) * sizeof(float));
  });
  const double memcpy_word = median(memcpy_time.seconds) / 2;
  const auto row = [&](const char* name, int words, const auto& run) {
    Timed t = time_of(o, run);
    const double share = words * memcpy_word / median(t.seconds);
    for (double& s : t.seconds) s *= 1e9 / static_cast<double>(n);
    print_row(o, std::string("K.") + name + "." + size, t.seconds, "ns", t.foreign,
        {{"of_memcpy", share}});
  };
  const NoGrad no_grad;
  row("relu", 2, [&] { (void)relu(a); });
  row("tanh", 2, [&] { (void)tanh(a); });
  row("exp", 2, [&] { (void)exp(a); });
  row("add", 3, [&] { (void)add(a.data(), b); });
  row("sum", 1, [&] { (void)sum(b); });
}

// Products by their rate, and as a share of the largest one's.
void product_rows(const Options& o) {
  struct Product {
    const char* name;
    int64_t m, n, k;
    bool a_transposed, b_transposed;
  };
  // What a linear layer multiplies: y = x wᵀ is nt, dx = dy w nn, dw = dyᵀ x tn.
  constexpr Product kProducts[] = {{"1024x1024x1024.nn", 1024, 1024, 1024, false, false},
      {"256x1024x1024.nt", 256, 1024, 1024, false, true},
      {"128x128x784.nt", 128, 128, 784, false, true},
      {"128x784x128.tn", 128, 784, 128, true, false}, {"128x64x64.nt", 128, 64, 64, false, true},
      {"64x64x128.tn", 64, 64, 128, true, false}, {"128x2x2.nt", 128, 2, 2, false, true},
      {"2x2x128.tn", 2, 2, 128, true, false}, {"1x16x16.nt", 1, 16, 16, false, true}};
  double best = 0;
  for (const Product& p : kProducts) {
    const Tensor a = p.a_transposed ? normal({p.k, p.m}, 1).t() : normal({p.m, p.k}, 1);
    const Tensor b = p.b_transposed ? normal({p.n, p.k}, 2).t() : normal({p.k, p.n}, 2);
    Timed t = time_of(o, [&] { (void)gemm(a, b); });
    for (double& s : t.seconds) s = 2e-9 * static_cast<double>(p.m * p.n * p.k) / s;
    const double rate = median(t.seconds);
    best = std::max(best, rate);
    print_row(o, std::string("K.gemm.") + p.name, t.seconds, "GFLOP/s", t.foreign,
        {{"of_largest", rate / best}});
  }
}

}  // namespace

void kernels(const Options& options) {
  Options o = options;
  o.seconds = std::min(o.seconds, 0.2);  // a call takes microseconds
  elementwise_rows(o, "16Ki", int64_t{1} << 14);
  elementwise_rows(o, "4Mi", int64_t{1} << 22);
  product_rows(o);
}

}  // namespace lively::bench
