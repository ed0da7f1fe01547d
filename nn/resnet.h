#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lively/nn/conv.h"
#include "lively/nn/norm.h"
#include "lively/nn/residual.h"
#include "lively/nn/sequential.h"

namespace lively {

// How a block's input gets to its end where sizes differ (He et al. 2016): `a` takes every second
// pixel and fills the new channels with zeros, without parameters; `b` is a 1x1 convolution with
// batch norm, if the network has it. `none`: no shortcut anywhere, the plain network of the same
// depth.
enum class Shortcut : uint8_t { a, b, none };

struct ResnetShape {
  int depth = 20;  // 6 n + 2: 8, 14, 20, 32 …
  int64_t in_channels = 1;
  int64_t width = 16;  // channels of the first stage, then twice and four times as many
  int64_t classes = 10;
  Shortcut shortcut = Shortcut::a;
  std::string activation = "relu";  // see make_activation
  ResidualForm form = {};           // of the blocks' sums; He et al.: f(x) + x, then relu
  bool norm = true;                 // after each convolution; without it convolutions have biases
};

// act(bn2(conv2(act(bn1(conv1(x))))) + shortcut(x)), or as shape.form says: - shortcut(x), or the
// activation of the branch alone. A relu is taken in one pass with what comes before it. Rectifiers
// report as "act1" and "act2".
class ResidualBlock final : public Module {
 public:
  // Of the shape, all but its depth and its first and last sizes.
  ResidualBlock(int64_t in, int64_t out, int64_t stride, const ResnetShape& shape);
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  bool bypasses(const Module& child) const override {
    return shortcut_ != Shortcut::none &&
           (&child == act1_.get() || (&child == act2_.get() && activates_branch()));
  }
  bool sums_before(const Module& child) const override {
    return shortcut_ != Shortcut::none && &child == act2_.get() && !activates_branch();
  }
  bool carries(const Module& child) const override { return &child == downsample_.get(); }

 private:
  Variable carried(const Variable& x);  // the input as the end of the block needs it
  bool activates_branch() const { return form_.activate == ResidualForm::Activate::pre; }

  Shortcut shortcut_;
  ResidualForm form_;
  int64_t in_, out_, stride_;
  Conv2d conv1_, conv2_;
  std::optional<BatchNorm2d> bn1_, bn2_;
  std::unique_ptr<Module> act1_, act2_;
  std::unique_ptr<Sequential> downsample_;
};

// The ResNet of He et al. (2016) for small pictures, [N, C, H, W] -> [N, classes]: a 3x3
// convolution, three stages of n blocks with strides 1, 2, 2, global average, Linear. Keys are
// torchvision's: conv1.weight, bn1.*, layer1.0.conv1.weight …, layer2.0.downsample.0.weight,
// fc.weight.
class Resnet final : public Module {
 public:
  // Throws ValueError if a size does not fit.
  explicit Resnet(const ResnetShape& shape);
  Variable forward(const Variable& x) override;
  std::string describe() const override;

 private:
  ResnetShape shape_;
  Conv2d conv1_;
  std::optional<BatchNorm2d> bn1_;
  std::unique_ptr<Module> act_;
  Sequential layer1_, layer2_, layer3_;
  Linear fc_;
};

std::unique_ptr<Module> resnet(const ResnetShape& shape);

}  // namespace lively
