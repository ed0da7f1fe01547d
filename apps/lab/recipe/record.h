#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lively/data/safetensors.h"
#include "lively/tensor/dtype.h"

namespace lively::lab {

// Numbers of a run as tensors of a file.
class Writer {
 public:
  explicit Writer(Safetensors& file) : file_(file) {}
  void put(const std::string& name, const std::vector<double>& v) {
    add(name, Tensor::of(v, {size(v)}));
  }
  void put(const std::string& name, const std::vector<int64_t>& v) {
    add(name, Tensor::of(v, {size(v)}));
  }
  void add(const std::string& name, Tensor t) {
    file_.tensors.insert_or_assign(name, std::move(t));
  }
  void say(const std::string& name, const std::string& text) {
    file_.metadata.insert_or_assign(name, text);
  }

 private:
  template <class T>
  static int64_t size(const std::vector<T>& v) {
    return static_cast<int64_t>(v.size());
  }
  Safetensors& file_;
};

// And back. All throw DataError that names the file and what is wrong in it.
class Reader {
 public:
  Reader(const Safetensors& file, std::string path) : file_(file), path_(std::move(path)) {}
  std::vector<double> reals(const std::string& name) const { return all<double>(name); }
  std::vector<int64_t> wholes(const std::string& name) const { return all<int64_t>(name); }
  template <class T>
  std::vector<T> exactly(const std::string& name, std::size_t n) const {
    std::vector<T> v = all<T>(name);
    if (v.size() != n) fail<DataError>(path_, ": ", name, ": ", v.size(), " numbers; needs ", n);
    return v;
  }
  bool has(const std::string& name) const { return file_.tensors.contains(name); }
  const Tensor& tensor(const std::string& name) const {
    if (!has(name)) fail<DataError>(path_, ": has no ", name, ": is it a checkpoint?");
    return file_.tensors.find(name)->second;
  }
  const std::string& text(const std::string& name) const {
    const auto found = file_.metadata.find(name);
    if (found == file_.metadata.end())
      fail<DataError>(path_, ": says no ", name, ": was it written by Lively?");
    return found->second;
  }

 private:
  template <class T>
  std::vector<T> all(const std::string& name) const {
    const Tensor& t = tensor(name);
    if (t.dtype() != dtype_of<T>())
      fail<DataError>(path_, ": ", name, ": is ", lively::name(t.dtype()), "; needs ",
          lively::name(dtype_of<T>()));
    const auto v = t.values<T>();
    return {v.begin(), v.end()};
  }
  const Safetensors& file_;
  std::string path_;
};

}  // namespace lively::lab
