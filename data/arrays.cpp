#include "lively/data/arrays.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lively/data/file.h"
#include "lively/data/npy.h"

namespace lively::detail {
namespace {

struct Named {
  std::string from;  // "a.npz: x_train"
  Tensor array{};    // undefined: there is none
};

// "row 3, column 2 (x_train[2,1])": counted from 1 as in a table, and as NumPy counts.
std::string place(const Shape& shape, int64_t at) {
  std::string index;
  for (int axis = shape.rank(); axis-- > 0; at /= shape[axis])
    index = std::to_string(at % shape[axis]) + (index.empty() ? "" : ",") + index;
  const std::string row = index.substr(0, index.find(','));
  std::string text = "row " + grouped(std::stoll(row) + 1);
  if (shape.rank() == 2)
    text += ", column " + grouped(std::stoll(index.substr(row.size() + 1)) + 1);
  return text + " ([" + index + "])";
}

template <class F>
void with_floats(const Tensor& t, F f) {
  if (t.dtype() == Dtype::float32) return f(t.values<float>());
  if (t.dtype() == Dtype::float64) return f(t.values<double>());
}

bool is_picture(const Tensor& t) { return t.rank() == 3 || t.rank() == 4; }

void check_finite(const Named& x) {
  with_floats(x.array, [&](auto values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(static_cast<float>(values[i])))
        fail<DataError>(x.from, ": ", place(x.array.shape(), static_cast<int64_t>(i)), ": ",
            static_cast<double>(values[i]), "; needs a finite number that float32 can hold");
  });
}

// Do all elements lie in [low, high], and are they whole where that is asked?
bool all_in(const Tensor& t, double low, double high, bool whole) {
  bool fits = true;
  const auto look = [&](auto values) {
    for (const auto v : values) {
      const auto d = static_cast<double>(v);
      fits &= d >= low && d <= high && (!whole || d == std::floor(d));
    }
  };
  with_floats(t, look);
  if (t.dtype() == Dtype::int64) look(t.values<int64_t>());
  if (t.dtype() == Dtype::uint8) look(t.values<uint8_t>());
  return fits;
}

ArrayKind kind_of(const Tensor& x) {
  if (!is_picture(x)) return ArrayKind::numbers;
  if (x.dtype() == Dtype::uint8) return ArrayKind::bytes;
  if (all_in(x, 0, 1, false)) return ArrayKind::unit;
  return all_in(x, 0, 255, true) ? ArrayKind::bytes : ArrayKind::numbers;
}

// [N, C, H, W] from any of the forms.
Tensor with_channels(const Named& x) {
  const Tensor& t = x.array;
  constexpr int64_t kMostChannels = 4;
  switch (t.rank()) {
    case 1:
      return t.reshape({t.size(0), 1, 1, 1});
    case 2:
      return t.reshape({t.size(0), 1, 1, t.size(1)});
    case 3:
      return t.unsqueeze(1);
    case 4:
      if (t.size(3) > kMostChannels && t.size(1) <= kMostChannels) return t;
      return t.permute({0, 3, 1, 2}).contiguous();
    default:
      break;
  }
  fail<DataError>(x.from, ": ", t.shape(),
      ": needs samples along the first axis: [N,F], [N,H,W], [N,H,W,C] or [N,C,H,W]");
}

Tensor inputs_of(const Named& x, ArrayKind kind) {
  if (x.array.rank() == 0 || x.array.numel() == 0)
    fail<DataError>(x.from, ": ", x.array.shape(), ": needs at least one sample");
  check_finite(x);
  const Tensor t = with_channels(x);
  if (kind == ArrayKind::bytes) {
    if (t.dtype() == Dtype::uint8) return t;
    if (!all_in(x.array, 0, 255, true))
      fail<DataError>(x.from,
          ": has other numbers than the whole ones from 0 to 255 of those to "
          "train on");
    return t.to(Dtype::uint8);
  }
  if (kind == ArrayKind::unit) {
    if (t.dtype() == Dtype::uint8 || !all_in(x.array, 0, 1, false))
      fail<DataError>(x.from,
          ": has other numbers than those to train on, which lie between 0 "
          "and 1");
    return t.to(Dtype::float32);
  }
  return t.dtype() == Dtype::float32 ? t : t.to(Dtype::float64);
}

// Rows of one 1 and else 0: the place of the 1 is the class, and there are as many as places.
void put_one_hot(const Named& y, Samples& samples) {
  const Tensor rows = y.array.to(Dtype::float64);
  const auto values = rows.values<double>();
  const auto n = static_cast<std::size_t>(rows.size(0)), k = static_cast<std::size_t>(rows.size(1));
  std::vector<int64_t> labels;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t ones = 0, at = 0;
    for (std::size_t j = 0; j < k; ++j) {
      const double v = values[i * k + j];
      if (v != 0 && v != 1)
        fail<DataError>(y.from, ": ", place(rows.shape(), static_cast<int64_t>(i * k + j)), ": ", v,
            " is neither 0 nor 1; labels [N,K] have one 1 in each row");
      if (v == 1) ++ones, at = j;
    }
    if (ones != 1)
      fail<DataError>(y.from, ": row ", grouped(static_cast<int64_t>(i) + 1), " ([", i, "]): has ",
          ones == 0 ? "no" : grouped(static_cast<int64_t>(ones)), ones == 0 ? " 1" : " 1s",
          "; labels [N,K] have one in each row");
    labels.push_back(static_cast<int64_t>(at));
  }
  for (std::size_t j = 0; j < k; ++j) samples.classes.push_back(std::to_string(j));
  samples.labels = Tensor::of(labels, {rows.size(0)});
  samples.one_hot = true;
}

