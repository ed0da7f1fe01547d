#include "lively/nn/mlp.h"

#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/shaping.h"

namespace lively {

namespace {

// Linear, normalised if that is to be before the activation.
std::unique_ptr<Module> weighted(int64_t in, const MlpShape& shape) {
  auto linear = std::make_unique<Linear>(in, shape.width);
  if (shape.norm != Norm::batch) return linear;
  auto both = std::make_unique<Sequential>();
  both->add(std::move(linear));
  both->add(std::make_unique<BatchNorm1d>(shape.width), "norm");
  return both;
}

}  // namespace

std::unique_ptr<Sequential> mlp(const MlpShape& shape, Seed dropout_seed) {
  const auto at_least = [](const char* what, int64_t n, int64_t least) {
    if (n < least) fail<ValueError>("mlp: ", what, " ", n, ": must be at least ", least);
  };
  at_least("inputs", shape.inputs, 1);
  at_least("depth", shape.depth, 0);
  at_least("width", shape.width, 1);
  at_least("classes", shape.classes, 1);

  auto net = std::make_unique<Sequential>();
  net->add<Flatten>();
  int64_t features = shape.inputs;
  for (int layer = 0; layer < shape.depth; ++layer) {
    const std::string title = message("hidden layer ", layer + 1, " of ", shape.depth);
    if (shape.residual && layer > 0) {
      net->add(std::make_unique<Residual>(
                   weighted(features, shape), make_activation(shape.activation), *shape.residual),
          title);
    } else {
      net->add(std::make_unique<Linear>(features, shape.width), title);
      if (shape.norm == Norm::batch)
        net->add(std::make_unique<BatchNorm1d>(shape.width), title + ", norm");
      net->add(make_activation(shape.activation), title);
    }
    if (shape.norm == Norm::batch_after)
      net->add(std::make_unique<BatchNorm1d>(shape.width), title + ", norm");
    if (shape.dropout != 0)
      net->add<Dropout>(shape.dropout, dropout_seed, static_cast<uint32_t>(layer));
    features = shape.width;
  }
  net->add(std::make_unique<Linear>(features, shape.classes), "output layer");
  return net;
}

}  // namespace lively
