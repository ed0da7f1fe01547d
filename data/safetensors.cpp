#include "lively/data/safetensors.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>
#include <vector>

#include "lively/data/checksum.h"
#include "lively/data/file.h"
#include "lively/data/safetensors_header.h"

static_assert(std::endian::native == std::endian::little, "elements are read as they lie");

namespace lively {
namespace {

using detail::grouped;
using detail::in_quotes;
using detail::TensorEntry;

constexpr int64_t kLengthBytes = 8;
constexpr uint64_t kLongestHeader = 100'000'000;  // the format's own limit

struct StoredDtype {
  std::string_view name;
  Dtype dtype;
};
constexpr std::string_view kBool = "BOOL";
constexpr StoredDtype kDtypes[] = {{"F32", Dtype::float32}, {"F64", Dtype::float64},
    {"I64", Dtype::int64}, {"U8", Dtype::uint8}, {kBool, Dtype::uint8}};

Dtype dtype_of_entry(const TensorEntry& e, const std::string& path) {
  for (const StoredDtype& stored : kDtypes)
    if (stored.name == e.dtype) return stored.dtype;
  fail<DataError>(path, ": ", in_quotes(e.name), ": dtype ", in_quotes(e.dtype),
      "; F32, F64, I64, U8 and BOOL are read");
}

// The sizes, provided that they make no more bytes than the entry has.
Shape shape_of_entry(const TensorEntry& e, Dtype dtype, const std::string& path) {
  const Shape shape{std::span<const int64_t>(e.shape)};
  // Sizes of 0 count as 1 first: strides are products of sizes and must not wrap around either.
  int64_t product = static_cast<int64_t>(item_size(dtype));
  bool fits = true, empty = false;
  for (const int64_t size : shape) {
    fits &= !__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product);
    empty |= size == 0;
  }
  if (!fits || (empty ? 0 : product) != e.end - e.begin)
    fail<DataError>(path, ": ", in_quotes(e.name), ": ", e.dtype, " ", shape, " does not fill the ",
        grouped(e.end - e.begin), " bytes of its data_offsets");
  return shape;
}

// In the order of the data, which they must fill without holes and overlaps.
void check_layout(
    std::vector<TensorEntry>& entries, int64_t data, int64_t size, const std::string& path) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  int64_t filled = 0;
  for (const TensorEntry& e : entries) {
    if (e.end > size - data)
      fail<DataError>(path, ": ends after ", grouped(size), " bytes; the header promises ",
          grouped(e.end), " bytes of data, from byte ", grouped(data), " on");
    if (e.begin != filled)
      fail<DataError>(path, ": byte ", grouped(data + filled), ": ",
          e.begin > filled ? "a hole before " : "an overlap with ", in_quotes(e.name));
    filled = e.end;
  }
  if (filled != size - data)
    fail<DataError>(path, ": byte ", grouped(data + filled), ": belongs to no tensor");
}

void check_names(const detail::SafetensorsHeader& header, const std::string& path) {
  for (const auto& [key, value] : header.metadata)
    if (detail::is_damaged_key(key))
      fail<DataError>(path, ": metadata ", in_quotes(key), ": a damaged ", detail::kChecksumKey);
}

Tensor read_tensor(detail::InputFile& in, const TensorEntry& e, detail::Checksum& sum) {
  const Dtype dtype = dtype_of_entry(e, in.path());
  Tensor t;
  try {
    t = Tensor::empty(shape_of_entry(e, dtype, in.path()), dtype);
  } catch (const std::bad_alloc&) {
    fail<DataError>(in.path(), ": no memory for ", in_quotes(e.name));
  }
  if (in.read(t.mutable_bytes(), e.end - e.begin) != e.end - e.begin)
    fail<DataError>(in.path(), ": was cut short while it was read");
  sum.add(t.bytes(), static_cast<std::size_t>(e.end - e.begin));
  if (e.dtype == kBool)
    for (const uint8_t v : t.values<uint8_t>())
      if (v > 1) fail<DataError>(in.path(), ": ", in_quotes(e.name), ": BOOL with the value ", v);
  return t;
}

}  // namespace

const Tensor& Safetensors::at(std::string_view name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) fail<ValueError>("safetensors: no tensor ", in_quotes(name));
  return found->second;
}

Safetensors read_safetensors(const std::string& path) {
  detail::InputFile in(path, detail::Unpack::never);
  uint64_t length = 0;
  if (in.read(&length, kLengthBytes) < kLengthBytes)
    fail<DataError>(path, ": ", in.end(), "; safetensors begin with ", kLengthBytes,
        " for the length of the header");
  if (length > kLongestHeader)
    fail<DataError>(
        path, ": byte 0: a header of ", length, " bytes; at most ", kLongestHeader, " are allowed");
  const auto bytes = static_cast<int64_t>(length), data = kLengthBytes + bytes;
  if (data > in.size())
    fail<DataError>(path, ": ", in.end(), "; its header alone takes ", grouped(data));
  std::string text(length, '\0');
  if (in.read(text.data(), bytes) != bytes)
    fail<DataError>(path, ": was cut short while it was read");

  detail::SafetensorsHeader header = detail::parse_safetensors_header(text, path, kLengthBytes);
  check_layout(header.entries, data, in.size(), path);
  check_names(header, path);
  detail::Checksum sum;
  const std::size_t digits = detail::place_of_digits(text);
  if (digits != text.npos) text.replace(digits, detail::kNoDigits.size(), detail::kNoDigits);
  sum.add(&length, kLengthBytes);
  sum.add(text);
  Safetensors result;
  for (TensorEntry& e : header.entries) {
    Tensor t = read_tensor(in, e, sum);
    result.tensors.emplace(std::move(e.name), std::move(t));
  }
  const auto said = header.metadata.find(detail::kChecksumKey);
  if (said != header.metadata.end()) {
    if (said->second != sum.digits())
      fail<DataError>(path, ": has the checksum ", sum.digits(), ", not ", in_quotes(said->second),
          ": damaged, or changed by a program that kept ", detail::kChecksumKey);
    header.metadata.erase(said);
  }
  result.metadata = std::move(header.metadata);
  return result;
}

}  // namespace lively
