#include <algorithm>
#include <cmath>

#include "apps/works/trainer.h"
#include "apps/works/works.h"

namespace lively::bench {
namespace {

constexpr int64_t kBlock = 64;   // steps
constexpr int kPairs = 400;      // of blocks without and with liveness, at least

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
void rows(const Options& o, const ImageDataset& data, const std::string& work, bool fetch) {
  Trainer trainer(data, work, "sgd", 128);
  trainer.fetch_each_step(fetch);
  trainer.run(3 * kBlock);
  const auto timed = [&](bool on) {
    trainer.listen(on);
    const double start = now();
    trainer.run(kBlock);
    return now() - start;
  };
  const ForeignCpu foreign;
  std::vector<double> ratios, rates;
  const double start = now();
  while (ratios.size() < kPairs || now() - start < o.seconds * o.repeat) {
    const bool on_first = ratios.size() % 2;
    const double first = timed(on_first), second = timed(!on_first);
    const double on = on_first ? first : second, off = on_first ? second : first;
    ratios.push_back(on / off);
    rates.push_back(static_cast<double>(128 * kBlock) / on);
  }
  const double share = foreign.share();
  const auto [low, high] = median_interval(ratios);
  const std::string name = "W8." + work + (fetch ? ".count" : ".mask");
  print_row(o, name + ".overhead", ratios, "x time", share, {{"ci_low", low}, {"ci_high", high}});
  print_row(o, name + ".rate", rates, "samples/s", share);
}

}  // namespace

void w8(const Options& o) {
  const ImageDataset data = fashion_mnist();
  for (const char* work : {"W1", "W2"})
    for (const bool fetch : {false, true}) rows(o, data, work, fetch);
}

}  // namespace lively::bench
