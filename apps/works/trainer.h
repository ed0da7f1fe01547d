#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lively/autograd/parts.h"
#include "lively/data/loader.h"
#include "lively/nn/liveness/pulse.h"
#include "lively/nn/sequential.h"
#include "lively/optim/optimizer.h"

namespace lively::bench {

// Linear layers of these sizes with ReLU between, drawn by he_normal.
std::unique_ptr<Sequential> dense_net(const std::vector<int64_t>& sizes);
// The classifier of "W1" to "W5", for pictures [N, 1, 28, 28].
std::unique_ptr<Module> model_of(const std::string& work);

// $FASHION_DIR, else where the package puts it. Throws DataError if it is not there.
ImageDataset fashion_mnist();

// A classifier under training on Fashion-MNIST, as a user would write the loop: a permutation an
// epoch, rows gathered, gradients zeroed, forward, backward, step; the loss is not fetched.
class Trainer {
 public:
  Trainer(const ImageDataset& data, const std::string& work, const std::string& optimizer,
      int64_t batch);
  void run(int64_t steps);
  void step(const Batch& batch);
  // Counts every unit's firing in each step from here on, or no longer.
  void listen(bool on) { listening_ = on; }
  // How many units fired since it was last asked: what the .count rows fetch each step.
  int64_t fetch_alive();
  void fetch_each_step(bool on) { fetching_ = on; }

 private:
  std::unique_ptr<Module> model_;
  BatchParts parts_;
  int64_t samples_ = 0, count_ = 0;  // of the last batch, and its parts
  std::unique_ptr<Optimizer> optimizer_;
  DataLoader loader_;
  std::optional<Epoch> epoch_;
  int64_t epochs_ = 0;
  bool listening_ = false, fetching_ = false;
  Pulse pulse_;
};

}  // namespace lively::bench
