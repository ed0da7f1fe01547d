#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

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

std::string number(double value);  // tensor/spec.h

namespace detail {

inline std::string text(double v) { return number(v); }
inline std::string text(std::string_view s) { return std::string(s); }
inline std::string text(const char* s) { return s; }
inline std::string text(char c) { return std::string(1, c); }
template <class T>
requires std::is_integral_v<T> std::string text(T v) { return std::to_string(v); }

}  // namespace detail

// Joins its arguments into one message. Numbers, text, and any type with a
// `to_string()` of its own (Shape, Tensor) are accepted.
template <class... Args>
std::string message(const Args&... args) {
  std::string out;
  const auto add = [&out](const auto& a) {
    if constexpr (requires { a.to_string(); }) {
      out += a.to_string();
    } else {
      out += detail::text(a);
    }
  };
  (add(args), ...);
  return out;
}

// Throws E outside the hot path, so that a check costs its caller one branch.
template <class E, class... Args>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Args&... args) {
  throw E(message(args...));
}

}  // namespace lively
