#include "apps/lab/study/rows.h"

namespace lively::lab {
namespace {

constexpr bool kInQuick = true;
// What 34 layers of 128 in batches of 32 leave time for.
constexpr std::string_view kFew =
    "nothing,leaky_01,selu_lecun,he_uniform,he_normal,rai,batch_before,residual_add,residual_norm,"
    "rate_tenth,repair_dead";
constexpr std::string_view kOne = "nothing";
// SELU by depth and by optimizer, and what else goes with depth.
constexpr std::string_view kDepths =
    "nothing,leaky_01,selu,selu_lecun,selu_adam,selu_adamax,selu_adadelta,he_uniform,batch_before,"
    "residual_add";
constexpr std::string_view kDisturbed =
    "nothing,selu,selu_lecun,selu_adam,selu_adamax,selu_adadelta,batch_before,rate_hundredth,clip";
// What convolutions leave time for.
constexpr std::string_view kConvolved =
    "nothing,leaky_01,selu_lecun,he_uniform,rai,batch_before,residual_add";
constexpr std::string_view kShortcuts =
    "nothing,batch_before,residual_add,residual_subtract,residual_pre,residual_subtract_pre,"
    "residual_norm,residual_subtract_norm";

}  // namespace

// Pictures are the first 10,000 for training (--quick), and the whole test set, so that a cell is
// one command of mnist_mlp, or of mnist_resnet.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"u1", "5 x 128, U(-1, 1), SGD with momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-1,1",
          "The note's bounds: the signal grows 4.6-fold a layer, 11-fold in the first.", kInQuick},
      {"u1_small_rate", "5 x 128, U(-1, 1), SGD at a rate of 1e-4", "pictures",
          "--quick --epochs 3 --init random_uniform:-1,1 --lr 0.0001",
          "The same bounds at a rate at which the steps do not run away."},
      {"u1_adam", "5 x 128, U(-1, 1), Adam", "pictures",
          "--quick --epochs 3 --init random_uniform:-1,1 --optimizer adam --lr 0.001",
          "The same bounds under Adam, as the note's networks had it."},
      {"u1_clipped", "5 x 128, U(-1, 1), Adam, clipped loss", "pictures",
          "--quick --epochs 3 --init random_uniform:-1,1 --optimizer adam --lr 0.001 "
          "--loss clipped_cross_entropy",
          "The same under the loss of Keras up to 2.2.5, which has no gradient where it is wrong "
          "beyond 16.1 in log-odds.",
          kInQuick},
      {"u005", "5 x 128, U(-0.05, 0.05), SGD with momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-0.05,0.05",
          "The bounds of Keras's own random_uniform: the signal shrinks 4.3-fold a layer.",
          kInQuick},
      {"u005_plain", "5 x 128, U(-0.05, 0.05), SGD without momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-0.05,0.05 --momentum 0",
          "The same bounds without the momentum that wakes such a network in time."},
      {"rate_sgd", "5 x 128, he_uniform, SGD at a rate of 1", "pictures",
          "--quick --epochs 3 --lr 1", "A learning rate a hundred times too large.", kInQuick},
      {"rate_adam", "5 x 128, he_uniform, Adam at a rate of 0.1", "pictures",
          "--quick --epochs 3 --optimizer adam --lr 0.1",
          "A learning rate a hundred times too large, under Adam."},
      {"rate_clipped", "5 x 128, he_uniform, Adam at 0.1, clipped loss", "pictures",
          "--quick --epochs 3 --optimizer adam --lr 0.1 --loss clipped_cross_entropy",
          "The same under the clipped loss."},
      {"bias", "5 x 128, he_uniform, biases of -2", "pictures",
          "--quick --epochs 3 --bias-init constant:-2",
          "A large negative bias: most units are dead before the first step."},
      {"outliers", "5 x 128, he_uniform, 200 pictures 255 times as bright", "pictures",
          "--quick --epochs 3 --plant outliers:200",
          "Two in a hundred training pictures that nobody divided by 255."},
      {"narrow", "20 x 8, he_uniform, SGD with momentum", "pictures",
          "--quick --epochs 3 --depth 20 --width 8",
          "Deep and narrow: a whole layer may be dead as drawn.", kInQuick},
      {"collapse", "20 x 4, he_uniform, Adam, circles", "circles",
          "--data circles --epochs 50 --depth 20 --width 4 --optimizer adam --lr 0.001",
          "The width at which Lu et al. saw three networks of four collapse, most of them as "
          "drawn.",
          kInQuick, {}, 16},
      {"deep34", "34 x 128, glorot_uniform, Adam, batch 32, eps 1e-7", "digits",
          "--quick --epochs 2 --depth 34 --init glorot_uniform --optimizer adam --lr 0.001 "
          "--batch-size 32 --eps 1e-7",
          "AutoTrainer's example, from many initialisations, with Keras's eps; there 50 epochs of "
          "60,000 pictures, here 2 of 10,000.",
          false, kFew, 0, 12},
      {"deep34_torch", "34 x 128, glorot_uniform, Adam, batch 32, eps 1e-8", "digits",
          "--quick --epochs 2 --depth 34 --init glorot_uniform --optimizer adam --lr 0.001 "
          "--batch-size 32",
          "The same with PyTorch's eps.", false, kOne, 12},
      {"deep34_orders", "34 x 128 as drawn once, in many orders", "digits",
          "--quick --epochs 2 --depth 34 --init glorot_uniform --optimizer adam --lr 0.001 "
          "--batch-size 32 --eps 1e-7",
          "AutoTrainer trained one and the same initialisation 100 times; so here: seed 1, and an "
          "order of the samples for each run.",
          false, kOne, 12, 0, true},
      {"depth8", "8 x 128, U(-0.05, 0.05), SGD with momentum", "pictures",
          "--quick --epochs 3 --depth 8 --init random_uniform:-0.05,0.05",
          "SELU by depth: the signal shrinks 1e5-fold.", false, kDepths},
      {"depth16", "16 x 128, U(-0.05, 0.05), SGD with momentum", "pictures",
          "--quick --epochs 3 --depth 16 --init random_uniform:-0.05,0.05",
          "SELU by depth, 16 layers being those for which the note advises it.", false, kDepths},
      {"depth32", "32 x 128, U(-0.05, 0.05), SGD with momentum", "pictures",
          "--quick --epochs 3 --depth 32 --init random_uniform:-0.05,0.05",
          "SELU by depth: twice as deep.", false, kDepths},
      {"bright", "8 x 128, he_uniform, pixels from 0 to 255", "pictures",
          "--quick --epochs 3 --depth 8 --plant scaled_inputs:255",
          "Disturbed inputs: nobody divided them by 255, in either set.", false, kDisturbed},
      {"shifted", "8 x 128, he_uniform, pixels from 3 to 4", "pictures",
          "--quick --epochs 3 --depth 8 --plant scaled_inputs:1,3",
          "Disturbed inputs: a mean far beyond those that SELU's theorems speak of.", false,
          kDisturbed},
      {"conv11", "2 convolutions, 11 x 128, U(-0.05, 0.05), Adam, batch 256", "colours",
          "--quick --epochs 3 --front conv:0.25 --depth 11 --init random_uniform:-0.05,0.05 "
          "--optimizer adam --lr 0.001 --batch-size 256",
          "The note's convolutional network, on the first 10,000 pictures as there; there 30 "
          "epochs, and whether the convolutions were drawn so too is not known.",
          false, kConvolved},
      {"conv11_u1", "2 convolutions, 11 x 128, U(-1, 1), Adam, batch 256", "colours",
          "--quick --epochs 3 --front conv:0.25 --depth 11 --init random_uniform:-1,1 "
          "--optimizer adam --lr 0.001 --batch-size 256",
          "The same under the note's other bounds.", false, kConvolved},
      {"blocks", "plain-20 without norm, he_uniform, SGD at 0.01", "pictures",
          "--quick --epochs 1 --width 4 --plain --norm none --lr 0.01",
          "The ResNet of He et al. without its shortcuts and its norms, and 4 channels wide at "
          "first.",
          false, kShortcuts, 0, 0, false, Architecture::resnet},
      {"circles", "8 x 5, U(-0.05, 0.05), Adam, batch 128, circles", "circles",
          "--data circles --epochs 50 --depth 8 --width 5 --init random_uniform:-0.05,0.05 "
          "--optimizer adam --lr 0.001",
          "The note's network on points in the plane (there with one sigmoid output, here with two "
          "logits): the gain of all layers together is 2e-11.",
          kInQuick},
  };
  return all;
}

}  // namespace lively::lab
