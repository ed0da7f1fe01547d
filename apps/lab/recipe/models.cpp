#include "apps/lab/recipe/models.h"

#include <algorithm>

#include "lively/data/class_names.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/resnet.h"

namespace lively::lab {

Task task_of(const DataSplits& data) {
  Task task{data.train.sample_shape(), data.train.classes(), data.form.classes, data.form};
  if (task.names.empty()) task.names = class_names(data.name, task.classes);
  task.form.classes = task.names;
  return task;
}

bool is_plane(const Dataset& set) { return set.sample_shape().numel() == 2; }

bool is_table(const DataSplits& data) {
  const Shape sample = data.train.sample_shape();
  return is_plane(data.train) || (!data.form.pixels && sample[0] == 1 && sample[1] == 1);
}

void check_fits(const Settings& s, const DataSplits& data) {
  const bool resnet = s.architecture == Architecture::resnet;
  if (is_table(data) && (resnet || s.augment != "none"))
    fail<ValueError>("--data ", data.name,
        is_plane(data.train) ? ": are points in the plane; " : ": are numbers; ",
        s.augment != "none" ? "--augment needs pictures"
                            : "a ResNet needs pictures (mnist_mlp takes points and tables)");
  // Twice halved, one place would be left, and in a batch of one sample nothing to normalise by.
  constexpr int64_t kLeast = 5;
  const Shape sample = data.train.sample_shape();
  if (resnet && std::max(sample[1], sample[2]) < kLeast)
    fail<ValueError>("--data ", data.name, ": has pictures of ", sample[1], " x ", sample[2],
        "; a ResNet halves them twice, and needs ", kLeast, " x ", kLeast,
        " or more (--resize 8x8)");
}

std::unique_ptr<Module> build_model(const Settings& s, const Task& task) {
  std::unique_ptr<Module> model;
  if (s.architecture == Architecture::resnet) {
    const Shortcut shortcut = s.plain             ? Shortcut::none
                              : s.shortcut == "b" ? Shortcut::b
                                                  : Shortcut::a;
    model = resnet({.depth = s.depth,
        .in_channels = task.sample[0],
        .width = s.width,
        .classes = task.classes,
        .shortcut = shortcut,
        .activation = s.activation});
  } else {
    MlpShape shape;
    shape.inputs = task.sample.numel();
    shape.depth = s.depth;
    shape.width = s.width;
    shape.classes = task.classes;
    shape.activation = s.activation;
    shape.dropout = s.dropout;
    shape.norm = s.norm == "batch"         ? Norm::batch
                 : s.norm == "batch_after" ? Norm::batch_after
                                           : Norm::none;
    if (!s.residual.empty()) shape.residual = ResidualForm::parse(s.residual);
    model = mlp(shape, Seed{s.seed});
  }
  initialize(*model, Initializer::parse(s.init), Seed{s.seed}, Initializer::parse(s.bias_init));
  return model;
}

std::unique_ptr<Optimizer> build_optimizer(const Settings& s, std::vector<Variable> parameters) {
  return make_optimizer(s.optimizer, std::move(parameters),
      {.lr = s.lr,
          .momentum = s.momentum,
          .nesterov = s.nesterov,
          .weight_decay = s.weight_decay,
          .eps = s.eps > 0 ? std::optional(s.eps) : std::nullopt});
}

std::unique_ptr<Optimizer> build_optimizer(const Settings& s, const Module& model) {
  return build_optimizer(s, model.parameters());
}

std::string network_text(const Settings& s, const Task& task) {
  if (s.architecture == Architecture::resnet)
    return message(s.plain ? "plain-" : "ResNet-", s.depth, ", ", s.width, " – ", 2 * s.width,
        " – ", 4 * s.width, " channels, ", s.activation, s.plain ? "" : ", shortcut " + s.shortcut);
  std::string text = message(
      task.sample.numel(), " – ", s.depth, " × ", s.width, " – ", task.classes, ", ", s.activation);
  if (s.norm != "none") text += ", norm " + s.norm;
  if (!s.residual.empty()) text += ", residual " + s.residual;
  if (s.dropout > 0) text += message(", dropout ", s.dropout);
  return text;
}

}  // namespace lively::lab
