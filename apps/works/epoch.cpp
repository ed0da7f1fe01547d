#include "apps/works/trainer.h"
#include "apps/works/works.h"

namespace lively::bench {
namespace {

template <class Run>
void whole(const Options& o, const std::string& work, const Run& run) {
  const ForeignCpu foreign;
  std::vector<double> seconds;
  for (int r = 0; r < std::min(o.repeat, 5); ++r) {
    const double start = now();
    run();
    seconds.push_back(now() - start);
  }
  print_row(o, work, seconds, "s", foreign.share());
}

}  // namespace

void w10(const Options& o) {
  whole(o, "W10.load", [] { (void)fashion_mnist(); });
  whole(o, "W10.epoch", [] {
    const ImageDataset data = fashion_mnist();
    Trainer trainer(data, "W1", "sgd", 128);
    trainer.run(data.size() / 128);
  });
}

}  // namespace lively::bench
