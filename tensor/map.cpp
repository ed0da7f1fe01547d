#include "lively/tensor/map.h"

#include <cstring>

namespace lively::detail {
namespace {

// Calls run(offset, stride, count) for each stretch of the innermost axis, offsets and
// strides in elements of the operand.
template <class Run>
void walk(const Operand& o, int64_t begin, int64_t count, Run&& run) {
  const int inner = o.sizes.rank() - 1;
  std::array<int64_t, kMaxAxes> place{};
  int64_t rest = begin;
  int64_t offset = 0;
  for (int i = inner; i >= 0; --i) {
    place[i] = rest % o.sizes[i];
    rest /= o.sizes[i];
    offset += place[i] * o.strides[i];
  }
  while (count > 0) {
    const int64_t length = std::min(count, o.sizes[inner] - place[inner]);
    run(offset, o.strides[inner], length);
    count -= length;
    offset += length * o.strides[inner];
    place[inner] += length;
    for (int i = inner; i > 0 && place[i] == o.sizes[i]; --i) {
      offset += o.strides[i - 1] - o.sizes[i] * o.strides[i];
      place[i] = 0;
      ++place[i - 1];
    }
  }
}

template <class T>
void stage_as(const Operand& o, int64_t begin, int64_t count, T* to) {
  const T* from = reinterpret_cast<const T*>(o.data);
  if (o.constant) {  // once for all blocks
    std::fill(to, to + kStaged, *from);
    return;
  }
  walk(o, begin, count, [&](int64_t offset, int64_t stride, int64_t length) {
    const T* p = from + offset;
    if (stride == 1) {
      std::memcpy(to, p, static_cast<std::size_t>(length) * sizeof(T));
    } else if (stride == 0) {
      std::fill(to, to + length, *p);
    } else {
      for (int64_t i = 0; i < length; ++i) to[i] = p[i * stride];
    }
    to += length;
  });
}

}  // namespace

int memory_order(const Tensor& t, std::array<int, kMaxAxes>& order) {
  const int rank = t.rank();
  for (int i = 0; i < rank; ++i) {
    int at = i;
    for (; at > 0 && t.strides()[order[at - 1]] < t.strides()[i]; --at) order[at] = order[at - 1];
    order[at] = i;
  }
  return rank;
}

Operand operand_of(const Tensor& t, const Tensor& out) {
  Operand o;
  o.data = t.bytes();
  o.item = static_cast<int>(item_size(t.dtype()));
  if (t.shape() == out.shape() &&
      ((t.is_contiguous() && out.is_contiguous()) || t.strides() == out.strides()))
    return o;
  std::array<int, kMaxAxes> order;
  const int rank = memory_order(out, order);
  const int missing = rank - t.rank();
  for (int i = rank - 1; i >= 0; --i) {
    const int axis = order[i];
    const int64_t size = out.shape()[axis];
    if (size == 1) continue;
    const int own = axis - missing;
    const int64_t stride = own < 0 || t.shape()[own] == 1 ? 0 : t.strides()[own];
    if (o.sizes.rank() && stride == o.strides[0] * o.sizes[0]) {
      o.sizes[0] *= size;
    } else {
      o.sizes.insert(0, size);
      o.strides.insert(0, stride);
    }
  }
  if (o.sizes.rank() == 0) {
    o.sizes.push_back(1);
    o.strides.push_back(0);
  }
  o.direct = o.sizes.rank() == 1 && (o.strides[0] == 1 || o.sizes[0] == 1);
  o.constant = o.sizes.rank() == 1 && o.strides[0] == 0;
  return o;
}

void stage(const Operand& o, int64_t begin, int64_t count, void* buffer) {
  if (o.item == 4) return stage_as(o, begin, count, static_cast<uint32_t*>(buffer));
  if (o.item == 8) return stage_as(o, begin, count, static_cast<uint64_t*>(buffer));
  stage_as(o, begin, count, static_cast<uint8_t*>(buffer));
}

void scatter(const Tensor& dense, Tensor& out) {
  if (out.numel() == 0) return;
  const Operand to = operand_of(out, dense);
  std::byte* base = out.mutable_bytes();
  const std::byte* from = dense.bytes();
  walk(to, 0, dense.numel(), [&](int64_t offset, int64_t stride, int64_t length) {
    for (int64_t i = 0; i < length; ++i, from += to.item)
      std::memcpy(base + (offset + i * stride) * to.item, from, static_cast<std::size_t>(to.item));
  });
}

Tensor result_like(const Shape& shape, Dtype dtype, std::initializer_list<const Tensor*> operands) {
  for (const Tensor* t : operands) {
    if (t->shape() != shape) continue;
    if (t->is_contiguous()) break;
    if (t->is_dense()) return Tensor::empty_strided(shape, t->strides(), dtype);
  }
  return Tensor::empty(shape, dtype);
}

Shape broadcast_all(const char* name, std::initializer_list<const Tensor*> operands) {
  auto it = operands.begin();
  Shape shape = (*it)->shape();
  while (++it != operands.end()) {
    if ((*it)->shape() == shape) continue;
    shape = broadcast(name, shape, (*it)->shape());
  }
  return shape;
}

Dtype common_float(const char* op, std::initializer_list<const Tensor*> operands) {
  check_defined(op, **operands.begin());
  const Dtype d = (*operands.begin())->dtype();
  for (const Tensor* t : operands) {
    check_defined(op, *t);
    if (t->dtype() != d || !is_floating(d))
      fail<DtypeError>(op, ": ", name(d), " and ", name(t->dtype()),
          ": needs float32 or float64, the same for all");
  }
  return d;
}

}  // namespace lively::detail