void put_labels(const Named& y, Samples& samples) {
  const Tensor& t = y.array;
  if (t.rank() < 1 || t.rank() > 2 || (t.rank() == 2 && t.size(1) == 0))
    fail<DataError>(y.from, ": ", t.shape(), ": labels are [N], [N,1] or, one-hot, [N,K]");
  if (t.size(0) != samples.size())
    fail<DataError>(y.from, ": ", grouped(t.size(0)), " labels for the ", grouped(samples.size()),
        " samples of ", samples.from);
  samples.from = y.from;
  if (t.rank() == 2 && t.size(1) > 1) return put_one_hot(y, samples);
  std::vector<std::string> targets;
  const Tensor numbers = t.to(Dtype::float64);
  for (const double v : numbers.values<double>()) {
    if (v != std::floor(v) || std::abs(v) > 1e15)
      fail<DataError>(y.from, ": ", place(t.shape(), static_cast<int64_t>(targets.size())), ": ", v,
          " is no class; classes are whole numbers");
    targets.push_back(std::to_string(static_cast<int64_t>(v)));
  }
  name_classes(targets, samples);
}

Samples samples_of(const Named& x, const Named& y, ArrayKind kind) {
  Samples samples{.from = x.from, .inputs = inputs_of(x, kind)};
  if (y.array.defined()) put_labels(y, samples);
  return samples;
}

// The arrays in the order x_train, y_train, x_test, y_test; those that are missing undefined.
std::array<Named, 4> arrays_of(const std::vector<std::string>& files, bool needs_labels) {
  std::array<Named, 4> all;
  if (files.size() > 1 || files.front().ends_with(".npy")) {
    for (std::size_t i = 0; i < files.size(); ++i) all.at(i) = {files[i], read_npy(files[i])};
    return all;
  }
  const std::string& path = files.front();
  const NamedTensors found = read_npz(path);
  const auto take = [&](std::initializer_list<const char*> names) {
    for (const char* name : names)
      if (const auto at = found.find(name); at != found.end())
        return Named{message(path, ": ", name), at->second};
    return Named{message(path, ": ", *names.begin())};
  };
  all = {take({"x_train", "X_train", "x", "X"}), take({"y_train", "y", "Y"}),
      take({"x_test", "X_test"}), take({"y_test"})};
  if (!all[0].array.defined() && !needs_labels && all[2].array.defined())
    all = {all[2], all[3], {}, {}};
  const bool whole = all[0].array.defined() && (all[1].array.defined() || !needs_labels) &&
                     (all[2].array.defined() || !all[3].array.defined()) &&
                     (all[3].array.defined() || !all[2].array.defined() || !needs_labels);
  if (whole) return all;
  std::string names;
  for (const auto& of : found) names += (names.empty() ? "" : ", ") + printable(of.first);
  fail<DataError>(path, ": has the arrays ", names.empty() ? "of none" : names,
      "; needs x_train, y_train, x_test and y_test, or x and y");
}

}  // namespace

ArraySets read_arrays(
    const std::vector<std::string>& files, bool needs_labels, std::optional<ArrayKind> kind) {
  const std::array<Named, 4> all = arrays_of(files, needs_labels);
  ArraySets sets;
  sets.kind = kind ? *kind : kind_of(all[0].array);
  sets.train = samples_of(all[0], all[1], sets.kind);
  if (sets.kind == ArrayKind::bytes && all_in(all[0].array, 0, 1, false) &&
      !all_in(all[0].array, 0, 0, false))
    fail<DataError>(all[0].from,
        ": has bytes of 0 and 1 alone, where pixels are 0 to 255; as "
        "float32 they are taken as they are");
  if (all[2].array.defined()) {
    sets.test = samples_of(all[2], all[3], sets.kind);
    if (sets.kind == ArrayKind::bytes && all[2].array.dtype() != Dtype::uint8 &&
        all_in(all[2].array, 0, 1, false))
      fail<DataError>(
          all[2].from, ": lies between 0 and 1; those to train on are pixels from 0 to 255");
    if (sets.test->inputs.shape().numel() / sets.test->size() !=
        sets.train.inputs.shape().numel() / sets.train.size())
      fail<DataError>(all[2].from, ": samples of ", all[2].array.shape(), "; those of ",
          all[0].from, " are ", all[0].array.shape());
  }
  return sets;
}

}  // namespace lively::detail
