#include "lively/nn/module.h"

#include "lively/autograd/observe.h"

#include <set>

namespace lively {

Variable Module::operator()(const Variable& x) {
  const ModuleScope scope(name_);
  Variable y = forward(x);
  for (const Hook& hook : hooks_) hook.call(*this, x, y);
  return y;
}

uint64_t Module::register_forward_hook(ForwardHook hook) {
  hooks_.push_back({++hooks_made_, std::move(hook)});
  return hooks_made_;
}

void Module::remove_forward_hook(uint64_t key) {
  std::erase_if(hooks_, [key](const Hook& hook) { return hook.key == key; });
}

template <class Visit>
void Module::walk(const std::string& prefix, const Visit& visit) const {
  visit(prefix, *this);
  for (const auto& [name, child] : children_)
    child->walk(prefix.empty() ? name : prefix + "." + name, visit);
}

namespace {

template <class T>
void collect(
    const std::string& prefix, const std::vector<Named<T>>& from, std::vector<Named<T>>& to) {
  for (const auto& [name, value] : from)
    to.push_back({prefix.empty() ? name : prefix + "." + name, value});
}

// What is registered in two places counts once, under its first name: an optimizer must not
// step twice.
template <class T, class Key>
void drop_repeats(std::vector<Named<T>>& all, const Key& key) {
  std::set<const void*> seen;
  std::erase_if(all, [&](const Named<T>& entry) { return !seen.insert(key(entry.value)).second; });
}

}  // namespace

std::vector<Named<Variable>> Module::named_parameters() const {
  std::vector<Named<Variable>> all;
  walk(
      "", [&](const std::string& prefix, const Module& m) { collect(prefix, m.parameters_, all); });
  drop_repeats(all, [](const Variable& p) { return p.node(); });
  return all;
}

std::vector<Variable> Module::parameters() const {
  std::vector<Variable> all;
  for (auto& [name, parameter] : named_parameters()) all.push_back(parameter);
  return all;
}

std::vector<Named<Tensor>> Module::named_buffers() const {
  std::vector<Named<Tensor>> all;
  walk("", [&](const std::string& prefix, const Module& m) { collect(prefix, m.buffers_, all); });
  drop_repeats(all, [](const Tensor& t) { return t.bytes(); });
  return all;
}

std::vector<Named<Module*>> Module::named_modules() {
  std::vector<Named<Module*>> all;
  walk("", [&](const std::string& prefix, const Module& m) {
    all.push_back({prefix, const_cast<Module*>(&m)});
  });
  drop_repeats(all, [](const Module* m) { return m; });
  return all;
}

std::vector<Named<uint64_t*>> Module::named_draws() {
  std::vector<Named<uint64_t*>> all;
  for (const auto& [name, module] : named_modules())
    if (uint64_t* draws = module->draws()) all.push_back({name, draws});
  return all;
}

const Module* Module::child(std::string_view name) const {
  for (const auto& [known, child] : children_)
    if (known == name) return child;
  return nullptr;
}

int64_t Module::parameter_count() const {
  int64_t n = 0;
  for (const Variable& p : parameters()) n += p.numel();
  return n;
}

void Module::train(bool on) {
  training_ = on;
  for (auto& [name, child] : children_) child->train(on);
}

void Module::zero_grad() {
  for (Variable& p : parameters()) p.zero_grad();
}

StateDict Module::state_dict() const {
  StateDict state;
  walk("", [&](const std::string& prefix, const Module& m) {
    for (const auto& [name, parameter] : m.parameters_)
      collect<Tensor>(prefix, {{name, parameter.data()}}, state);
    collect(prefix, m.buffers_, state);
  });
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  StateDict own = state_dict();
  const auto find = [](const StateDict& in, const std::string& name) -> const Tensor* {
    for (const auto& [key, tensor] : in)
      if (key == name) return &tensor;
    return nullptr;
  };
  for (const auto& [name, tensor] : state)
    if (!find(own, name)) fail<ValueError>("load_state_dict: ", name, ": unknown to this module");
  for (const auto& [name, tensor] : own) {
    const Tensor* from = find(state, name);
    if (!from) fail<ValueError>("load_state_dict: ", name, ": missing");
    if (from->shape() != tensor.shape())
      fail<ShapeError>("load_state_dict: ", name, ": ", from->shape(), " for ", tensor.shape());
    if (from->dtype() != tensor.dtype())
      fail<DtypeError>("load_state_dict: ", name, ": ", lively::name(from->dtype()), " for ",
          lively::name(tensor.dtype()));
  }
  for (auto& [name, tensor] : own) tensor.copy_from(*find(state, name));
}

void Module::check_name(const std::string& name) const {
  if (name.empty() || name.find('.') != std::string::npos)
    fail<ValueError>("module: name \"", name, "\": needs one without dots");
  const auto taken = [&](const auto& list) {
    for (const auto& entry : list)
      if (entry.name == name) return true;
    return false;
  };
  if (taken(parameters_) || taken(buffers_) || taken(children_))
    fail<ValueError>("module: name \"", name, "\": is taken");
}

void Module::register_parameter(const std::string& name, const Variable& parameter) {
  check_name(name);
  if (!parameter.is_leaf() || !parameter.requires_grad())
    fail<ValueError>("module: ", name, ": a parameter is a leaf that wants a gradient");
  parameters_.push_back({name, parameter});
}

void Module::register_buffer(const std::string& name, const Tensor& buffer) {
  check_name(name);
  buffers_.push_back({name, buffer});
}

void Module::register_module(const std::string& name, Module& child, std::string title) {
  check_name(name);
  child.name_ = name;
  child.title_ = std::move(title);
  children_.push_back({name, &child});
}

}  // namespace lively
