#include "lively/tensor/error.h"

#include "lively/tensor/spec.h"

namespace lively::detail {

void Piece::add_to(std::string& text) const {
  switch (kind_) {
    case Kind::real:
      text += number(real_);
      break;
    case Kind::whole:
      text += std::to_string(whole_);
      break;
    case Kind::natural:
      text += std::to_string(static_cast<uint64_t>(whole_));
      break;
    case Kind::text:
      text += text_;
      break;
    case Kind::other:
      text += to_string_(other_);
      break;
  }
}

std::string join(std::initializer_list<Piece> pieces) {
  std::string text;
  for (const Piece& piece : pieces) piece.add_to(text);
  return text;
}

}  // namespace lively::detail
