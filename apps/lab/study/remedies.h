#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lively::lab {

// How much of a network a remedy changes, in the order of a figure's axis.
enum class Reach : uint8_t { nothing, training, loss, weights, activation, layers, connections };
std::string_view title(Reach reach);

// What is tried on a network that fails. A new one is one entry in remedies.cpp.
struct Remedy {
  std::string_view name;
  std::string_view title;  // for people, at most 23 places
  std::string_view flags;  // in place of the row's; a shortcut of them undoes --plain
  Reach reach = Reach::nothing;
  std::string_view only = {};  // the rows that it is tried on, "u1,u005"; empty: all
  bool quick = false;          // is it in the coarse form too?
  double times_rate = 1;       // the row's learning rate is multiplied by it,
  int times_epochs = 1;        // and its epochs by this
  std::string_view dose = {};  // the curve that it is a point of; empty: none
  double at = 0;               // its place on it
};

// The first is no remedy: the network as it is.
const std::vector<Remedy>& remedies();

}  // namespace lively::lab
