#pragma once

#include "lively/nn/liveness/life.h"

namespace lively::lab {

// What is asked of one unit's history. Templates, so that they read a history that keeps a record for each
// unit as well as one that keeps flags.

template <class Life = LifeHistory>
bool is_dead(const Life& life, std::size_t layer, std::size_t unit) {
  if constexpr (requires { life.unit(layer, 0).dead; }) return life.unit(layer, static_cast<int64_t>(unit)).dead;
  else return life.state().dead[layer][unit];
}

template <class Life = LifeHistory>
bool was_born_dead(const Life& life, std::size_t layer, std::size_t unit) {
  if constexpr (requires { life.unit(layer, 0).born_dead; }) return life.unit(layer, static_cast<int64_t>(unit)).born_dead;
  else return life.state().born[layer][unit];
}

// The sample that fired it last, as far as censuses tell; -1: unknown.
template <class Life = LifeHistory>
int64_t last_fired(const Life& life, std::size_t layer, std::size_t unit) {
  if constexpr (requires { life.unit(layer, 0).last_fired; }) return life.unit(layer, static_cast<int64_t>(unit)).last_fired;
  else return -1;
}

}  // namespace lively::lab
