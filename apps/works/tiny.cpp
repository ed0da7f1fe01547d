#include <cmath>

#include "apps/works/points.h"
#include "apps/works/trainer.h"
#include "apps/works/works.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"

namespace lively::bench {

Points::Points() : x(Tensor::empty({3000, 1})), y(Tensor::empty({3000, 1})) {
  Stream stream(Seed{3}, "points");
  fill_uniform(x, stream, -std::sqrt(3.0), std::sqrt(3.0));
  for (int64_t i = 0; i < 3000; ++i) y.mutable_data<float>()[i] = std::abs(x.data<float>()[i]);
}

namespace {

class Regression {
 public:
  Regression(const std::vector<int64_t>& sizes, const std::string& optimizer, double momentum)
      : net_(dense_net(sizes)),
        optimizer_(make_optimizer(optimizer, net_->parameters(),
            {.lr = optimizer == "sgd" ? 0.01 : 1e-3, .momentum = momentum})) {}

  void step(const Tensor& x, const Tensor& y) {
    optimizer_->zero_grad();
    mse_loss((*net_)(Variable(x)), y).backward();
    optimizer_->step();
  }

 private:
  std::unique_ptr<Sequential> net_;
  std::unique_ptr<Optimizer> optimizer_;
};

void tiny_row(const Options& o, const Points& points, int64_t batch, const std::string& optimizer) {
  std::vector<int64_t> sizes(12, 2);
  sizes.front() = sizes.back() = 1;
  Regression net(sizes, optimizer, optimizer == "sgd" ? 0.9 : 0);
  const int64_t n = points.x.shape()[0];
  Stream stream(Seed{1}, "order");
  Tensor order = permutation(n, stream);
  int64_t at = 0;
  print_rate(
      o, "W6.tiny.b" + std::to_string(batch) + "." + optimizer, 1, "steps/s", [&](int64_t steps) {
        for (int64_t i = 0; i < steps; ++i) {
          if (batch == n) {
            net.step(points.x, points.y);
            continue;
          }
          if (at + batch > n) {
            order = permutation(n, stream);
            at = 0;
          }
          const Tensor rows = order.slice(0, at, at + batch);
          net.step(gather_rows(points.x, rows), gather_rows(points.y, rows));
          at += batch;
        }
      });
}

}  // namespace

void w6(const Options& o) {
  const Points points;
  for (const int64_t batch : {128, 3000})
    for (const char* optimizer : {"adam", "sgd"}) tiny_row(o, points, batch, optimizer);
  Regression net({16, 16, 1}, "sgd", 0);
  Stream stream(Seed{2}, "sample");
  Tensor x = Tensor::empty({1, 16}), y = Tensor::empty({1, 1});
  fill_normal(x, stream, 0, 1);
  fill_normal(y, stream, 0, 1);
  print_time(o, "W6.step16-16-1.b1.sgd", 1e6, "us", [&](int64_t steps) {
    for (int64_t i = 0; i < steps; ++i) net.step(x, y);
  });
}

}  // namespace lively::bench
