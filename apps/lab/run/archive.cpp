#include "apps/lab/run/archive.h"

namespace lively::lab {

void Archive::check(const std::string& name, bool holds, const char* wrong) const {
  if (!holds) fail<DataError>(path_, ": ", at_, name, ": ", wrong);
}

template <class T>
void Archive::numbers(const std::string& name, std::vector<T>& v, int64_t count) {
  if (!reads()) return put(name, Tensor::of(v, {static_cast<int64_t>(v.size())}));
  const Tensor& t = find(name, dtype_of<T>());
  if (count >= 0 && t.numel() != count)
    fail<DataError>(path_, ": ", at_, name, ": ", t.numel(), " numbers; needs ", count);
  const auto all = t.template values<T>();
  v.assign(all.begin(), all.end());
}
template void Archive::numbers(const std::string&, std::vector<float>&, int64_t);
template void Archive::numbers(const std::string&, std::vector<double>&, int64_t);
template void Archive::numbers(const std::string&, std::vector<int64_t>&, int64_t);

void Archive::operator()(const std::string& name, std::vector<int64_t>& v) { numbers(name, v); }
void Archive::operator()(const std::string& name, std::vector<double>& v) { numbers(name, v); }
void Archive::operator()(const std::string& name, std::vector<float>& v) { numbers(name, v); }

Archive::Columns::Columns(Archive& archive, std::string name)
    : archive_(archive), name_(std::move(name)) {}
Archive::Columns::~Columns() = default;

void Archive::put(const std::string& name, Tensor t) {
  to_->tensors.insert_or_assign(at_ + name, std::move(t));
}

const Tensor& Archive::find(const std::string& name, Dtype dtype) const {
  const auto found = from_->tensors.find(at_ + name);
  if (found == from_->tensors.end())
    fail<DataError>(path_, ": has no ", at_, name, ": is it a checkpoint of this Lively?");
  const Tensor& t = found->second;
  if (t.dtype() != dtype)
    fail<DataError>(
        path_, ": ", at_, name, ": is ", lively::name(t.dtype()), "; needs ", lively::name(dtype));
  return t;
}

void Archive::operator()(const std::string& name, std::string& text) {
  if (!reads()) {
    to_->metadata.insert_or_assign(at_ + name, text);
    return;
  }
  const auto found = from_->metadata.find(at_ + name);
  if (found == from_->metadata.end())
    fail<DataError>(path_, ": says no ", at_, name, ": was it written by Lively?");
  text = found->second;
}

void Archive::operator()(const std::string& name, Tensor& tensor) {
  if (!reads()) return put(name, tensor);
  const Tensor& from = find(name, tensor.dtype());
  if (from.shape() != tensor.shape())
    fail<DataError>(path_, ": ", at_, name, ": ", from.shape(), " for ", tensor.shape());
  tensor.copy_from(from);
}

void Archive::fresh(const std::string& name, Tensor& tensor) {
  if (reads()) tensor = Tensor::empty(tensor.shape(), tensor.dtype());
  (*this)(name, tensor);
}

}  // namespace lively::lab
