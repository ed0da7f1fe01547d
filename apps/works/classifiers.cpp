#include "apps/works/trainer.h"
#include "apps/works/works.h"

namespace lively::bench {
namespace {

void rows(const Options& o, const std::string& work, std::initializer_list<int64_t> batches,
    std::initializer_list<const char*> optimizers) {
  const ImageDataset data = fashion_mnist();
  for (const int64_t batch : batches) {
    for (const char* optimizer : optimizers) {
      Trainer trainer(data, work, optimizer, batch);
      print_rate(o, work + ".b" + std::to_string(batch) + "." + optimizer,
          static_cast<double>(batch), "samples/s", [&](int64_t steps) { trainer.run(steps); });
    }
  }
}

}  // namespace

void w1(const Options& o) { rows(o, "W1", {32, 128}, {"sgd", "adam"}); }
void w2(const Options& o) { rows(o, "W2", {128}, {"sgd", "adam"}); }
void w3(const Options& o) { rows(o, "W3", {256}, {"sgd"}); }
void w4(const Options& o) { rows(o, "W4", {128}, {"sgd"}); }
void w5(const Options& o) { rows(o, "W5", {128}, {"sgd"}); }

}  // namespace lively::bench
