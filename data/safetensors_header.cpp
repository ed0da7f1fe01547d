#include "lively/data/safetensors_header.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lively/data/file.h"
#include "lively/data/safetensors.h"
#include "lively/tensor/shape.h"

// A parser of our own, since a JSON library keeps the last of two equal keys in silence, takes
// numbers and nesting that the format does not have, and cannot say at which byte it disagrees.

namespace lively::detail {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// How many bytes the UTF-8 character at the front of `text` has; 0 if it is not valid.
std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text[i])) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool beyond = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

void append_utf8(std::string& to, uint32_t c) {
  const auto byte = [&to](uint32_t v) { to += static_cast<char>(v); };
  if (c < 0x80) {
    byte(c);
    return;
  }
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xe0 | c >> 12);
    } else {
      byte(0xf0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3f));
    }
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view path, int64_t offset)
      : text_(text), path_(path), offset_(offset) {}

  SafetensorsHeader header() {
    SafetensorsHeader header;
    // The writer of the format puts '{' first and may end with blanks.
    if (peek() != '{') wrong("expected {");
    object([&](std::string key) {
      if (key == "__metadata__") {
        object([&](std::string name) {
          skip_blanks();
          header.metadata[std::move(name)] = string();
        });
      } else {
        header.entries.push_back(entry(std::move(key)));
      }
    });
    skip_blanks();
    if (at_ < text_.size()) wrong("something follows the header's closing }");
    return header;
  }

 private:
  TensorEntry entry(std::string name) {
    TensorEntry e{std::move(name), {}, {}, 0, 0};
    int fields = 0;
    object([&](const std::string& key) {
      ++fields;
      if (key == "dtype") {
        skip_blanks();
        e.dtype = string();
      } else if (key == "shape") {
        e.shape = numbers(kMaxAxes);
      } else if (key == "data_offsets") {
        const std::vector<int64_t> offsets = numbers(2);
        if (offsets.size() != 2 || offsets[0] > offsets[1])
          wrong(in_quotes(e.name) + ": data_offsets must be two numbers, the smaller first");
        e.begin = offsets[0];
        e.end = offsets[1];
      } else {
        wrong(message(in_quotes(e.name), ": unknown key ", in_quotes(key)));
      }
    });
    // No key comes twice, so three of them are all of them.
    if (fields != 3) wrong(in_quotes(e.name) + ": needs dtype, shape and data_offsets");
    return e;
  }

  template <class Member>
  void object(Member&& member) {
    std::set<std::string> keys;
    expect('{');
    if (take('}')) return;
    do {
      skip_blanks();
      std::string key = string();
      if (!keys.insert(key).second) wrong(in_quotes(key) + " comes twice");
      expect(':');
      member(std::move(key));
    } while (take(','));
    expect('}');
  }

  std::vector<int64_t> numbers(std::size_t most) {
    std::vector<int64_t> all;
    expect('[');
    if (take(']')) return all;
    do {
      if (all.size() == most) wrong(message("more than ", most, " numbers"));
      skip_blanks();
      all.push_back(number());
    } while (take(','));
    expect(']');
    return all;
  }

  // A whole number from 0 on, without a fraction, an exponent or zeros in front.
  int64_t number() {
    if (!is_digit()) wrong("expected a whole number from 0 on");
    int64_t value = 0;
    if (peek() == '0') {
      ++at_;
    } else {
      for (; is_digit(); ++at_)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, peek() - '0', &value))
          wrong("the number is too large");
    }
    return value;
  }

  std::string string() {
    std::string value;
    if (peek() != '"') wrong("expected \"");
    ++at_;
    while (peek() != '"') {
      if (at_ == text_.size()) wrong("the header ends inside a string");
      if (static_cast<unsigned char>(peek()) < ' ') wrong("a control character in a string");
      if (peek() == '\\') {
        ++at_;
        append_utf8(value, escaped());
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) wrong("not valid UTF-8");
      value += text_.substr(at_, length);
      at_ += length;
    }
    ++at_;
    return value;
  }

  // The character behind a backslash.
  uint32_t escaped() {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t letter = at_ < text_.size() ? kLetters.find(peek()) : kLetters.npos;
    if (letter != kLetters.npos) {
      ++at_;
      return static_cast<unsigned char>(kMeanings[letter]);
    }
    uint32_t c = code_unit();
    if (c < 0xd800 || c > 0xdfff) return c;
    if (c > 0xdbff || peek() != '\\') wrong("half of a surrogate pair");
    ++at_;
    const uint32_t low = code_unit();
    if (low < 0xdc00 || low > 0xdfff) wrong("half of a surrogate pair");
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
  }

  // "uXXXX"
  uint32_t code_unit() {
    if (peek() != 'u') wrong("an unknown escape in a string");
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      ++at_;
      const char c = peek();
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) wrong("an unknown escape in a string");
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    ++at_;
    return value;
  }

  // Past the end: 0, which fits nothing that the callers ask for.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool is_digit() const { return peek() >= '0' && peek() <= '9'; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) wrong(message("expected ", c));
  }
  [[noreturn]] void wrong(std::string_view what) const {
    fail<DataError>(path_, ": byte ", grouped(offset_ + static_cast<int64_t>(at_)), ": ", what);
  }

  std::string_view text_;
  std::string_view path_;
  int64_t offset_;
  std::size_t at_ = 0;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(
    std::string_view text, std::string_view path, int64_t offset) {
  return Parser(text, path, offset).header();
}

}  // namespace lively::detail

bool lively::is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = detail::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}
