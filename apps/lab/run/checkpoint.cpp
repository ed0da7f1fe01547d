#include "apps/lab/run/checkpoint.h"

#include "apps/lab/recipe/saved_model.h"

namespace lively::lab {
namespace {

// How often each module with a stream of its own has drawn.
void keep_draws(Archive& a, Module& model) {
  for (auto& [name, draws] : model.named_draws()) a("draws." + name, *draws);
}

void add_weights(Safetensors& file, const std::string& prefix, const Module& model) {
  for (const auto& [name, tensor] : model.state_dict())
    file.tensors.insert_or_assign(prefix + name, tensor);
}

Safetensors checkpoint_file(const std::string& path) {
  Safetensors file = read_safetensors(path);
  if (!file.tensors.contains("position.epochs"))
    fail<DataError>(path, ": has no position: is it a checkpoint?");
  return file;
}

void put_weights(const Safetensors& file, const std::string& path, Module& model) {
  StateDict state;
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with("model.")) state.push_back({name.substr(6), tensor});
  try {
    model.load_state_dict(state);
  } catch (const Error& e) {
    fail<DataError>(path, ": ", e.what());
  }
}

void check_position(Archive& a, const Training& t, const std::string& path) {
  const Position& p = t.position;
  a.check("position", p.epochs >= 0 && p.batch >= 0 && p.steps >= 0 && p.right >= 0 && p.seen >= 0,
      "needs numbers of at least 0");
  if (p.batch > t.loader.batches())
    fail<DataError>(
        path, ": stands at batch ", p.batch + 1, "; an epoch of this set has ", t.loader.batches());
}

void keep_run(Archive& a, Training& t, const std::function<void(Archive&)>& instruments) {
  keep_draws(a, t.model);
  a("position", t.position), a("optimizer", t.optimizer);
  instruments(a);
}

}  // namespace

void save_weights(const Training& t, const std::string& path) {
  Safetensors weights;
  put_settings(weights, t.recipe, task_of(t.data));
  add_weights(weights, "", t.model);
  write_safetensors(path, weights);
}

void save_run(Training& t, const std::function<void(Archive&)>& instruments) {
  Safetensors all;
  put_settings(all, t.recipe, task_of(t.data));
  add_weights(all, "model.", t.model);
  Archive a(all);
  keep_run(a, t, instruments);
  write_safetensors(checkpoint_beside(t.recipe.save), all);
  save_weights(t, t.recipe.save);
}

void load_run(Training& t, const std::function<void(Archive&)>& instruments) {
  const std::string& path = t.recipe.resume;
  const Safetensors file = checkpoint_file(path);
  put_weights(file, path, t.model);
  Archive a(file, path);
  keep_run(a, t, instruments);
  check_position(a, t, path);
}

void load_network(Training& t) {
  const std::string& path = t.recipe.resume;
  const Safetensors file = checkpoint_file(path);
  put_weights(file, path, t.model);
  Archive a(file, path);
  keep_draws(a, t.model);
  a("position", t.position);
  check_position(a, t, path);
  const Settings before = settings_of_checkpoint(path, t.recipe.architecture);
  if (before.optimizer == t.recipe.optimizer && (before.momentum > 0) == (t.recipe.momentum > 0))
    a("optimizer", t.optimizer);
}

Position position_of(const std::string& path) {
  const Safetensors file = checkpoint_file(path);
  Archive a(file, path);
  Position p;
  a("position", p);
  return p;
}

}  // namespace lively::lab
