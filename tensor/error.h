#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace lively {

// Every error that Lively throws. The message is one sentence for the caller:
// "op: [got] and [got]: what would have fitted". The library never prints and never exits.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ShapeError : public Error {
  using Error::Error;
};  // shapes or axes do not fit
class DtypeError : public Error {
  using Error::Error;
};  // element types do not fit
class ValueError : public Error {
  using Error::Error;
};  // an argument is out of range
class DataError : public Error {
  using Error::Error;
};  // a file is missing, cut short or corrupt
class StateError : public Error {
  using Error::Error;
};  // called at the wrong time

namespace detail {

// One argument of a message, not yet a text: so that what a check costs, in code and in the time to
// compile it, is the handing over of its arguments.
class Piece {
 public:
  Piece(double v) : kind_(Kind::real), real_(v) {}
  Piece(float v) : Piece(static_cast<double>(v)) {}
  Piece(std::string_view s) : kind_(Kind::text), text_(s) {}
  Piece(const std::string& s) : Piece(std::string_view(s)) {}
  Piece(const char* s) : Piece(std::string_view(s)) {}
  Piece(const char& c) : Piece(std::string_view(&c, 1)) {}
  template <class T>
  requires std::is_integral_v<T> Piece(T v)
      : kind_(std::is_signed_v<T> ? Kind::whole : Kind::natural), whole_(static_cast<int64_t>(v)) {}
  template <class T>
  requires requires(const T& v) { v.to_string(); }
  Piece(const T& v)
      : kind_(Kind::other), other_(&v), to_string_([](const void* p) {
          return std::string(static_cast<const T*>(p)->to_string());
        }) {}

  void add_to(std::string& text) const;

 private:
  enum class Kind : uint8_t { real, whole, natural, text, other };
  Kind kind_;
  union {
    double real_;
    int64_t whole_;
    std::string_view text_;
    const void* other_;  // outlives the message
  };
  std::string (*to_string_)(const void*) = nullptr;
};

[[gnu::cold]] std::string join(std::initializer_list<Piece> pieces);

}  // namespace detail

// Joins its arguments into one message. Numbers, text, and any type with a
// `to_string()` of its own (Shape, Tensor) are accepted.
template <class... Args>
std::string message(const Args&... args) {
  return detail::join({detail::Piece(args)...});
}

// Throws E outside the hot path, so that a check costs its caller one branch.
template <class E, class... Args>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Args&... args) {
  throw E(detail::join({detail::Piece(args)...}));
}

}  // namespace lively
