#include "lively/tensor/map.h"

#include <cstring>

namespace lively::detail {
namespace {

constexpr int64_t kStaged = 256;  // elements: operand buffers stay in L1

// How the loop reaches one operand. Axes are the output's in its memory order, merged where
// neighbours allow it.
struct Operand {
  const std::byte* data = nullptr;
  bool direct = true;     // element i lies beside element i of the output
  bool constant = false;  // one value for the whole output
  int64_t item = 0;       // bytes
  Shape sizes;
  Shape strides;
};

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

bool lies_alike(const Tensor& t, const Tensor& out) {
  return t.shape() == out.shape() &&
         ((t.is_contiguous() && out.is_contiguous()) || t.strides() == out.strides());
}

Operand operand_of(const Tensor& t, const Tensor& out) {
  Operand o;
  o.data = t.bytes();
  o.item = static_cast<int64_t>(item_size(t.dtype()));
  if (lies_alike(t, out)) return o;
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

// Copies elements [begin, begin + count) in the output's order into a dense buffer, so that
// the inner loop is one contiguous, vectorised loop whatever the strides.
void stage(const Operand& o, int64_t begin, int64_t count, void* buffer) {
  if (o.item == 4) return stage_as(o, begin, count, static_cast<uint32_t*>(buffer));
  if (o.item == 8) return stage_as(o, begin, count, static_cast<uint64_t*>(buffer));
  stage_as(o, begin, count, static_cast<uint8_t*>(buffer));
}

template <class T>
void scatter_as(const Operand& to, const T* from, T* base) {
  int64_t count = 1;
  for (const int64_t size : to.sizes) count *= size;
  walk(to, 0, count, [&](int64_t offset, int64_t stride, int64_t length) {
    T* p = base + offset;
    if (stride == 1) {
      std::memcpy(p, from, static_cast<std::size_t>(length) * sizeof(T));
    } else {
      for (int64_t i = 0; i < length; ++i) p[i * stride] = from[i];
    }
    from += length;
  });
}

// Copies a dense tensor into `out` of the same shape, whatever its strides.
void scatter(const Tensor& dense, Tensor& out) {
  if (out.numel() == 0) return;
  const Operand to = operand_of(out, dense);
  const auto copy = [&](auto zero) {
    using T = decltype(zero);
    scatter_as(
        to, reinterpret_cast<const T*>(dense.bytes()), reinterpret_cast<T*>(out.mutable_bytes()));
  };
  if (to.item == 4) return copy(uint32_t{});
  if (to.item == 8) return copy(uint64_t{});
  copy(uint8_t{});
}

// What `out` would be without its gaps: not set, its axes in the same order in memory.
Tensor without_gaps(const Tensor& out) {
  std::array<int, kMaxAxes> order;
  Shape strides = out.shape();
  int64_t below = 1;
  for (int i = memory_order(out, order); i-- > 0; below *= out.shape()[order[i]])
    strides[order[i]] = below;
  return Tensor::empty_strided(out.shape(), strides, out.dtype());
}

// A new tensor for the result: the memory layout of the first operand of that shape that has
// no gaps (so transposed and channels-last data keep theirs), else row-major.
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

// Of operands that all lie as the output does.
void run_direct(const Loop& loop, Tensor& out, std::initializer_list<const Tensor*> operands) {
  std::byte* to = out.mutable_bytes();
  const auto out_item = static_cast<int64_t>(item_size(out.dtype()));
  parallel_for(out.numel(), kMapGrain, [&](int64_t begin, int64_t end) {
    std::array<const std::byte*, kMaxOperands> in;
    auto* at = in.data();
    for (const Tensor* t : operands)
      *at++ = t->bytes() + begin * static_cast<int64_t>(item_size(t->dtype()));
    loop.run(loop.f, end - begin, to + begin * out_item, in.data());
  });
}

void run_staged(const Loop& loop, Tensor& out, std::initializer_list<const Tensor*> operands) {
  std::array<Operand, kMaxOperands> from;
  std::size_t arity = 0;
  for (const Tensor* t : operands) from[arity++] = operand_of(*t, out);
  std::byte* to = out.mutable_bytes();
  const auto out_item = static_cast<int64_t>(item_size(out.dtype()));
  parallel_for(out.numel(), kMapGrain, [&](int64_t begin, int64_t end) {
    alignas(64) std::byte buffers[kMaxOperands][kStaged * 8];
    std::array<const std::byte*, kMaxOperands> in;
    for (int64_t at = begin; at < end; at += kStaged) {
      const int64_t count = std::min(kStaged, end - at);
      for (std::size_t i = 0; i < arity; ++i) {
        const Operand& o = from[i];
        in[i] = o.direct ? o.data + at * o.item : buffers[i];
        if (!o.direct && (!o.constant || at == begin)) stage(o, at, count, buffers[i]);
      }
      loop.run(loop.f, count, to + at * out_item, in.data());
    }
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

void map_into(Tensor& out, const Loop& loop, std::initializer_list<const Tensor*> operands) {
  if (!out.is_dense()) {
    Tensor dense = without_gaps(out);
    map_into(dense, loop, operands);
    scatter(dense, out);
    return;
  }
  bool direct = true;
  for (const Tensor* t : operands) direct = direct && lies_alike(*t, out);
  direct ? run_direct(loop, out, operands) : run_staged(loop, out, operands);
}

Tensor map_as(const char* name, Dtype dtype, const Loop& loop,
    std::initializer_list<const Tensor*> operands) {
  Tensor out = result_like(broadcast_all(name, operands), dtype, operands);
  map_into(out, loop, operands);
  return out;
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
