#pragma once

#include <string>
#include <utility>

namespace lively {

// Something with the name that it is saved under: "0.weight".
template <class T>
struct Named {
  std::string name;
  T value;
};

}  // namespace lively
