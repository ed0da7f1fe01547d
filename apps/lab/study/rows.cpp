#include "apps/lab/study/rows.h"

namespace lively::lab {

// Pictures are the first 10,000 for training (--quick), and the whole test set, so that a cell is
// one command of mnist_mlp.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"u1", "5 x 128, U(-1, 1), SGD with momentum", "pictures",
          "--quick --epochs 3 --init random_uniform",
          "The note's bounds: the signal grows 4.6-fold a layer.", true},
      {"u1_adam", "5 x 128, U(-1, 1), Adam", "pictures",
          "--quick --epochs 3 --init random_uniform --optimizer adam --lr 0.001",
          "The same bounds under the optimizer of the note's networks.", true},
      {"u1_clipped", "5 x 128, U(-1, 1), Adam, clipped loss", "pictures",
          "--quick --epochs 3 --init random_uniform --optimizer adam --lr 0.001 "
          "--loss clipped_cross_entropy",
          "The same under the loss of Keras up to 2.2.5, which freezes what is surely wrong.",
          true},
      {"u005", "5 x 128, U(-0.05, 0.05), SGD with momentum", "pictures",
          "--quick --epochs 3 --init random_uniform:-0.05,0.05",
          "Keras's own random_uniform: the signal shrinks 4.3-fold a layer.", true},
      {"narrow", "20 x 8, he_uniform, SGD with momentum", "pictures",
          "--quick --epochs 3 --depth 20 --width 8",
          "Deep and narrow: a whole layer may be dead as drawn.", true},
  };
  return all;
}

}  // namespace lively::lab
