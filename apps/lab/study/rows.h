#pragma once

#include <string_view>
#include <vector>

namespace lively::lab {

// A network that fails. A new one is one entry in rows.cpp.
struct Row {
  std::string_view name;   // of --only
  std::string_view title;  // for people
  std::string_view data;   // pictures, digits (MNIST where there is one, else pictures), circles
  std::string_view flags;  // of mnist_mlp
  std::string_view why;    // what it stands for, and whence it comes
  bool quick = false;      // is it in the coarse form too?
  int seeds_as_it_is = 0;  // of the network without a remedy; 0: as many as the others get
};

const std::vector<Row>& rows();

}  // namespace lively::lab
