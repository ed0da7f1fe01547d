#include "lively/nn/liveness/titles.h"

#include <algorithm>

#include "lively/nn/liveness/place.h"
#include "lively/tensor/error.h"

namespace lively {
namespace {

// The titles on the way to a path, "stage 2, block 1, second relu".
std::string registered(const Module& model, std::string_view path) {
  std::string text;
  const Module* at = &model;
  for (path = path.substr(0, path.find('#')); !path.empty();) {
    const auto dot = path.find('.');
    at = at->child(path.substr(0, dot));
    if (!at) break;
    if (!at->title().empty()) text += (text.empty() ? "" : ", ") + at->title();
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  }
  return text;
}

}  // namespace

struct Titles::Layer {
  std::string path, kind, title;
};

Titles::Titles(Module& model) {
  std::vector<Layer> rectifiers;
  for (const auto& [path, module] : model.named_modules())
    if (const auto op = module->activation(); !op.empty())
      rectifiers.push_back({path, std::string(op), {}});
  name(model, rectifiers);
}

Titles::Titles(Module& model, const Census& census) {
  std::vector<Layer> rectifiers;
  for (const LayerPulse& l : census.layers) rectifiers.push_back({l.name, l.op, {}});
  name(model, rectifiers);
}

void Titles::name(Module& model, const std::vector<Layer>& found) {
  std::vector<Layer> rectifiers = found, weighted;
  for (Layer& r : rectifiers) r.title = registered(model, r.path);
  for (const auto& [path, module] : model.named_modules()) {
    if (!module->as_weighted()) continue;
    const char* kind = is_carried(model, path) ? "shortcut" : "weighted layer";
    weighted.push_back({path, kind, registered(model, path)});
  }
  const auto is_plain = [](const Layer& l) { return l.title.empty() && l.kind != "shortcut"; };
  const auto hidden = std::ranges::count_if(rectifiers, is_plain);
  if (hidden > 0 && std::ranges::count_if(weighted, is_plain) == hidden + 1) {
    for (auto* layers : {&rectifiers, &weighted}) {
      int64_t i = 0;
      for (Layer& l : *layers)
        if (is_plain(l))
          l.title = ++i > hidden ? "output layer" : message("hidden layer ", i, " of ", hidden);
    }
  }
  // A module that calls a rectifier as a function goes by the rectifier's title.
  count(rectifiers);
  count(weighted);
  for (const auto& [path, module] : model.named_modules())
    if (const std::string title = registered(model, path); !title.empty() && !find(path))
      all_.push_back({path, title});
}

// Gives each of those that share a title, or have none, a number among its kind.
void Titles::count(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers) {
    int64_t place = 0, among = 0;
    for (const Layer& other : layers) {
      if (other.title != layer.title || other.kind != layer.kind) continue;
      ++among;
      if (&other <= &layer) ++place;
    }
    std::string title = layer.title;
    if (title.empty() || std::ranges::count(layers, title, &Layer::title) > 1)
      title += message(title.empty() ? "" : ", ", layer.kind, " ", place, " of ", among);
    if (!find(layer.path)) all_.push_back({layer.path, title});
  }
}

const std::string* Titles::find(const std::string& path) const {
  const auto found = std::ranges::find(all_, path, &Named<std::string>::name);
  return found == all_.end() ? nullptr : &found->value;
}

std::string Titles::of(const std::string& path) const {
  if (const std::string* title = find(path)) return *title;
  const auto dot = path.rfind('.');
  if (dot != path.npos)
    if (const std::string* title = find(path.substr(0, dot)))
      return *title + ", " + path.substr(dot + 1);
  return "layer " + path;
}

std::string Titles::of(const std::string& path, int64_t units) const {
  return message(of(path), " (", units, units == 1 ? " unit)" : " units)");
}

}  // namespace lively
