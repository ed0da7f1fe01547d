#include "apps/lab/run/run_config.h"

#include <algorithm>

#include "lively/tensor/gemm.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

RunConfig config_of(const Training& t) {
  const Settings& s = t.recipe;
  Module& model = t.model;
  RunConfig c;
  c.command = command_of(s);
  c.data_name = t.data.name;
  c.data_source = t.data.source;
  c.data_found = t.data.found;
  c.pictures = !is_table(t.data);
  c.class_names = task_of(t.data).names;
  c.train_samples = t.data.train.size();
  c.test_samples = t.data.test.size();
  c.box = data_box(t.data.train);
  c.model = model.describe();
  c.network = network_text(s, task_of(t.data));
  c.parameters = model.parameter_count();
  for (const LayerAudit& a : audit(model, Initializer::parse(s.init)))
    c.layers.push_back(
        {a.name, a.weight.to_string(), a.law, Initializer::parse(s.init).bounds(a.weight),
            a.target_variance, a.measured_variance, a.gain});
  c.titles = Titles(model);
  c.threads = s.threads > 0 ? std::min(s.threads, threads()) : threads();
  if (t.team) {
    c.ranks = t.team->size();
    for (const auto& [name, module] : model.named_modules())
      if (module->as_norm()) c.norm_over = s.norm_over;
  }
  c.blas = blas_name();
  c.steps_per_epoch = t.loader.batches();
  c.epochs = s.epochs;
  return c;
}

}  // namespace lively::lab
