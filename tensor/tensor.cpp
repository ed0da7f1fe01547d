#include "lively/tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "lively/tensor/block_pool.h"
#include "lively/tensor/map.h"

namespace lively {

using detail::Block;

void detail::destroy(Block* block) noexcept {
  Block* owner = block->owner;
  pool_free(block, block->bytes);
  if (owner == block) return;
  if (owner->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) pool_free(owner, owner->bytes);
}

void detail::fail_undefined(const char* op) {
  fail<StateError>(op, ": tensor is undefined (a gradient before backward()?)");
}

namespace {

// The stride of an axis of size 1 or of an empty tensor is never followed.
bool is_row_major(const Shape& shape, const Shape& strides) {
  if (shape.numel() == 0) return true;
  int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] != 1 && strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

bool repeats_elements(const Shape& shape, const Shape& strides) {
  bool repeats = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 0) return false;
    repeats |= strides[i] == 0 && shape[i] != 1;
  }
  return repeats;
}

}  // namespace

Tensor Tensor::empty(const Shape& shape, Dtype dtype) {
  Tensor t = empty_strided(shape, row_major_strides(shape), dtype);
  t.block_->contiguous = true;
  return t;
}

Tensor Tensor::empty_strided(const Shape& shape, const Shape& strides, Dtype dtype) {
  for (int64_t size : shape)
    if (size < 0) fail<ShapeError>("tensor: ", shape, ": sizes must not be negative");
  // A product of sizes that wraps around must not end as a small block.
  std::size_t bytes = item_size(dtype);
  for (int64_t size : shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(size), &bytes) ||
        bytes > (std::size_t{1} << 46))
      fail<ShapeError>("tensor: ", shape, ": more than 64 TiB");
  const std::size_t total = detail::kHeaderBytes + bytes;
  Block* block = new (pool_allocate(total)) Block;
  block->dtype = dtype;
  block->numel = shape.numel();
  block->bytes = total;
  block->owner = block;
  block->data = reinterpret_cast<std::byte*>(block) + detail::kHeaderBytes;
  block->shape = shape;
  block->strides = strides;
  block->contiguous = is_row_major(shape, strides);
  block->repeats = !block->contiguous && repeats_elements(shape, strides);
  Tensor t;
  t.block_ = block;
  return t;
}

Tensor Tensor::view_of(
    const Tensor& owner, const Shape& shape, const Shape& strides, int64_t offset) {
  Block* base = &owner.block("view_of");
  Block* block = new (pool_allocate(sizeof(Block))) Block;
  block->dtype = base->dtype;
  block->numel = shape.numel();
  block->bytes = sizeof(Block);
  block->owner = base->owner;
  block->data = base->data + offset * static_cast<int64_t>(item_size(base->dtype));
  block->shape = shape;
  block->strides = strides;
  block->contiguous = is_row_major(shape, strides);
  block->repeats = !block->contiguous && repeats_elements(shape, strides);
  base->owner->refs.fetch_add(1, std::memory_order_relaxed);
  Tensor t;
  t.block_ = block;
  return t;
}

Tensor Tensor::full(const Shape& shape, double value, Dtype dtype) {
  Tensor t = empty(shape, dtype);
  t.fill(value);
  return t;
}

Tensor Tensor::arange(int64_t n, Dtype dtype) {
  Tensor t = empty(Shape{n}, dtype);
  visit_any(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* p = t.mutable_data<T>();
    for (int64_t i = 0; i < n; ++i) p[i] = static_cast<T>(i);
  });
  return t;
}

Tensor Tensor::copy_of(const void* values, int64_t n, Dtype dtype, const Shape& shape) {
  if (n != shape.numel())
    fail<ShapeError>("tensor: ", n, " values for ", shape, ": needs ", shape.numel());
  Tensor t = empty(shape, dtype);
  if (n) std::memcpy(t.block_->data, values, static_cast<std::size_t>(n) * item_size(dtype));
  return t;
}

