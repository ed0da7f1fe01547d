#include "lively/nn/liveness/place.h"

namespace lively {
namespace {

using Question = bool (Module::*)(const Module& child) const;

// The modules on the way to a path, from the outside in, and the innermost asked of itself too.
template <class Visit>
void on_the_way(const Module& model, std::string_view path, const Visit& visit) {
  path = path.substr(0, path.find('#'));
  const Module* outer = &model;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const Module* inner = outer->child(path.substr(0, dot));
    if (!inner) return;  // a parameter's name
    visit(*outer, *inner);
    outer = inner;
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  }
  visit(*outer, *outer);
}

bool any(const Module& model, std::string_view path, Question holds) {
  bool found = false;
  on_the_way(model, path,
      [&](const Module& outer, const Module& inner) { found = found || (outer.*holds)(inner); });
  return found;
}

}  // namespace

bool is_bypassed(const Module& model, std::string_view path) {
  return any(model, path, &Module::bypasses);
}

bool is_carried(const Module& model, std::string_view path) {
  return any(model, path, &Module::carries);
}

// What stands before an outer module need not stand before each of its own, so the innermost
// decides, and its parent.
bool follows_sum(const Module& model, std::string_view path) {
  bool follows = false;
  on_the_way(model, path, [&](const Module& outer, const Module& inner) {
    follows = outer.sums_before(inner) || (&outer == &inner && follows);
  });
  return follows;
}

}  // namespace lively
