#pragma once

#include "apps/lab/run/events.h"

namespace lively::lab {

// What a network makes of the test set: counts by class, and the samples that it is surest about
// and gets wrong. Sees logits on their way, so that no pass is made for it.
class Mistakes {
 public:
  void begin(int64_t classes);  // forgets what was seen
  // Logits [N, K] of the samples from `first` on, labels int64 [N].
  void see(const Tensor& logits, const Tensor& labels, int64_t first);

  // Both need the names of the classes. No counts where there are more than 30 classes, which
  // nobody reads as a table.
  std::optional<Confused> confused(const std::vector<std::string>& classes) const;
  std::vector<Mistaken::One> worst(
      const ImageDataset& set, const std::vector<std::string>& classes) const;

 private:
  struct Wrong {
    double probability;
    int64_t sample, said;
  };
  std::vector<std::vector<int64_t>> counts_;  // [label][said]
  std::vector<Wrong> worst_;                  // the surest first
};

}  // namespace lively::lab
