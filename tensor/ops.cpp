#include "lively/tensor/ops.h"

#include <cstring>

#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

void check_same(const char* op, const Tensor& a, const Tensor& b) {
  check_defined(op, a, b);
  if (a.dtype() != b.dtype())
    fail<DtypeError>(op, ": ", name(a.dtype()), " and ", name(b.dtype()), ": must be the same");
}

template <class F>
Tensor arithmetic(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  check_same(op, a, b);
  return visit_any(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::map_as<T>(
        op, [f](T x, T y) { return static_cast<T>(f(x, y)); }, detail::as<T>(a), detail::as<T>(b));
  });
}

template <class F>
Tensor compare(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  check_same(op, a, b);
  return visit_any(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::map_as<uint8_t>(
        op, [f](T x, T y) { return static_cast<uint8_t>(f(x, y)); }, detail::as<T>(a),
        detail::as<T>(b));
  });
}

template <class F>
Tensor test(const char* op, const Tensor& a, const F& f) {
  check_defined(op, a);
  return visit_any(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::map_as<uint8_t>(
        op, [f](T x) { return static_cast<uint8_t>(f(x)); }, detail::as<T>(a));
  });
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  return arithmetic("add", a, b, [](auto x, auto y) { return x + y; });
}
Tensor sub(const Tensor& a, const Tensor& b) {
  return arithmetic("sub", a, b, [](auto x, auto y) { return x - y; });
}
Tensor mul(const Tensor& a, const Tensor& b) {
  return arithmetic("mul", a, b, [](auto x, auto y) { return x * y; });
}
Tensor div(const Tensor& a, const Tensor& b) {
  check_same("div", a, b);
  if (!is_floating(b.dtype()) && !all(b).item())
    fail<ValueError>("div: ", name(b.dtype()), " ", b.shape(), ": has a zero");
  return arithmetic("div", a, b, [](auto x, auto y) { return x / y; });
}
Tensor neg(const Tensor& a) {
  check_defined("neg", a);
  if (a.dtype() == Dtype::uint8) fail<DtypeError>("neg: uint8: needs a signed dtype");
  return arithmetic("neg", Tensor::zeros(Shape{}, a.dtype()), a, [](auto, auto y) { return -y; });
}
Tensor maximum(const Tensor& a, const Tensor& b) {
  return arithmetic("maximum", a, b, [](auto x, auto y) { return x >= y || x != x ? x : y; });
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  return arithmetic("minimum", a, b, [](auto x, auto y) { return x <= y || x != x ? x : y; });
}

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare("eq", a, b, [](auto x, auto y) { return x == y; });
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return compare("ne", a, b, [](auto x, auto y) { return x != y; });
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare("lt", a, b, [](auto x, auto y) { return x < y; });
}
Tensor le(const Tensor& a, const Tensor& b) {
  return compare("le", a, b, [](auto x, auto y) { return x <= y; });
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare("gt", a, b, [](auto x, auto y) { return x > y; });
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return compare("ge", a, b, [](auto x, auto y) { return x >= y; });
}
Tensor is_nan(const Tensor& a) {
  return test("is_nan", a, [](auto x) { return x != x; });
}
Tensor is_finite(const Tensor& a) {
  return test("is_finite", a, [](auto x) { return x - x == decltype(x)(0); });
}

Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b) {
  check_defined("where", mask, a, b);
  check_same("where", a, b);
  if (mask.dtype() != Dtype::uint8)
    fail<DtypeError>("where: mask of ", name(mask.dtype()), ": needs uint8");
  return visit_any(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::map_as<T>(
        "where", [](uint8_t m, T x, T y) { return m ? x : y; }, detail::as<uint8_t>(mask),
        detail::as<T>(a), detail::as<T>(b));
  });
}

