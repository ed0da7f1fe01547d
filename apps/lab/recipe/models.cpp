#include "apps/lab/recipe/models.h"

#include <algorithm>
#include <array>

#include "lively/data/background.h"
#include "lively/data/class_names.h"
#include "lively/nn/conv.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/pool.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/shaping.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr std::array<int64_t, 2> kFrontChannels{16, 36};

// What --front puts before an MLP: the convolutions of the note's network, [N, C, H, W] ->
// [N, 36, H/4, W/4].
std::unique_ptr<Sequential> front(const Settings& s, const Shape& sample) {
  auto net = std::make_unique<Sequential>();
  int64_t in = sample[0];
  for (const int64_t out : kFrontChannels) {
    const std::string title = message("convolution ", in == sample[0] ? 1 : 2, " of 2");
    net->add(std::make_unique<Conv2d>(in, out, 3, ConvOptions{.padding = 1}), title);
    net->add(make_activation(s.activation), title);
    net->add<MaxPool2d>(PoolOptions{.kernel = 2, .stride = 2});
    in = out;
  }
  // A place of its own among the dropouts of the network.
  if (const double p = front_dropout(s.front); p > 0)
    net->add<Dropout>(p, Seed{s.seed}, static_cast<uint32_t>(s.depth));
  return net;
}

MlpShape mlp_shape(const Settings& s, const Task& task) {
  MlpShape shape;
  shape.inputs = inputs_of(s, task.sample);
  shape.depth = s.depth;
  shape.width = s.width;
  shape.classes = task.classes;
  shape.activation = s.activation;
  shape.dropout = s.dropout;
  shape.norm = s.norm == "batch"         ? Norm::batch
               : s.norm == "batch_after" ? Norm::batch_after
                                         : Norm::none;
  if (!s.residual.empty()) shape.residual = ResidualForm::parse(s.residual);
  return shape;
}

}  // namespace

double front_dropout(const std::string& front) {
  const Spec spec = parse_spec(front);
  const double p = spec.numbers.empty() ? 0 : spec.numbers[0];
  if (spec.name != "conv" || spec.numbers.size() > 1 || !(p >= 0 && p < 1))
    fail<ValueError>(front, ": must be conv, or conv:P with a dropout P from 0 to below 1");
  return p;
}

int64_t inputs_of(const Settings& s, const Shape& sample) {
  if (s.front.empty()) return sample.numel();
  return kFrontChannels.back() * (sample[1] / 2 / 2) * (sample[2] / 2 / 2);
}

Task task_of(const DataSplits& data) {
  Task task{data.train.sample_shape(), data.train.classes(), data.form.classes, data.form};
  if (task.names.empty()) task.names = class_names(data.name, task.classes);
  task.form.classes = task.names;
  task.light = light_backgrounds(data.train);
  return task;
}

bool is_plane(const Dataset& set) { return set.sample_shape().numel() == 2; }

bool is_table(const DataSplits& data) {
  const Shape sample = data.train.sample_shape();
  return is_plane(data.train) || (!data.form.pixels && sample[0] == 1 && sample[1] == 1);
}

void check_fits(const Settings& s, const DataSplits& data) {
  const bool resnet = s.architecture == Architecture::resnet;
  const char* needs = s.augment != "none" ? "--augment needs pictures"
                      : !s.front.empty()  ? "--front needs pictures"
                      : resnet ? "a ResNet needs pictures (mnist_mlp takes points and tables)"
                               : nullptr;
  if (is_table(data) && needs)
    fail<ValueError>("--data ", data.name,
        is_plane(data.train) ? ": are points in the plane; " : ": are numbers; ", needs);
  const Shape sample = data.train.sample_shape();
  if (!s.front.empty() && (sample[1] < 4 || sample[2] < 4))
    fail<ValueError>(
        "--front ", s.front, ": pictures of ", sample[1], "x", sample[2], ": needs at least 4x4");
  // Twice halved, one place would be left, and in a batch of one sample nothing to normalise by.
  constexpr int64_t kLeast = 5;
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
        .activation = s.activation,
        .form = s.plain ? ResidualForm{} : ResidualForm::parse(s.residual),
        .norm = s.norm != "none"});
  } else {
    auto hidden = mlp(mlp_shape(s, task), Seed{s.seed});
    if (s.front.empty()) {
      model = std::move(hidden);
    } else {
      auto both = std::make_unique<Sequential>();
      both->add(front(s, task.sample));
      both->add(std::move(hidden));
      model = std::move(both);
    }
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
        " – ", 4 * s.width, " channels, ", s.activation, s.plain ? "" : ", shortcut " + s.shortcut,
        s.plain || s.residual == "add" ? "" : ", residual " + s.residual,
        s.norm == "none" ? ", no norm" : "");
  std::string text = message(task.sample.numel(), " – ",
      s.front.empty() ? "" : message("conv 16 – conv 36 – ", inputs_of(s, task.sample), " – "),
      s.depth, " × ", s.width, " – ", task.classes, ", ", s.activation);
  if (s.norm != "none") text += ", norm " + s.norm;
  if (!s.residual.empty()) text += ", residual " + s.residual;
  if (s.dropout > 0) text += message(", dropout ", s.dropout);
  return text;
}

}  // namespace lively::lab
