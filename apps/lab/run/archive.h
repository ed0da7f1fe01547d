#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "lively/data/safetensors.h"
#include "lively/tensor/dtype.h"

namespace lively::lab {

// What a checkpoint keeps, by name: one description serves for both ways. A class that is to live
// on has
//
//   template <class Archive> void keep(Archive& a) { a("steps", steps_), a("losses", losses_); }
//
// which writes its members to an archive that writes, and reads them from one that reads. Numbers
// and tensors become tensors of the file, texts its metadata. What does not fit is a DataError that
// names the file, the entry and what it should be.
class Archive {
 public:
  explicit Archive(Safetensors& to) : to_(&to) {}  // writes
  Archive(const Safetensors& from, std::string path)
      : from_(&from), path_(std::move(path)) {}  // reads

  bool reads() const { return from_ != nullptr; }
  // Does a file that is read have numbers of this name?
  bool has(const std::string& name) const { return reads() && from_->tensors.contains(at_ + name); }

  void operator()(const std::string& name, std::vector<int64_t>& v);
  void operator()(const std::string& name, std::vector<double>& v);
  void operator()(const std::string& name, std::vector<float>& v);
  // One number, or an enumerator (see `one_of` for one that is checked).
  template <class T>
  requires(std::is_arithmetic_v<T>) void operator()(const std::string& name, T& value) {
    using Kept = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
    std::vector<Kept> one{static_cast<Kept>(value)};
    numbers(name, one, 1);
    // More than any run counts to, and little enough to be counted on from, and summed.
    constexpr int64_t kMost = int64_t{1} << 53;
    if constexpr (std::is_same_v<T, int64_t>)
      check(name, one[0] >= -kMost && one[0] <= kMost, "is out of range, 2^53 at most");
    value = fitting<T>(name, one[0]);
  }
  void operator()(const std::string& name, std::string& text);
  // Elements only: the tensor of an archive that reads must have the shape and dtype of the file's.
  void operator()(const std::string& name, Tensor& tensor);
  // One that is made new.
  void fresh(const std::string& name, Tensor& tensor);
  // An enumerator up to `last`, of an enum that counts from 0.
  template <class E>
  void one_of(const std::string& name, E& value, E last) {
    auto number = static_cast<int64_t>(value);
    (*this)(name, number);
    check(name, number >= 0 && number <= static_cast<int64_t>(last), "is none that is known");
    value = static_cast<E>(number);
  }
  // A part, under its own name.
  template <class T>
  requires requires(T& part, Archive& a) { part.keep(a); }
  void operator()(const std::string& name, T& part) {
    const std::string before = std::exchange(at_, at_ + name + ".");
    part.keep(*this);
    at_ = before;
  }
  // Parts, one after the other.
  template <class T>
  requires requires(T& part, Archive& a) { part.keep(a); }
  void operator()(const std::string& name, std::vector<T>& parts) {
    auto n = static_cast<int64_t>(parts.size());
    (*this)(name, n);
    if (reads()) parts.clear();
    for (int64_t i = 0; i < n; ++i) {
      if (reads()) parts.emplace_back();
      (*this)(name + "." + std::to_string(i), parts[static_cast<std::size_t>(i)]);
    }
  }
  // Many small structs of numbers, as one column a member.
  template <class T>
  void rows(const std::string& name, std::vector<T>& all);

  // A number of a file as a T, where it is one.
  template <class T, class Kept>
  T fitting(const std::string& name, Kept number) const {
    if constexpr (std::is_same_v<T, bool>) {
      check(name, number == 0 || number == 1, "is neither 0 nor 1");
    } else if constexpr (std::is_integral_v<T>) {
      // One of 64 bits without a sign is written as the one with a sign that has its bits.
      check(name, std::is_same_v<T, uint64_t> || std::in_range<T>(number), "is out of range");
    } else {
      check(name, !(std::abs(number) > std::numeric_limits<T>::max()) || std::isinf(number),
          "is out of range");
    }
    return static_cast<T>(number);
  }
  // Throws DataError, with the entry and what is wrong with it, unless it holds.
  void check(const std::string& name, bool holds, const char* wrong) const;

 private:
  class Columns;
  // Of float, double or int64_t; so many, if a count is given.
  template <class T>
  void numbers(const std::string& name, std::vector<T>& v, int64_t count = -1);
  void put(const std::string& name, Tensor t);
  const Tensor& find(const std::string& name, Dtype dtype) const;

  Safetensors* to_ = nullptr;
  const Safetensors* from_ = nullptr;
  std::string path_;
  std::string at_;  // "life.0.": where the part under way stands
};

// The members of one struct after the other, gathered to columns.
class Archive::Columns {
 public:
  Columns(Archive& archive, std::string name);
  ~Columns();
  template <class T>
  requires(std::is_arithmetic_v<T>) void operator()(const std::string& member, T& value) {
    using Kept = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
    std::vector<Kept>& column =
        std::get<std::map<std::string, std::vector<Kept>>>(columns_)[member];
    if (row_ == kBegins) {
      if (archive_.reads()) archive_(name_ + "." + member, column);
      if (members_++ == 0) size_ = column.size();
      even_ &= column.size() == size_;
    } else if (archive_.reads()) {
      value = archive_.fitting<T>(name_ + "." + member, column[row_]);
    } else {
      column.push_back(static_cast<Kept>(value));
    }
  }
  template <class E>
  void one_of(const std::string& member, E& value, E last) {
    auto number = static_cast<int64_t>(value);
    (*this)(member, number);
    archive_.check(name_ + "." + member, number >= 0 && number <= static_cast<int64_t>(last),
        "has one that is not known");
    value = static_cast<E>(number);
  }
  bool reads() const { return archive_.reads(); }

 private:
  friend class Archive;
  static constexpr std::size_t kBegins = static_cast<std::size_t>(-1);
  Archive& archive_;
  std::string name_;
  std::tuple<std::map<std::string, std::vector<int64_t>>,
      std::map<std::string, std::vector<double>>>
      columns_;
  std::size_t row_ = kBegins, size_ = 0, members_ = 0;
  bool even_ = true;
};

template <class T>
void Archive::rows(const std::string& name, std::vector<T>& all) {
  Columns columns(*this, name);
  T none{};
  none.keep(columns);  // names the columns, and reads them
  check(name, columns.even_, "has columns of different length");
  if (reads()) all.assign(columns.size_, none);
  for (columns.row_ = 0; columns.row_ < all.size(); ++columns.row_) all[columns.row_].keep(columns);
  if (reads()) return;
  for (auto& [member, column] : std::get<0>(columns.columns_)) (*this)(name + "." + member, column);
  for (auto& [member, column] : std::get<1>(columns.columns_)) (*this)(name + "." + member, column);
}

}  // namespace lively::lab
