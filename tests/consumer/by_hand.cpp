// The same without an optimizer of Lively's, and with a loss that clips: a learning rate and an
// initialiser as arguments.
#include <lively/lively.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace lively;
  const float lr = argc > 1 ? std::strtof(argv[1], nullptr) : 0.1f;
  const ImageDataset digits = synthetic_digits(0, 10000);
  const DataLoader loader(digits, {.batch_size = 128, .shuffle = true});
  const auto net = mlp({.depth = 2, .width = 32});
  initialize(*net, Initializer::parse(argc > 2 ? argv[2] : "he_uniform"), Seed{1});
  std::vector<Variable> parameters = net->parameters();

  Watch watch(*net, loader.epoch(0));
  for (int64_t epoch = 1; epoch <= 2; ++epoch) {
    for (const Batch& b : loader.epoch(epoch)) {
      const Variable logits = (*net)(Variable(b.inputs));
      const Variable loss = clipped_cross_entropy(logits, b.labels);
      net->zero_grad();
      loss.backward();
      watch.step(logits, loss, b.labels, lr);
      for (Variable& p : parameters) {
        float* w = p.mutable_data().mutable_data<float>();
        const float* g = p.grad().data<float>();
        for (int64_t i = 0; i < p.numel(); ++i) w[i] -= lr * g[i];
      }
    }
    watch.census();
  }
  const Diagnosis d = watch.verdict();
  std::printf("%s: %s\n", name(d.verdict), d.text.c_str());
  write_lines("by_hand.jsonl", watch.history());
}
