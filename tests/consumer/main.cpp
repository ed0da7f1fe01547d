#include <lively/lively.h>
#include <lively/page.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace lively;
  const double lr = argc > 1 ? std::atof(argv[1]) : 0.001;  // 0.2 kills a layer
  const ImageDataset digits = synthetic_digits(0, 10000);
  const DataLoader loader(digits, {.batch_size = 128, .shuffle = true});
  const auto net = mlp({.depth = 5, .width = 32});
  initialize(*net, Initializer::parse("he_uniform"), Seed{1});
  Adam optimizer(net->parameters(), lr);

  Watch watch(*net, loader.epoch(0));  // takes a census: which units are born dead?
  for (int64_t epoch = 1; epoch <= 2; ++epoch) {
    for (const Batch& b : loader.epoch(epoch)) {
      const Variable logits = (*net)(Variable(b.inputs));
      const Variable loss = softmax_cross_entropy(logits, b.labels);
      optimizer.zero_grad();
      loss.backward();
      watch.step(logits, loss, b.labels, lr);  // before the update; the rest it sees itself
      optimizer.step();
    }
    watch.census();
  }
  const Diagnosis d = watch.verdict();  // and what it could not look for
  std::printf("%s: %s\n", name(d.verdict), d.text.c_str());
  write_lines("run.jsonl", watch.history());
  write_page("run.html", watch.history());
}
