#include "apps/lab/study/rows.h"

namespace lively::lab {
namespace {

constexpr bool kQuick = true;
// What 34 layers of 128 in batches of 32 leave time for.
constexpr std::string_view kFew =
    "nothing,leaky_01,selu_lecun,he_uniform,he_normal,rai,batch_before,residual_add,residual_norm,"
    "rate_tenth,repair_dead";
constexpr std::string_view kOne = "nothing";

}  // namespace

// Pictures are the first 10,000 for training (--quick), and the whole test set, so that a cell is
// one command of mnist_mlp.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"u1", "5 x 128, U(-1, 1), SGD with momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-1,1",
          "The note's bounds: the signal grows 4.6-fold a layer, 11-fold in the first.", kQuick},
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
          kQuick},
      {"u005", "5 x 128, U(-0.05, 0.05), SGD with momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-0.05,0.05",
          "The bounds of Keras's own random_uniform: the signal shrinks 4.3-fold a layer.", kQuick},
      {"u005_plain", "5 x 128, U(-0.05, 0.05), SGD without momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-0.05,0.05 --momentum 0",
          "The same bounds without the momentum that wakes such a network in time."},
      {"rate_sgd", "5 x 128, he_uniform, SGD at a rate of 1", "pictures",
          "--quick --epochs 3 --lr 1", "A learning rate a hundred times too large.", kQuick},
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
          "Deep and narrow: a whole layer may be dead as drawn.", kQuick},
      {"collapse", "20 x 4, he_uniform, Adam, circles", "circles",
          "--data circles --epochs 50 --depth 20 --width 4 --optimizer adam --lr 0.001",
          "The width at which Lu et al. saw three networks of four collapse, most of them as "
          "drawn.",
          kQuick, {}, 16},
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
      {"circles", "8 x 5, U(-0.05, 0.05), Adam, batch 128, circles", "circles",
          "--data circles --epochs 50 --depth 8 --width 5 --init random_uniform:-0.05,0.05 "
          "--optimizer adam --lr 0.001",
          "The note's network on points in the plane (there with one sigmoid output, here with two "
          "logits): the gain of all layers together is 2e-11.",
          kQuick},
  };
  return all;
}

}  // namespace lively::lab
