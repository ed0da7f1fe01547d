// internal: the next batch, made by a second thread while the first one trains.
#pragma once

#include <functional>
#include <memory>

#include "lively/data/dataset.h"

namespace lively::detail {

class Prefetch {
 public:
  using Make = std::function<Batch(int64_t position)>;
  // Makes the batches at positions [first, end), one ahead of the one asked for.
  Prefetch(Make make, int64_t first, int64_t end);
  ~Prefetch();
  Prefetch(Prefetch&&) noexcept;

  // The next batch, in order. `used`, the one before, is let go of by the thread that made it,
  // whose memory it is. Throws what making it threw.
  Batch next(Batch used);

 private:
  struct Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace lively::detail
