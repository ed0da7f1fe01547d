#pragma once

#include <atomic>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lively/tensor/dtype.h"
#include "lively/tensor/shape.h"

namespace lively {

namespace detail {

// The header of every tensor; the elements of an owner follow it in the same pooled block.
// A view has a header of its own and holds a count on its owner.
struct Block {
  std::atomic<int32_t> refs{1};
  Dtype dtype{};
  bool contiguous = true;  // strides are row-major
  bool repeats = false;    // several places are one element, as in an expanded view
  // Of an owner: goes up when its elements are written to in place, by as many threads as like.
  std::atomic<uint32_t> version{0};
  int64_t numel = 0;
  std::size_t bytes = 0;   // of the pooled block
  Block* owner = nullptr;  // this, for an owner
  std::byte* data = nullptr;
  Shape shape;
  Shape strides;  // in elements
};
inline constexpr std::size_t kHeaderBytes = (sizeof(Block) + 63) / 64 * 64;

void destroy(Block* block) noexcept;

// "sum: tensor is undefined (a gradient before backward()?)", a StateError.
[[noreturn, gnu::cold, gnu::noinline]] void fail_undefined(const char* op);

}  // namespace detail

// Throws StateError naming `op` unless all of them, Tensors or Variables, are defined. For whatever
// looks at an operand before an engine that names itself (map, elementwise, reduce) does.
template <class... T>
void check_defined(const char* op, const T&... all) {
  if (!(all.defined() && ...)) [[unlikely]]
    detail::fail_undefined(op);
}

// An n-dimensional array: a handle, one pointer wide, to a counted block. Copying the handle
// shares the elements; `clone()` copies them. Views (slice, transpose, reshape where it can)
// share elements too. Elements may be written through `mutable_data` and friends, which
// every holder sees and which raises `version()`; not through a view that repeats them, as expand()
// makes it (StateError), for one number would be written over another. A Tensor() is undefined: to
// ask it for anything but defined() and to_string() throws StateError.
class Tensor {
 public:
  constexpr Tensor() noexcept = default;
  Tensor(const Tensor& o) noexcept : block_(o.block_) {
    if (block_) block_->refs.fetch_add(1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& o) noexcept : block_(std::exchange(o.block_, nullptr)) {}
  Tensor& operator=(Tensor o) noexcept {
    std::swap(block_, o.block_);
    return *this;
  }
  ~Tensor() {
    if (!block_) return;
    // The only owner needs no locked instruction.
    if (block_->refs.load(std::memory_order_acquire) == 1 ||
        block_->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
      detail::destroy(block_);
  }

  // Elements of a new `empty` tensor are not set.
  [[nodiscard]] static Tensor empty(const Shape& shape, Dtype dtype = Dtype::float32);
  [[nodiscard]] static Tensor full(const Shape& shape, double value, Dtype dtype = Dtype::float32);
  [[nodiscard]] static Tensor zeros(const Shape& shape, Dtype dtype = Dtype::float32) {
    return full(shape, 0, dtype);
  }
  [[nodiscard]] static Tensor ones(const Shape& shape, Dtype dtype = Dtype::float32) {
    return full(shape, 1, dtype);
  }
  [[nodiscard]] static Tensor scalar(double value, Dtype dtype = Dtype::float32) {
    return full(Shape{}, value, dtype);
  }
  // 0, 1, … n - 1.
  [[nodiscard]] static Tensor arange(int64_t n, Dtype dtype = Dtype::int64);
  // Copies `values` in row-major order. Throws ShapeError if their number is not the shape's.
  template <Element T>
  [[nodiscard]] static Tensor of(std::span<const T> values, const Shape& shape) {
    return copy_of(values.data(), static_cast<int64_t>(values.size()), dtype_of<T>(), shape);
  }
  template <Element T>
  [[nodiscard]] static Tensor of(const std::vector<T>& values, const Shape& shape) {
    return of(std::span<const T>(values), shape);
  }
  template <Element T>
  [[nodiscard]] static Tensor of(std::initializer_list<T> values, const Shape& shape) {
    return of(std::span<const T>(values.begin(), values.size()), shape);
  }
  template <Element T>
  [[nodiscard]] static Tensor of(std::initializer_list<T> values) {
    return of(values, Shape{static_cast<int64_t>(values.size())});
  }

  bool defined() const { return block_ != nullptr; }
  explicit operator bool() const { return defined(); }
  Dtype dtype() const { return block("dtype").dtype; }
  const Shape& shape() const { return block("shape").shape; }
  const Shape& strides() const { return block("strides").strides; }  // in elements
  int rank() const { return block("rank").shape.rank(); }
  int64_t numel() const { return block("numel").numel; }
  // The size of one axis; a negative one counts from the end. Throws ShapeError.
  int64_t size(int axis) const {
    const Shape& sizes = block("size").shape;
    return sizes[sizes.axis("size", axis)];
  }
  bool is_contiguous() const { return block("is_contiguous").contiguous; }  // row-major, no gaps
  // Without gaps or overlaps, in whatever order of axes (channels-last, transposed …).
  bool is_dense() const;
  // Raised by every write in place to the elements, through any handle or view.
  uint32_t version() const {
    return block("version").owner->version.load(std::memory_order_relaxed);
  }
  bool is_only_handle() const {
    const detail::Block& b = block("is_only_handle");
    return b.refs.load(std::memory_order_acquire) == 1 && b.owner == block_;
  }
  bool shares_elements_with(const Tensor& o) const {
    return block("shares_elements_with").owner == o.block("shares_elements_with").owner;
  }

  // The first element. The layout is that of strides(). Throws DtypeError.
  template <Element T>
  const T* data() const {
    check_dtype(dtype_of<T>());
    return reinterpret_cast<const T*>(block_->data);
  }
  template <Element T>
  T* mutable_data() {
    check_dtype(dtype_of<T>());
    touch();
    return reinterpret_cast<T*>(block_->data);
  }
  const std::byte* bytes() const { return block("bytes").data; }
  std::byte* mutable_bytes() {
    (void)block("bytes");
    touch();
    return block_->data;
  }
  // All elements in row-major order. Throws StateError if they do not lie so in memory. Not of a
  // temporary, whose elements would be gone with it.
  template <Element T>
  std::span<const T> values() const&& = delete;
  template <Element T>
  std::span<const T> values() const& {
    check_contiguous();
    return {data<T>(), static_cast<std::size_t>(numel())};
  }
  template <Element T>
  std::span<T> mutable_values() {
    check_contiguous();
    return {mutable_data<T>(), static_cast<std::size_t>(numel())};
  }
  // One element, converted to double. Throws ShapeError if there is not exactly one.
  double item() const;
  // The element at this place, negative indices counted from the end, converted to double. Throws
  // ShapeError.
  double at(std::span<const int64_t> place) const;
  double at(std::initializer_list<int64_t> place) const {
    return at(std::span<const int64_t>(place.begin(), place.size()));
  }

  void fill(double value);
  // Copies `source`, broadcast to this shape and converted to this dtype.
  void copy_from(const Tensor& source);

  // Views: no element is copied.
  [[nodiscard]] Tensor t() const { return transpose(-2, -1); }
  [[nodiscard]] Tensor transpose(int a, int b) const;
  [[nodiscard]] Tensor permute(std::span<const int> order) const;
  [[nodiscard]] Tensor permute(std::initializer_list<int> order) const {
    return permute(std::span<const int>(order.begin(), order.size()));
  }
  // Elements start, start + step, … below stop; negative bounds count from the end, and
  // bounds beyond the end are cut to it, as in Python. step >= 1.
  [[nodiscard]] Tensor slice(int axis, int64_t start, int64_t stop, int64_t step = 1) const;
  [[nodiscard]] Tensor select(int axis, int64_t index) const;  // removes the axis
  [[nodiscard]] Tensor expand(const Shape& shape) const;       // sizes of 1 repeat, stride 0
  [[nodiscard]] Tensor squeeze(int axis) const;
  [[nodiscard]] Tensor unsqueeze(int axis) const;
  // A view where the strides allow it, else a copy. One size may be -1.
  [[nodiscard]] Tensor reshape(const Shape& shape) const;
  [[nodiscard]] Tensor flatten(int first_axis = 0) const;

  [[nodiscard]] Tensor contiguous() const;     // itself if it is
  [[nodiscard]] Tensor clone() const;          // a row-major copy
  [[nodiscard]] Tensor to(Dtype dtype) const;  // itself if it has that dtype

  // Values in rows and brackets as a student would write them; long axes are abridged.
  std::string to_string() const;

  // A tensor of these sizes and strides over the elements of `owner` from `offset` on
  // (in elements). The caller sees to it that they lie inside.
  static Tensor view_of(
      const Tensor& owner, const Shape& shape, const Shape& strides, int64_t offset);
  static Tensor empty_strided(const Shape& shape, const Shape& strides, Dtype dtype);

 private:
  static Tensor copy_of(const void* values, int64_t n, Dtype dtype, const Shape& shape);
  // The one way to the block, for all that is not known to be defined.
  detail::Block& block(const char* member) const {
    if (!block_) [[unlikely]]
      detail::fail_undefined(member);
    return *block_;
  }
  void check_dtype(Dtype wanted) const {
    if (block("data").dtype != wanted) fail_dtype(wanted);
  }
  // Before a write.
  void touch() {
    if (block_->repeats) [[unlikely]]
      fail_repeats();
    // No exchange: of writers side by side one raises it for all.
    std::atomic<uint32_t>& version = block_->owner->version;
    version.store(version.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void check_contiguous() const {
    if (!block("values").contiguous) fail_contiguous();
  }
  [[noreturn]] void fail_dtype(Dtype wanted) const;
  [[noreturn]] void fail_contiguous() const;
  [[noreturn]] void fail_repeats() const;

  detail::Block* block_ = nullptr;
};

std::ostream& operator<<(std::ostream& out, const Tensor& t);

}  // namespace lively
