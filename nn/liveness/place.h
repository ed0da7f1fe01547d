#pragma once

#include <string_view>

#include "lively/nn/module.h"

namespace lively {

// Where a layer stands in its network, from what the modules on the way to it state. A path is a
// rectifier's as a census names it, "layer1.0.act1" or "1#2", a module's or a parameter's.

// Does a shortcut lead around it (Module::bypasses)?
bool is_bypassed(const Module& model, std::string_view path);

// Is its input the sum of a branch and a shortcut (Module::sums_before)?
bool follows_sum(const Module& model, std::string_view path);

// Does it lie on a shortcut (Module::carries)?
bool is_carried(const Module& model, std::string_view path);

}  // namespace lively
