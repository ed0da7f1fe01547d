#include "apps/lab/run/run_config.h"

#include "lively/tensor/gemm.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

RunConfig config_of(const Settings& s, Module& model, const DataSplits& data,
    const std::string& source, int64_t steps_per_epoch) {
  RunConfig c;
  c.command = command_of(s);
  c.data_name = data.name;
  c.data_source = source;
  c.train_samples = data.train.size();
  c.test_samples = data.test.size();
  c.box = data_box(data.train);
  c.model = model.describe();
  c.network = network_text(s, task_of(data));
  c.parameters = model.parameter_count();
  for (const LayerAudit& a : audit(model, Initializer::parse(s.init)))
    c.layers.push_back(
        {a.name, a.weight.to_string(), a.law, Initializer::parse(s.init).bounds(a.weight),
            a.target_variance, a.measured_variance, a.gain});
  c.titles = Titles(model);
  c.threads = threads();
  c.blas = blas_name();
  c.steps_per_epoch = steps_per_epoch;
  c.epochs = s.epochs;
  return c;
}

}  // namespace lively::lab
