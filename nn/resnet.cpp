#include "lively/nn/resnet.h"

#include "lively/autograd/observe.h"
#include "lively/nn/rectifier.h"

namespace lively {
namespace {

using OptionalNorm = std::optional<BatchNorm2d>;

// May these be one op? Not where a hook waits for what comes between them.
bool joins(const Module& before, const Module& activation) {
  return activation.activation() == "relu" && !before.has_forward_hooks() &&
         !activation.has_forward_hooks();
}

Variable normed(OptionalNorm& norm, const Variable& x) { return norm ? (*norm)(x) : x; }

Variable activated(OptionalNorm& norm, Module& activation, const Variable& x) {
  if (!norm || !joins(*norm, activation)) return activation(normed(norm, x));
  const ModuleScope scope(activation.name());
  return norm->forward_relu(x);
}

Variable activated_sum(Module& activation, const Variable& x, const Variable& y) {
  if (!joins(activation, activation)) return activation(x + y);
  const ModuleScope scope(activation.name());
  return add_relu(x, y);
}

ConvOptions around(int64_t stride) { return {.stride = stride, .padding = 1}; }

// A norm takes the mean off, and has a bias of its own.
Bias bias_beside(bool norm) { return norm ? Bias::none : Bias::learnt; }

}  // namespace

ResidualBlock::ResidualBlock(int64_t in, int64_t out, int64_t stride, const ResnetShape& shape)
    : shortcut_(shape.shortcut),
      form_(shape.form),
      in_(in),
      out_(out),
      stride_(stride),
      conv1_(in, out, 3, around(stride), bias_beside(shape.norm)),
      conv2_(out, out, 3, around(1), bias_beside(shape.norm)),
      act1_(make_activation(shape.activation)),
      act2_(make_activation(shape.activation)) {
  if (shape.norm) bn1_.emplace(out), bn2_.emplace(out);
  const auto title = [&](const char* which) { return message(which, " ", act1_->activation()); };
  register_module("conv1", conv1_, "first convolution");
  if (bn1_) register_module("bn1", *bn1_, "first norm");
  register_module("act1", *act1_, title("first"));
  register_module("conv2", conv2_, "second convolution");
  if (bn2_) register_module("bn2", *bn2_, "second norm");
  if (shortcut_ == Shortcut::b && (stride != 1 || in != out)) {
    downsample_ = std::make_unique<Sequential>();
    downsample_->add<Conv2d>(in, out, 1, ConvOptions{.stride = stride}, bias_beside(shape.norm));
    if (shape.norm) downsample_->add(std::make_unique<BatchNorm2d>(out), "norm");
    register_module("downsample", *downsample_, "shortcut");
  }
  register_module("act2", *act2_, title("second"));
}

Variable ResidualBlock::carried(const Variable& x) {
  if (downsample_) return (*downsample_)(x);
  Variable y = x;
  for (const int axis : {2, 3})
    if (stride_ != 1) y = slice(y, axis, 0, x.size(axis), stride_);
  const int64_t before = (out_ - in_) / 2;
  return out_ == in_ ? y : pad(y, {{1, before, out_ - in_ - before}});
}

Variable ResidualBlock::forward(const Variable& x) {
  const Variable y = conv2_(activated(bn1_, *act1_, conv1_(x)));
  if (shortcut_ == Shortcut::none) return activated(bn2_, *act2_, y);
  const bool adds = form_.sum == ResidualForm::Sum::add;
  if (activates_branch()) {
    const Variable f = activated(bn2_, *act2_, y);
    return adds ? f + carried(x) : f - carried(x);
  }
  const Variable f = normed(bn2_, y);
  return adds ? activated_sum(*act2_, f, carried(x)) : (*act2_)(f - carried(x));
}

std::string ResidualBlock::describe() const {
  const char* carried = shortcut_ == Shortcut::a   ? "shortcut a"
                        : shortcut_ == Shortcut::b ? "shortcut b"
                                                   : "no shortcut";
  return message("ResidualBlock(", in_, ", ", out_,
      stride_ == 1 ? "" : message(", stride ", stride_), ", ", carried,
      shortcut_ != Shortcut::none && form_.sum == ResidualForm::Sum::subtract ? ", subtracted" : "",
      shortcut_ != Shortcut::none && activates_branch() ? ", after the activation" : "",
      bn1_ ? "" : ", no norm", ")");
}

Resnet::Resnet(const ResnetShape& shape)
    : shape_(shape),
      conv1_(shape.in_channels, shape.width, 3, around(1), bias_beside(shape.norm)),
      act_(make_activation(shape.activation)),
      fc_(4 * shape.width, shape.classes) {
  if (shape.depth < 8 || (shape.depth - 2) % 6)
    fail<ValueError>("resnet: depth ", shape.depth, ": must be 6 n + 2: 8, 14, 20, 26, 32 ...");
  if (shape.norm) bn1_.emplace(shape.width);
  register_module("conv1", conv1_, "the first layer");
  if (bn1_) register_module("bn1", *bn1_, "the first layer, norm");
  register_module("act", *act_, "the first layer");
  int64_t in = shape.width;
  int stage = 0;
  for (Sequential* layer : {&layer1_, &layer2_, &layer3_}) {
    const int64_t out = shape.width << stage;
    for (int block = 0; block < (shape.depth - 2) / 6; ++block) {
      layer->add(std::make_unique<ResidualBlock>(in, out, block == 0 && stage > 0 ? 2 : 1, shape),
          message("block ", block + 1));
      in = out;
    }
    ++stage;
    register_module(message("layer", stage), *layer, message("stage ", stage));
  }
  register_module("fc", fc_, "output layer");
}

Variable Resnet::forward(const Variable& x) {
  Variable y = activated(bn1_, *act_, conv1_(x));
  for (Sequential* layer : {&layer1_, &layer2_, &layer3_}) y = (*layer)(y);
  return fc_(flatten(adaptive_avg_pool2d(y, 1)));
}

std::string Resnet::describe() const {
  const char* kind = shape_.shortcut == Shortcut::none ? "plain-"
                     : shape_.shortcut == Shortcut::a  ? "ResNet-a-"
                                                       : "ResNet-b-";
  return message(kind, shape_.depth, "(", shape_.in_channels, ", ", shape_.width, ", ",
      shape_.classes, shape_.norm ? ")" : ", no norm)");
}

std::unique_ptr<Module> resnet(const ResnetShape& shape) { return std::make_unique<Resnet>(shape); }

}  // namespace lively
