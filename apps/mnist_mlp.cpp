// Trains a multi-layer perceptron on MNIST-style pictures, and says which units die and why.
#include "apps/lab/program.h"
#include "apps/lab/recipe/flags.h"

namespace {

constexpr const char* kAbout =
    "Trains a multi-layer perceptron on MNIST-style pictures, and says which of its units die and "
    "why.\n"
    "\n"
    "  mnist_mlp                                       the healthy default: 5 x 128, he_uniform\n"
    "  mnist_mlp --init random_uniform                 explodes, says so, and says what cures it\n"
    "  mnist_mlp --optimizer adam --lr 0.2             units die\n"
    "  mnist_mlp --activation selu --init lecun_normal --depth 20\n";

}  // namespace

int main(int argc, char** argv) {
  using namespace lively::lab;
  Settings settings = default_settings(Architecture::mlp);
  if (const auto code =
          read_flags(argc, argv, {.about = kAbout, .without = {"--plain", "--shortcut"}}, settings))
    return *code;
  return run_program(settings);
}
