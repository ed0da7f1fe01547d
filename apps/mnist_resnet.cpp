// Trains a ResNet, or the plain network of the same depth, on MNIST-style pictures, and says which
// channels die and why.
#include "apps/lab/program.h"
#include "apps/lab/ranks/lockstep.h"
#include "apps/lab/recipe/flags.h"
#include "apps/lab/whole_run.h"

namespace {

constexpr const char* kAbout =
    "Trains a ResNet (He et al. 2016) on MNIST-style pictures, and says which of its channels die "
    "and why.\n"
    "\n"
    "  mnist_resnet                                    ResNet-20, 2 epochs\n"
    "  mnist_resnet --plain                            the same depth without shortcuts\n"
    "  mnist_resnet --norm none --residual subtract    no norm, and the shortcut is subtracted\n"
    "  mnist_resnet --depth 8 --quick                  a small one, in seconds\n"
    "  mnist_resnet --save r20.safetensors             keeps the weights; Ctrl-C loses nothing\n"
    "  mnist_resnet --resume r20.checkpoint --epochs 4\n"
    "  mnist_resnet --data flowers --resize 32x32      a folder of pictures for each class\n"
    "  mpirun -n 4 mnist_resnet                        four processes, each with a share of every "
    "batch\n";

}  // namespace

int main(int argc, char** argv) {
  using namespace lively::lab;
  return in_lockstep(argv[0], [&]() -> int {  // on every rank that mpirun started
    Settings recipe = default_settings(Architecture::resnet);
    const CommandLine line{.about = kAbout, .without = {"--front", "--dropout"}};
    if (const auto code = read_flags(argc, argv, line, recipe)) return *code;
    return run_program(recipe, run);
  });
}
