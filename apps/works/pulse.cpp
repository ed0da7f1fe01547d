#include <algorithm>
#include <cmath>

#include "apps/works/trainer.h"
#include "apps/works/works.h"
#include "lively/autograd/variable.h"
#include "lively/nn/liveness/census.h"

namespace lively::bench {
namespace {

constexpr int64_t kBatch = 128;

// How much work lies between two looks at the clock, and how many pairs make a row at least.
struct Blocks {
  std::string work;
  int64_t steps;   // of training
  int64_t images;  // of a census, in batches of 500
  int pairs;
};

// The 95 % interval of a median by order statistics: ranks n/2 ± 0.98 √n (normal approximation
// of the binomial law, 1.96 / 2).
std::pair<double, double> median_interval(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const double n = static_cast<double>(v.size()), half = 0.98 * std::sqrt(n);
  const auto low = static_cast<std::size_t>(std::max(0.0, n / 2 - half));
  const auto high = static_cast<std::size_t>(std::min(n - 1, n / 2 + half));
  return {v[low], v[high]};
}

// Blocks off and on in turn, in one process and one network; which comes first changes with each
// pair, so that a drift of the machine's speed cancels.
void paired_rows(const Options& o, const std::string& name, int64_t samples, int pairs,
    const std::function<void(bool on)>& block) {
  const auto timed = [&](bool on) {
    const double start = now();
    block(on);
    return now() - start;
  };
  for (int i = 0; i < 4; ++i) block(i % 2);
  const ForeignCpu foreign;
  std::vector<double> ratios, rates;
  const double start = now();
  while (static_cast<int>(ratios.size()) < pairs || now() - start < o.seconds * o.repeat) {
    const bool on_first = ratios.size() % 2;
    const double first = timed(on_first), second = timed(!on_first);
    const double on = on_first ? first : second, off = on_first ? second : first;
    ratios.push_back(on / off);
    rates.push_back(static_cast<double>(samples) / on);
  }
  const double share = foreign.share();
  const auto [low, high] = median_interval(ratios);
  print_row(o, name + ".overhead", ratios, "x time", share, {{"ci_low", low}, {"ci_high", high}});
  print_row(o, name + ".rate", rates, "samples/s", share);
}

// Training with every unit counted in each step, beside training.
void step_rows(const Options& o, const ImageDataset& data, const Blocks& b) {
  for (const bool fetch : {false, true}) {
    Trainer trainer(data, b.work, "sgd", kBatch);
    trainer.fetch_each_step(fetch);
    paired_rows(
        o, "W8." + b.work + (fetch ? ".count" : ".mask"), kBatch * b.steps, b.pairs, [&](bool on) {
          trainer.listen(on);
          trainer.run(b.steps);
        });
  }
}

// A census, beside a forward pass over the same images.
void census_rows(const Options& o, const ImageDataset& data, const Blocks& b) {
  const std::unique_ptr<Module> model = model_of(b.work);
  model->eval();
  const ImageDataset images = data.first(b.images);
  const DataLoader loader(images, {.batch_size = 500});
  paired_rows(o, "W8." + b.work + ".census", b.images, b.pairs, [&](bool on) {
    Epoch pass = loader.epoch(0);
    Batch batch;
    if (on) {
      (void)take_census(*model, [&](Tensor& inputs) {
        const bool more = pass.next(batch);
        inputs = batch.inputs;
        return more;
      });
      return;
    }
    const NoGrad no_grad;
    while (pass.next(batch)) (void)(*model)(Variable(batch.inputs));
  });
}

}  // namespace

void w8(const Options& o) {
  const ImageDataset data = fashion_mnist();
  for (const Blocks& b :
      {Blocks{"W1", 64, 10000, 400}, Blocks{"W2", 64, 10000, 400}, Blocks{"W4", 1, 500, 200}}) {
    step_rows(o, data, b);
    census_rows(o, data, b);
  }
}

}  // namespace lively::bench
