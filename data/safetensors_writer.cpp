#include <algorithm>
#include <array>
#include <vector>

#include "lively/data/atomic_file.h"
#include "lively/data/checksum.h"
#include "lively/data/safetensors.h"

namespace lively {
namespace {

using Entry = std::pair<std::string_view, const Tensor*>;

const char* stored_name(Dtype dtype) {
  switch (dtype) {
    case Dtype::float32:
      return "F32";
    case Dtype::float64:
      return "F64";
    case Dtype::int64:
      return "I64";
    case Dtype::uint8:
      break;
  }
  return "U8";
}

// A JSON string. Bytes above ASCII are UTF-8 and stay.
std::string json(std::string_view text) {
  if (!is_utf8(text))
    fail<ValueError>("write_safetensors: ", text, ": names and metadata must be UTF-8");
  std::string out = "\"";
  for (const char c : text) {
    constexpr char kDigits[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += {'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string header_of(const Safetensors& content, const std::vector<Entry>& entries) {
  std::string text = "{";
  const auto separate = [&] { text += text.size() > 1 ? "," : ""; };
  std::map<std::string_view, std::string_view> metadata(
      content.metadata.begin(), content.metadata.end());
  metadata.insert_or_assign(detail::kChecksumKey, detail::kNoDigits);
  text += "\"__metadata__\":{";
  for (bool first = true; const auto& [key, value] : metadata) {
    if (detail::is_damaged_key(key))
      fail<ValueError>("write_safetensors: metadata ", key, ": would be read as a damaged ",
          detail::kChecksumKey);
    text += (first ? "" : ",") + json(key) + ":" + json(value);
    first = false;
  }
  text += "}";
  int64_t begin = 0;
  for (const auto& [name, tensor] : entries) {
    separate();
    const int64_t end = begin + tensor->numel() * static_cast<int64_t>(item_size(tensor->dtype()));
    text += json(name) + message(":{\"dtype\":\"", stored_name(tensor->dtype()),
                             "\",\"shape\":", tensor->shape(), ",\"data_offsets\":[", begin, ",",
                             end, "]}");
    begin = end;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the elements are aligned
  return text;
}

}  // namespace

void write_safetensors(const std::string& path, const Safetensors& content) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : content.tensors) {
    if (name == "__metadata__") fail<ValueError>(path, ": a tensor may not be called __metadata__");
    entries.emplace_back(name, &tensor);
  }
  // Larger elements first, so that all are aligned.
  std::ranges::stable_sort(
      entries, std::greater(), [](const Entry& e) { return item_size(e.second->dtype()); });
  std::string header = header_of(content, entries);
  std::array<unsigned char, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<unsigned char>(header.size() >> (8 * i));
  const auto each_part = [&](const auto& take) {
    take(length.data(), length.size());
    take(header.data(), header.size());
    for (const auto& [name, tensor] : entries) {
      const Tensor rows = tensor->contiguous();
      take(rows.bytes(), static_cast<std::size_t>(rows.numel()) * item_size(rows.dtype()));
    }
  };
  detail::Checksum sum;
  each_part([&](const void* bytes, std::size_t n) { sum.add(bytes, n); });
  header.replace(detail::place_of_digits(header), detail::kNoDigits.size(), sum.digits());
  detail::AtomicFile file(path);
  each_part([&](const void* bytes, std::size_t n) { file.write(bytes, n); });
  file.commit();
}

}  // namespace lively
