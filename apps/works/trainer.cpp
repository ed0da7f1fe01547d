#include "apps/works/trainer.h"

#include <cstdlib>

#include "lively/autograd/ops.h"
#include "lively/data/source.h"
#include "lively/nn/conv.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/parts_for.h"
#include "lively/nn/pool.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/shaping.h"

namespace lively::bench {

std::unique_ptr<Sequential> dense_net(const std::vector<int64_t>& sizes) {
  auto net = std::make_unique<Sequential>();
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    if (i > 0) net->add<ReLU>();
    net->add<Linear>(sizes[i], sizes[i + 1]);
  }
  initialize(*net, Initializer::parse("he_normal"), Seed{1});
  return net;
}

namespace {

std::vector<int64_t> sizes_of(const std::string& work) {
  if (work == "W1") return {784, 128, 128, 10};
  if (work == "W3") return {784, 1024, 1024, 1024, 10};
  std::vector<int64_t> sizes(22, 64);
  sizes.front() = 784;
  sizes.back() = 10;
  return sizes;
}

std::unique_ptr<Module> lenet5() {
  auto net = std::make_unique<Sequential>();
  net->add<Conv2d>(1, 6, 5, ConvOptions{.padding = 2});
  net->add<ReLU>();
  net->add<MaxPool2d>(PoolOptions{.kernel = 2});
  net->add<Conv2d>(6, 16, 5);
  net->add<ReLU>();
  net->add<MaxPool2d>(PoolOptions{.kernel = 2});
  net->add<Flatten>();
  net->add(dense_net({400, 120, 84, 10}));
  return net;
}

}  // namespace

std::unique_ptr<Module> model_of(const std::string& work) {
  if (work == "W4") return resnet({.depth = 20});
  if (work == "W5") return lenet5();
  auto net = std::make_unique<Sequential>();
  net->add<Flatten>();
  net->add(dense_net(sizes_of(work)));
  return net;
}

ImageDataset fashion_mnist() {
  const char* folder = std::getenv("FASHION_DIR");
  return load_data(find_data(folder ? folder : "/usr/share/datasets/fashion-mnist")).train;
}

Trainer::Trainer(
    const ImageDataset& data, const std::string& work, const std::string& optimizer, int64_t batch)
    : model_(model_of(work)),
      optimizer_(make_optimizer(optimizer, model_->parameters(),
          {.lr = optimizer == "sgd" ? 0.01 : 1e-3, .momentum = optimizer == "sgd" ? 0.9 : 0})),
      loader_(data, {.batch_size = batch, .shuffle = true, .drop_last = true}) {}

void Trainer::run(int64_t steps) {
  Batch batch;
  for (int64_t i = 0; i < steps; ++i) {
    if (!epoch_ || !epoch_->next(batch)) {
      epoch_.emplace(loader_.epoch(epochs_++));
      epoch_->next(batch);
    }
    step(batch);
  }
}

void Trainer::step(const Batch& batch) {
  if (batch.size() != samples_) count_ = parts_for(*model_, samples_ = batch.size());
  const auto backward = [&] {
    parts_.backward(samples_, count_, [&](const Part& p) {
      return softmax_cross_entropy((*model_)(Variable(p.of(batch.inputs))), p.of(batch.labels));
    });
  };
  optimizer_->zero_grad();
  if (listening_) {
    const Observe scope(pulse_);
    backward();
    if (fetching_) fetch_alive();
  } else {
    backward();
  }
  optimizer_->step();
}

int64_t Trainer::fetch_alive() {
  int64_t alive = 0;
  for (const LayerPulse& layer : pulse_.layers()) alive += layer.units() - layer.dead();
  pulse_.reset();
  return alive;
}

}  // namespace lively::bench
