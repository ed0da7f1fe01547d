#include "lively/embed/weights.h"

#include <map>
#include <string_view>

#include "lively/data/file.h"

namespace lively {
namespace {

using detail::in_quotes;

std::string form(const Tensor& t) {
  return message(t.shape(), t.dtype() == Dtype::float32 ? "" : " ",
      t.dtype() == Dtype::float32 ? "" : name(t.dtype()));
}

// The faults of one kind, of which a message names the first few.
class Faults {
 public:
  explicit Faults(const char* kind) : kind_(kind) {}
  void add(const std::string& fault) {
    if (count_++ < kNamed) text_ += (text_.empty() ? "" : ", ") + fault;
  }
  std::string text() const {
    if (count_ == 0) return {};
    const std::string rest = count_ > kNamed ? message(" and ", count_ - kNamed, " more") : "";
    return message("; ", kind_, ": ", text_, rest);
  }

 private:
  static constexpr int kNamed = 8;
  const char* kind_;
  int count_ = 0;
  std::string text_;
};

}  // namespace

void load_weights(Module& net, const std::string& path) {
  load_weights(net, read_safetensors(path), path);
}

void load_weights(Module& net, const Safetensors& file, const std::string& path) {
  StateDict own = net.state_dict();
  std::map<std::string_view, const Tensor*> known;
  for (const auto& [key, tensor] : own) known.emplace(key, &tensor);

  Faults missing("missing"), unexpected("unexpected"), different("different");
  for (const auto& [key, tensor] : own) {
    const auto found = file.tensors.find(key);
    if (found == file.tensors.end()) {
      missing.add(message(key, " ", form(tensor)));
    } else if (found->second.shape() != tensor.shape() || found->second.dtype() != tensor.dtype()) {
      different.add(message(key, " ", form(found->second), ", not ", form(tensor)));
    }
  }
  for (const auto& [key, tensor] : file.tensors)
    if (!known.contains(key)) unexpected.add(message(in_quotes(key), " ", form(tensor)));

  const std::string faults = missing.text() + unexpected.text() + different.text();
  if (!faults.empty()) fail<DataError>(path, ": are not the weights of this network", faults);
  for (auto& [key, tensor] : own) tensor.copy_from(file.at(key));
}

void save_weights(const Module& net, const std::string& path) {
  Safetensors file;
  for (const auto& [key, tensor] : net.state_dict()) file.tensors.emplace(key, tensor);
  file.metadata["format"] = "pt";
  write_safetensors(path, file);
}

}  // namespace lively
