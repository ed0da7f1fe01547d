#include "apps/lab/words/visible.h"

#include <cstddef>

namespace lively::lab {

std::string visible(const std::string& text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  const auto mark = [&](unsigned char c) { out += {'\\', 'x', kDigits[c / 16], kDigits[c % 16]}; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if ((c < 0x20 && c != '\n') || c == 0x7f) {
      mark(c);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F in UTF-8
      mark(next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace lively::lab
