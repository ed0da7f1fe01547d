#include "lively/data/loader.h"

#include "lively/data/prefetch.h"

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
  return Epoch(dataset_, options_, std::move(order), number, batches(), first_batch);
}

Epoch::Epoch(const Dataset& dataset, const LoaderOptions& options, Tensor order, int64_t number,
    int64_t batches, int64_t position)
    : order_(std::move(order)),
      batches_(batches),
      position_(position),
      make_([&dataset, options, order = order_, number](int64_t at) {
        const int64_t begin = at * options.batch_size;
        const int64_t count = std::min(options.batch_size, order.numel() - begin);
        Batch batch = dataset.get(order.values<int64_t>().subspan(
            static_cast<std::size_t>(begin), static_cast<std::size_t>(count)));
        if (options.transform) {
          Stream stream(
              options.seed, "transform", static_cast<uint64_t>(number), static_cast<uint32_t>(at));
          options.transform(batch.inputs, stream);
        }
        return batch;
      }) {
  if (options.prefetch) ahead_ = std::make_unique<detail::Prefetch>(make_, position, batches);
}

Epoch::Epoch(Epoch&&) noexcept = default;
Epoch::~Epoch() = default;

bool Epoch::next(Batch& batch) {
  Batch used = std::exchange(batch, {});
  if (position_ == batches_) return false;
  if (ahead_) {
    batch = ahead_->next(std::move(used));
  } else {
    used = {};  // first, so that its memory serves again while it is still in the cache
    batch = make_(position_);
  }
  ++position_;
  return true;
}

}  // namespace lively
