#pragma once

#include <cstdint>
#include <memory>

#include "lively/data/dataset.h"
#include "lively/data/transform.h"
#include "lively/tensor/random.h"

namespace lively {

namespace detail {
class Prefetch;
}

struct LoaderOptions {
  int64_t batch_size = 128;
  bool shuffle = false;
  bool drop_last = false;  // leave out a last batch that would be smaller than the others
  Seed seed{1};            // of the shuffling and the transform
  Transform transform{};   // of the inputs; batch b of epoch e draws from (seed, "transform", e, b)
  bool prefetch = false;   // make the next batch on a second thread: same order, same bits
};

// One pass over a data set, batch by batch:
//   for (const Batch& batch : loader.epoch(3)) …
// or, with a hand on each step, `Batch batch; while (pass.next(batch)) …`. Single use.
class Epoch {
 public:
  // Gives the next batch; false, and an empty batch, where there is none.
  bool next(Batch& batch);

  int64_t position() const { return position_; }  // of the batch that `next` gives next
  int64_t batches() const { return batches_; }
  const Tensor& order() const { return order_; }  // the sample indices, int64 [N]

  struct End {};
  class Iterator {
   public:
    explicit Iterator(Epoch& epoch) : epoch_(epoch) { ++*this; }
    const Batch& operator*() const { return batch_; }
    const Batch* operator->() const { return &batch_; }
    Iterator& operator++() {
      more_ = epoch_.next(batch_);
      return *this;
    }
    bool operator==(End) const { return !more_; }

   private:
    Epoch& epoch_;
    Batch batch_;
    bool more_ = false;
  };
  Iterator begin() { return Iterator(*this); }
  End end() const { return {}; }

  Epoch(Epoch&&) noexcept;
  ~Epoch();

 private:
  friend class DataLoader;
  Epoch(const Dataset& dataset, const LoaderOptions& options, Tensor order, int64_t number,
      int64_t batches, int64_t position);

  Tensor order_;
  int64_t batches_;
  int64_t position_;
  std::function<Batch(int64_t position)> make_;
  std::unique_ptr<detail::Prefetch> ahead_;
};

// Cuts a data set into batches. The order of an epoch depends on the seed and the number of the
// epoch alone, so (epoch, batch) says all about where a training stands: `epoch(e, b)` goes on from
// there with the very batches that would have come. The data set must outlive the loader.
class DataLoader {
 public:
  // Throws ValueError if batch_size < 1.
  DataLoader(const Dataset& dataset, const LoaderOptions& options);
  DataLoader(Dataset&&, const LoaderOptions&) = delete;  // would not outlive the loader

  int64_t batches() const;  // an epoch
  // Throws ValueError unless number >= 0 and 0 <= first_batch <= batches().
  [[nodiscard]] Epoch epoch(int64_t number, int64_t first_batch = 0) const;

  const Dataset& dataset() const { return dataset_; }
  const LoaderOptions& options() const { return options_; }

 private:
  const Dataset& dataset_;
  LoaderOptions options_;
};

}  // namespace lively
