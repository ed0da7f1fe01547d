#include "lively/data/loader.h"

#include <algorithm>
#include <utility>

namespace lively {

DataLoader::DataLoader(const Dataset& dataset, const LoaderOptions& options)
    : dataset_(dataset), options_(options) {
  if (options_.batch_size < 1)
    fail<ValueError>("loader: batch size ", options_.batch_size, ": needs at least 1");
}

int64_t DataLoader::batches() const {
  const int64_t n = dataset_.size(), size = options_.batch_size;
  return n / size + (!options_.drop_last && n % size != 0);
}

Epoch DataLoader::epoch(int64_t number, int64_t first_batch) const {
  if (number < 0) fail<ValueError>("loader: epoch ", number, ": needs 0 or more");
  if (first_batch < 0 || first_batch > batches())
    fail<ValueError>("loader: batch ", first_batch, ": an epoch has ", batches());
  Tensor order;
  if (options_.shuffle) {
    Stream stream(options_.seed, "shuffle", static_cast<uint64_t>(number));
    order = permutation(dataset_.size(), stream);
  } else {
    order = Tensor::arange(dataset_.size());
  }
  return Epoch(dataset_, std::move(order), options_.batch_size, batches(), first_batch);
}

Epoch::Epoch(const Dataset& dataset, Tensor order, int64_t batch_size, int64_t batches,
             int64_t position)
    : dataset_(dataset),
      order_(std::move(order)),
      batch_size_(batch_size),
      batches_(batches),
      position_(position) {}

bool Epoch::next(Batch& batch) {
  batch = {};  // first, so that its memory serves again while it is still in the cache
  if (position_ == batches_) return false;
  const int64_t begin = position_ * batch_size_;
  const int64_t count = std::min(batch_size_, order_.numel() - begin);
  batch = dataset_.get(order_.values<int64_t>().subspan(static_cast<std::size_t>(begin),
                                                        static_cast<std::size_t>(count)));
  ++position_;
  return true;
}

}  // namespace lively