Tensor concat(const std::vector<Tensor>& parts, int axis) {
  if (parts.empty()) fail<ValueError>("concat: nothing to join: needs at least one tensor");
  for (const Tensor& part : parts) check_defined("concat", part);
  Shape shape = parts[0].shape();
  const int at = shape.axis("concat", axis);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Shape other = parts[i].shape();
    check_same("concat", parts[0], parts[i]);
    if (other.rank() == shape.rank()) {
      shape[at] += other[at];
      other[at] = shape[at];
    }
    if (other != shape)
      fail<ShapeError>("concat: ", parts[0].shape(), " and ", parts[i].shape(), " on axis ", axis,
          ": all other sizes must be equal");
  }
  Tensor out = Tensor::empty(shape, parts[0].dtype());
  int64_t start = 0;
  for (const Tensor& part : parts) {
    const int64_t size = part.shape()[at];
    Tensor place = out.slice(at, start, start + size);
    place.copy_from(part);
    start += size;
  }
  return out;
}

namespace {

void check_index(const char* op, const Tensor& index, int64_t size) {
  if (index.dtype() != Dtype::int64)
    fail<DtypeError>(op, ": index of ", name(index.dtype()), ": needs int64");
  for (const int64_t i : index.values<int64_t>())
    if (i < 0 || i >= size) fail<ValueError>(op, ": index ", i, ": needs 0 to ", size - 1);
}

void check_rows(const char* op, const Tensor& x, const Tensor& index) {
  check_defined(op, x, index);
  if (x.rank() < 1 || index.rank() != 1)
    fail<ShapeError>(op, ": ", x.shape(), " by ", index.shape(), ": needs rows, and an index [K]");
}

// The shape check that gather and scatter_add share: `index` fits into `big` off the axis.
int check_gather(const char* op, const Shape& big, int axis, const Shape& index) {
  const int at = big.axis(op, axis);
  bool fits = index.rank() == big.rank();
  for (int i = 0; fits && i < big.rank(); ++i) fits = i == at || index[i] <= big[i];
  if (!fits)
    fail<ShapeError>(op, ": index ", index, " for ", big, " on axis ", axis,
        ": needs the same rank and no larger sizes off the axis");
  return at;
}

// Calls visit(flat place in index, offset in `big`) for every entry of a row-major index.
template <class Visit>
void each_place(const Tensor& index, int at, const Shape& big_strides, Visit&& visit) {
  const int64_t* to = index.data<int64_t>();
  std::array<int64_t, kMaxAxes> place{};
  for (int64_t i = 0; i < index.numel(); ++i) {
    int64_t offset = to[i] * big_strides[at];
    for (int a = 0; a < index.rank(); ++a)
      if (a != at) offset += place[static_cast<std::size_t>(a)] * big_strides[a];
    visit(i, offset);
    for (int a = index.rank() - 1; a >= 0; --a) {
      if (++place[static_cast<std::size_t>(a)] < index.shape()[a]) break;
      place[static_cast<std::size_t>(a)] = 0;
    }
  }
}

}  // namespace

Tensor gather_rows(const Tensor& x, const Tensor& index, const char* op) {
  check_rows(op, x, index);
  const Tensor rows = x.contiguous(), places = index.contiguous();
  check_index(op, places, x.shape()[0]);
  Shape shape = x.shape();
  shape[0] = index.numel();
  Tensor out = Tensor::empty(shape, x.dtype());
  if (out.numel() == 0) return out;
  const std::size_t row = static_cast<std::size_t>(out.numel() / shape[0]) * item_size(x.dtype());
  std::byte* to = out.mutable_bytes();
  for (const int64_t i : places.values<int64_t>()) {
    std::memcpy(to, rows.bytes() + static_cast<std::size_t>(i) * row, row);
    to += row;
  }
  return out;
}

