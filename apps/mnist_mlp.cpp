// Trains a multi-layer perceptron on MNIST-style pictures, and says which units die and why.
#include "apps/lab/flags.h"
#include "apps/lab/program.h"

namespace {

constexpr const char* kAbout =
    "Trains a multi-layer perceptron on MNIST-style pictures, and says which of its units die and why.\n"
    "\n"
    "  mnist_mlp                                       the healthy default: 5 x 128, he_uniform\n"
    "  mnist_mlp --init random_uniform                 explodes, says so, and says what cures it\n"
    "  mnist_mlp --optimizer adam --lr 0.2             units die\n"
    "  mnist_mlp --activation selu --init lecun_normal --depth 20\n";

}  // namespace

int main(int argc, char** argv) {
  lively::lab::Settings settings;
  if (const auto code = lively::lab::read_flags(argc, argv, {.about = kAbout}, settings)) return *code;
  return lively::lab::run_program("mnist_mlp", settings);
}
