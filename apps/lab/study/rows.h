#pragma once

#include <string_view>
#include <vector>

#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// A network that fails. A new one is one entry in rows.cpp.
struct Row {
  std::string_view name;   // of --only
  std::string_view title;  // for people
  // pictures, digits (MNIST where it is given, else pictures), colours (CIFAR-10 where it is given,
  // else pictures), circles
  std::string_view data;
  std::string_view flags;  // of its program
  std::string_view why;    // what it stands for, and whence it comes
  bool quick = false;      // is it in the coarse form too?
  std::string_view remedies =
      {};                  // those that are tried on it; empty: all that are not for other rows
  int seeds = 0;           // of each cell at least, where runs are cheap
  int seeds_as_it_is = 0;  // of the network without a remedy at least
  bool orders = false;  // one initialisation, of seed 1, and a seed for each order of the samples
  Architecture architecture = Architecture::mlp;  // of mnist_mlp, or mnist_resnet
};

const std::vector<Row>& rows();

}  // namespace lively::lab