bool Tensor::is_dense() const {
  check_defined("is_dense", *this);
  if (is_contiguous()) return true;
  std::array<int, kMaxAxes> order;
  int64_t step = 1;
  for (int i = detail::memory_order(*this, order) - 1; i >= 0; --i) {
    if (shape()[order[i]] == 1) continue;
    if (strides()[order[i]] != step) return false;
    step *= shape()[order[i]];
  }
  return true;
}

double Tensor::item() const {
  check_defined("item", *this);
  if (numel() != 1) fail<ShapeError>("item: ", shape(), ": needs exactly one element");
  return visit_any(dtype(), [&](auto zero) {
    return static_cast<double>(*reinterpret_cast<const decltype(zero)*>(block_->data));
  });
}

double Tensor::at(std::span<const int64_t> place) const {
  check_defined("at", *this);
  const Shape index(place);
  if (index.rank() != rank())
    fail<ShapeError>("at: ", index, " in ", shape(), ": ", rank(), " axes");
  int64_t offset = 0;
  for (int i = 0; i < rank(); ++i) {
    const int64_t from_front = index[i] < 0 ? index[i] + shape()[i] : index[i];
    if (from_front < 0 || from_front >= shape()[i])
      fail<ShapeError>("at: ", index, " in ", shape(), ": outside");
    offset += from_front * strides()[i];
  }
  return visit_any(dtype(), [&](auto zero) {
    return static_cast<double>(reinterpret_cast<const decltype(zero)*>(block_->data)[offset]);
  });
}

void Tensor::fill(double value) {
  check_defined("fill", *this);
  visit_any(dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T v = static_cast<T>(value);
    if (is_dense()) {
      T* p = mutable_data<T>();
      std::fill(p, p + numel(), v);
    } else {
      copy_from(full(Shape{}, value, dtype()));
    }
  });
}

void Tensor::copy_from(const Tensor& source) {
  check_defined("copy_from", *this, source);
  if (broadcast("copy_from", shape(), source.shape()) != shape())
    fail<ShapeError>(
        "copy_from: ", source.shape(), " into ", shape(), ": does not broadcast to it");
  // From other places of the same elements: they must all be read before one is written.
  if (shares_elements_with(source) &&
      !(bytes() == source.bytes() && shape() == source.shape() && strides() == source.strides()))
    return copy_from(source.clone());
  visit_any(source.dtype(), [&](auto from) {
    visit_any(dtype(), [&](auto to) {
      detail::map_into<decltype(to)>(
          *this, [](auto v) { return static_cast<decltype(to)>(v); },
          detail::as<decltype(from)>(source));
    });
  });
}

Tensor Tensor::contiguous() const { return block("contiguous").contiguous ? *this : clone(); }

Tensor Tensor::clone() const {
  check_defined("clone", *this);
  Tensor copy = empty(shape(), dtype());
  if (is_contiguous()) {
    if (numel())
      std::memcpy(
          copy.block_->data, block_->data, static_cast<std::size_t>(numel()) * item_size(dtype()));
  } else {
    copy.copy_from(*this);
  }
  return copy;
}

Tensor Tensor::to(Dtype wanted) const {
  check_defined("to", *this);
  if (wanted == dtype()) return *this;
  Tensor copy = empty(shape(), wanted);
  copy.copy_from(*this);
  return copy;
}

void Tensor::fail_dtype(Dtype wanted) const {
  fail<DtypeError>("tensor: ", shape(), " of ", name(dtype()), ": read as ", name(wanted));
}

void Tensor::fail_repeats() const {
  fail<StateError>("tensor: ", shape(), " with strides ", strides(),
      ": several places are one element, which cannot be written through them; clone() it first");
}

void Tensor::fail_contiguous() const {
  fail<StateError>("tensor: ", shape(), " with strides ", strides(),
      ": values() needs row-major elements; call contiguous() first");
}

}  // namespace lively
