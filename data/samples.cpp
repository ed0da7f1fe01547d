#include "lively/data/samples.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "lively/data/file.h"
#include "lively/data/safetensors.h"

namespace lively::detail {
namespace {

// A few hundred classes are many; a column of measurements has nearly as many values as lines.
constexpr std::size_t kMostClasses = 1000, kFewClasses = 20;

// The whole number that a text says ("3", "3.0", "+3e0"), if it does.
std::optional<int64_t> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr double kLargest = 9007199254740992;  // up to which float64 has all whole numbers
  if (error != std::errc() || stop != text.data() + text.size() || value != std::floor(value) ||
      !(std::abs(value) <= kLargest))
    return std::nullopt;
  return static_cast<int64_t>(value);
}

Tensor rows_of(const Tensor& t, const std::vector<int64_t>& indices) {
  Shape shape = t.shape();
  shape[0] = static_cast<int64_t>(indices.size());
  Tensor out = Tensor::empty(shape, t.dtype());
  const auto row =
      static_cast<std::size_t>(t.numel() / std::max<int64_t>(t.size(0), 1)) * item_size(t.dtype());
  std::byte* to = out.mutable_bytes();
  for (const int64_t i : indices)
    to = std::copy_n(t.bytes() + static_cast<std::size_t>(i) * row, row, to);
  return out;
}

}  // namespace

std::string printable(std::string text) {
  const bool utf8 = is_utf8(text);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (!utf8 && byte >= 0x80)) c = '?';
  }
  return text;
}

std::string names_text(std::string text, const std::vector<std::string>& names) {
  constexpr std::size_t kRoom = 60;  // bytes of names
  std::size_t used = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    used += names[i].size() + 2;
    if (i > 0 && used > kRoom) return text + ", …";
    text += (i ? ", " : "") + names[i];
  }
  return text;
}

void name_classes(const std::vector<std::string>& targets, Samples& samples) {
  std::map<int64_t, int64_t> by_value;
  std::map<std::string, int64_t> by_text;
  bool numbers = true;
  for (const std::string& target : targets) {
    by_text.emplace(target, 0);
    const std::optional<int64_t> value = whole_number(target);
    if ((numbers &= value.has_value())) by_value.emplace(*value, 0);
  }
  int64_t next = 0;
  const auto number_all = [&](auto& known) {
    for (auto& [key, label] : known) label = next++;
  };
  if (numbers) {
    number_all(by_value);
    for (const auto& of : by_value) samples.classes.push_back(std::to_string(of.first));
  } else {
    number_all(by_text);
    for (const auto& of : by_text) samples.classes.push_back(printable(of.first));
  }
  const std::size_t found = samples.classes.size();
  if (found > kMostClasses || (found > kFewClasses && 2 * found > targets.size()))
    fail<DataError>(samples.from, ": ", grouped(static_cast<int64_t>(found)),
        " different values in ", grouped(static_cast<int64_t>(targets.size())),
        " samples are no classes");
  std::vector<int64_t> labels;
  for (const std::string& target : targets)
    labels.push_back(numbers ? by_value.at(*whole_number(target)) : by_text.at(target));
  samples.labels = Tensor::of(labels, {static_cast<int64_t>(labels.size())});
}

void relabel(Samples& samples, const std::vector<std::string>& classes, const std::string& whose) {
  if (!samples.labels.defined() || samples.classes == classes) return;
  std::vector<int64_t> to;
  for (const std::string& name : samples.classes) {
    const auto found = std::ranges::find(classes, name);
    to.push_back(found == classes.end() ? -1 : found - classes.begin());
  }
  samples.labels = samples.labels.clone();
  for (int64_t& label : samples.labels.mutable_values<int64_t>()) {
    const auto of = static_cast<std::size_t>(label);
    label = to[of];
    if (label < 0)
      fail<DataError>(
          samples.from, ": class ", in_quotes(samples.classes[of]), ": is none of ", whose);
  }
  samples.classes = classes;
}

Samples chosen(const Samples& samples, const std::vector<int64_t>& indices) {
  Samples some = samples;
  some.inputs = rows_of(samples.inputs.contiguous(), indices);
  if (samples.labels.defined()) some.labels = rows_of(samples.labels, indices);
  some.names.clear();
  if (!samples.names.empty())
    for (const int64_t i : indices)
      some.names.push_back(samples.names[static_cast<std::size_t>(i)]);
  return some;
}

Halves halves(const Samples& samples, double share, Seed seed) {
  Stream stream(seed, "test share");
  const Tensor order = permutation(samples.size(), stream);
  const auto labels = samples.labels.values<int64_t>();
  std::vector<int64_t> of_class(samples.classes.size());
  for (const int64_t label : labels) ++of_class[static_cast<std::size_t>(label)];
  // What rounding takes from one class, the next one gets.
  std::vector<int64_t> quota(of_class.size());
  double wanted = 0;
  int64_t given = 0;
  for (std::size_t k = 0; k < quota.size(); ++k) {
    wanted += share * static_cast<double>(of_class[k]);
    quota[k] =
        std::clamp<int64_t>(std::llround(wanted) - given, 0, std::max<int64_t>(of_class[k] - 1, 0));
    given += quota[k];
  }
  Halves cut;
  for (const int64_t i : order.values<int64_t>()) {
    int64_t& left = quota[static_cast<std::size_t>(labels[static_cast<std::size_t>(i)])];
    (left > 0 ? cut.test : cut.train).push_back(i);
    left -= left > 0;
  }
  return cut;
}

}  // namespace lively::detail
