#include "lively/data/npy_format.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "lively/data/file.h"

static_assert(std::endian::native == std::endian::little, "elements are read as they lie");

// The format: "\x93NUMPY", two bytes with its version, the length of the header in two bytes
// (version 1.0) or four (2.0), the header, the elements. The header is the text of a dictionary in
// Python, with blanks and a line end behind it.

namespace lively::detail {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kNpyBool = "|b1";

struct NpyDtype {
  std::string_view descr;
  Dtype dtype;
  std::size_t bytes;  // of an element in the file
};
constexpr NpyDtype kNpyDtypes[] = {{"<f4", Dtype::float32, 4}, {"<f8", Dtype::float64, 8},
    {"<i8", Dtype::int64, 8}, {"|u1", Dtype::uint8, 1}, {kNpyBool, Dtype::uint8, 1},
    {"<i4", Dtype::int64, 4}, {"<u4", Dtype::int64, 4}, {"<i2", Dtype::int64, 2},
    {"<u2", Dtype::int64, 2}, {"|i1", Dtype::int64, 1}};

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

// Takes {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and nothing else; the keys in
// any order.
class NpyParser {
 public:
  NpyParser(std::string_view text, int64_t offset, const std::string& name)
      : text_(text), offset_(offset), name_(name) {}

  Header header() {
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    const auto once = [&](bool& has, std::string_view key) {
      if (std::exchange(has, true)) wrong(in_quotes(key) + " comes twice");
    };
    expect('{');
    while (!take('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        once(has_descr, key);
        header.descr = string();
      } else if (key == "fortran_order") {
        once(has_order, key);
        header.fortran_order = boolean();
      } else if (key == "shape") {
        once(has_shape, key);
        header.shape = shape();
      } else {
        wrong("unknown key " + in_quotes(key));
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!has_descr || !has_order || !has_shape) wrong("needs descr, fortran_order and shape");
    skip_blanks();
    if (at_ + 1 == text_.size() && text_[at_] == '\n') ++at_;
    if (at_ != text_.size()) wrong("text after the dictionary");
    return header;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    fail<DataError>(name_, ": byte ", grouped(offset_ + static_cast<int64_t>(at_)), ": ", what);
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) wrong(message("expected '", c, "'"));
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view string() {
    const char quote = take('"') ? '"' : '\'';
    if (quote == '\'' && !take('\'')) wrong("expected a string");
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) wrong("a string without an end");
    const std::string_view value = text_.substr(at_, end - at_);
    if (value.find('\\') != std::string_view::npos) wrong("a string with a backslash");
    at_ = end + 1;
    return value;
  }

  bool boolean() {
    skip_blanks();
    if (take_word("True")) return true;
    if (!take_word("False")) wrong("expected True or False");
    return false;
  }

  Shape shape() {
    Shape sizes;
    expect('(');
    while (!take(')')) {
      if (sizes.rank() == kMaxAxes) wrong(message("more than ", kMaxAxes, " axes"));
      sizes.push_back(number());
      if (take(',')) continue;
      // One number in brackets without a comma is no tuple.
      if (sizes.rank() == 1) wrong("expected ','");
      expect(')');
      break;
    }
    return sizes;
  }

  int64_t number() {
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto result = std::from_chars(begin, text_.data() + text_.size(), value);
    if (result.ec != std::errc() || value < 0) wrong("expected a whole number from 0 on");
    at_ += static_cast<std::size_t>(result.ptr - begin);
    return value;
  }