void index_add(Tensor& out, const Tensor& index, const Tensor& x) {
  check_defined("index_add", out, index, x);
  check_rows("index_add", out, index);
  check_same("index_add", out, x);
  Shape wanted = out.shape();
  wanted[0] = index.numel();
  if (x.shape() != wanted)
    fail<ShapeError>("index_add: ", x.shape(), " into ", out.shape(), ": needs ", wanted);
  const Tensor rows = x.contiguous(), places = index.contiguous();
  check_index("index_add", places, out.shape()[0]);
  visit_any(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto to = out.mutable_values<T>();
    const int64_t width = out.numel() / std::max<int64_t>(1, out.shape()[0]);
    const T* from = rows.data<T>();
    for (const int64_t i : places.values<int64_t>())
      for (int64_t j = 0; j < width; ++j) to[static_cast<std::size_t>(i * width + j)] += *from++;
  });
}

Tensor gather(const Tensor& x, int axis, const Tensor& index) {
  check_defined("gather", x, index);
  const int at = check_gather("gather", x.shape(), axis, index.shape());
  const Tensor places = index.contiguous();
  check_index("gather", places, x.shape()[at]);
  Tensor out = Tensor::empty(index.shape(), x.dtype());
  visit_any(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = out.mutable_data<T>();
    const T* from = x.data<T>();
    each_place(places, at, x.strides(), [&](int64_t i, int64_t offset) { to[i] = from[offset]; });
  });
  return out;
}

void scatter_add(Tensor& out, int axis, const Tensor& index, const Tensor& x) {
  check_defined("scatter_add", out, index, x);
  const int at = check_gather("scatter_add", out.shape(), axis, index.shape());
  check_same("scatter_add", out, x);
  if (x.shape() != index.shape())
    fail<ShapeError>("scatter_add: ", x.shape(), " by ", index.shape(), ": must be equal");
  const Tensor places = index.contiguous(), values = x.contiguous();
  check_index("scatter_add", places, out.shape()[at]);
  visit_any(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = out.mutable_data<T>();
    const T* from = values.data<T>();
    each_place(
        places, at, out.strides(), [&](int64_t i, int64_t offset) { to[offset] += from[i]; });
  });
}

Tensor cumsum(const Tensor& x, int axis, bool backward) {
  check_defined("cumsum", x);
  if (x.dtype() == Dtype::uint8) fail<DtypeError>("cumsum: got uint8: needs floats or int64");
  axis = x.shape().axis("cumsum", axis);
  Tensor out = x.clone();
  if (out.numel() == 0) return out;
  const int64_t n = x.shape()[axis], inner = row_major_strides(x.shape())[axis];
  visit_any(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* line = out.mutable_data<T>();
    for (int64_t outer = 0; outer < x.numel() / (n * inner); ++outer, line += n * inner) {
      for (int64_t k = 1; k < n; ++k) {
        T* to = line + (backward ? n - 1 - k : k) * inner;
        const T* before = backward ? to + inner : to - inner;
        for (int64_t i = 0; i < inner; ++i) to[i] = static_cast<T>(to[i] + before[i]);
      }
    }
  });
  return out;
}

Tensor one_hot(const Tensor& index, int64_t classes, Dtype dtype) {
  check_defined("one_hot", index);
  const Tensor places = index.contiguous();
  check_index("one_hot", places, classes);
  Shape shape = index.shape();
  shape.push_back(classes);
  Tensor out = Tensor::zeros(shape, dtype);
  visit_any(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* row = out.mutable_data<T>();
    for (const int64_t i : places.values<int64_t>()) {
      row[i] = T(1);
      row += classes;
    }
  });
  return out;
}

bool all_finite(const Tensor& x) {
  check_defined("all_finite", x);
  if (!is_floating(x.dtype())) return true;
  const Tensor flat = x.is_dense() ? x : x.contiguous();
  return visit_float("all_finite", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* p = flat.data<T>();
    const int64_t n = x.numel();
    // 0 · v is 0 for every finite v and NaN otherwise.
    T marks = 0;
    T* to = &marks;
    detail::vectorised<T>([=] {
      T lanes[16] = {};
      int64_t i = 0;
      for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; ++j) lanes[j] += p[i + j] * T(0);
      for (; i < n; ++i) lanes[0] += p[i] * T(0);
      for (const T lane : lanes) *to += lane;
    });
    return marks == T(0);
  });
}

}  // namespace lively