  std::string_view text_;
  int64_t offset_;
  const std::string& name_;
  std::size_t at_ = 0;
};

Header read_header(const NpySource& in, int64_t& data) {
  const auto too_short = [&](int64_t needs) {
    if (in.size < needs)
      fail<DataError>(in.name, ": ends after ", grouped(in.size),
          " bytes; the header alone of .npy takes ", grouped(needs));
  };
  constexpr int64_t kVersionEnd = 8;
  char start[kVersionEnd];
  const int64_t length_of_start = std::min(in.size, kVersionEnd);
  in.read(start, length_of_start);
  const auto magic =
      std::min<std::size_t>(kMagic.size(), static_cast<std::size_t>(length_of_start));
  if (std::string_view(start, magic) != kMagic.substr(0, magic))
    fail<DataError>(in.name, ": is no .npy file; those begin with \\x93NUMPY");
  too_short(10);
  const int major = static_cast<unsigned char>(start[6]),
            minor = static_cast<unsigned char>(start[7]);
  if ((major != 1 && major != 2) || minor != 0)
    fail<DataError>(
        in.name, ": byte 6: format version ", major, ".", minor, "; 1.0 and 2.0 are read");
  uint32_t length = 0;
  const int64_t width = major == 1 ? 2 : 4;
  too_short(kVersionEnd + width);
  in.read(&length, width);
  data = kVersionEnd + width + length;
  too_short(data);
  constexpr uint32_t kLongest = 1 << 20;  // NumPy by itself reads 10,000
  if (length > kLongest)
    fail<DataError>(in.name, ": byte 8: a header of ", grouped(length), " bytes; at most ",
        grouped(kLongest), " are read");
  std::string text(length, '\0');
  in.read(text.data(), length);
  return NpyParser(text, kVersionEnd + width, in.name).header();
}

NpyDtype dtype_of_header(const Header& header, const std::string& name) {
  for (const NpyDtype& stored : kNpyDtypes)
    if (stored.descr == header.descr) return stored;
  fail<DataError>(name, ": dtype ", in_quotes(header.descr),
      "; <f4, <f8, |b1 and whole numbers up to <i8 are read");
}

// The elements of a file that has narrower whole numbers than ours.
template <class T>
void read_as(const NpySource& in, std::span<int64_t> to) {
  std::vector<T> piece;
  constexpr std::size_t kPiece = 65536;
  for (std::size_t at = 0; at < to.size(); at += piece.size()) {
    piece.resize(std::min(kPiece, to.size() - at));
    in.read(piece.data(), static_cast<int64_t>(piece.size() * sizeof(T)));
    std::copy(piece.begin(), piece.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void read_elements(const NpySource& in, const NpyDtype& stored, int64_t bytes, Tensor& t) {
  if (stored.descr == "<i4") return read_as<int32_t>(in, t.mutable_values<int64_t>());
  if (stored.descr == "<u4") return read_as<uint32_t>(in, t.mutable_values<int64_t>());
  if (stored.descr == "<i2") return read_as<int16_t>(in, t.mutable_values<int64_t>());
  if (stored.descr == "<u2") return read_as<uint16_t>(in, t.mutable_values<int64_t>());
  if (stored.descr == "|i1") return read_as<int8_t>(in, t.mutable_values<int64_t>());
  in.read(t.mutable_bytes(), bytes);
}

}  // namespace

Tensor read_npy(const NpySource& in) {
  int64_t data = 0;
  const Header header = read_header(in, data);
  const NpyDtype stored = dtype_of_header(header, in.name);
  // Sizes of 0 count as 1 first: strides are products of sizes and must not wrap around either.
  auto product = static_cast<int64_t>(stored.bytes);
  bool fits = true, empty = false;
  for (const int64_t size : header.shape) {
    fits &= !__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product);
    empty |= size == 0;
  }
  const int64_t bytes = empty ? 0 : product;
  if (!fits || bytes != in.size - data)
    fail<DataError>(in.name, ": ends after ", grouped(in.size), " bytes; the header promises ",
        stored.descr, " ", header.shape, " from byte ", grouped(data), " on");

  // In Fortran's order the first axis runs fastest: the transposed array in ours.
  Shape shape;
  for (int i = 0; i < header.shape.rank(); ++i)
    shape.push_back(header.shape[header.fortran_order ? header.shape.rank() - 1 - i : i]);
  Tensor t;
  try {
    t = Tensor::empty(shape, stored.dtype);
  } catch (const std::bad_alloc&) {
    fail<DataError>(in.name, ": no memory for ", stored.descr, " ", header.shape);
  }
  read_elements(in, stored, bytes, t);
  if (stored.descr == kNpyBool)
    for (const uint8_t v : t.values<uint8_t>())
      if (v > 1) fail<DataError>(in.name, ": |b1 with the value ", v);
  if (!header.fortran_order) return t;
  Tensor turned = Tensor::empty(header.shape, stored.dtype);
  std::vector<int> order;
  for (int i = t.rank(); i-- > 0;) order.push_back(i);
  turned.copy_from(t.permute(order));
  return turned;
}

std::string npy_header(const Tensor& t) {
  std::string_view descr;
  for (const NpyDtype& stored : kNpyDtypes)
    if (descr.empty() && stored.dtype == t.dtype()) descr = stored.descr;
  std::string text = message("{'descr': '", descr, "', 'fortran_order': False, 'shape': (");
  for (int i = 0; i < t.rank(); ++i) text += message(i ? ", " : "", t.shape()[i]);
  text += t.rank() == 1 ? ",), }" : "), }";
  // NumPy wants the elements to begin at a multiple of 64.
  constexpr std::size_t kStart = 10, kAlignment = 64;
  while ((kStart + text.size() + 1) % kAlignment) text += ' ';
  text += '\n';
  std::string start(kMagic);
  start += {1, 0, static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  return start + text;
}

}  // namespace lively::detail
