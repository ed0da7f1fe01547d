// Trains a multi-layer perceptron on MNIST-style pictures, and says which units die and why.
// The story of every run: recipe, data, model, optimizer, a loop, and a verdict.
#include "apps/lab/program.h"
#include "apps/lab/ranks/lockstep.h"
#include "apps/lab/recipe/flags.h"
#include "apps/lab/session.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr const char* kAbout =
    "Trains a multi-layer perceptron on MNIST-style pictures, and says which of its units die and "
    "why.\n"
    "\n"
    "  mnist_mlp                                       the healthy default: 5 x 128, he_uniform\n"
    "  mnist_mlp --init random_uniform                 explodes, says so, and says what cures it\n"
    "  mnist_mlp --optimizer adam --lr 0.2             units die\n"
    "  mnist_mlp --activation selu --init lecun_normal --depth 20\n"
    "  mnist_mlp --data iris.csv --target species      a table of your own\n"
    "  mpirun -n 4 mnist_mlp                           four processes, each with a share of every "
    "batch\n";

Outcome train(const Settings& recipe, const DataSplits& data, Sink& out, const Budget& budget) {
  const auto model = build_model(recipe, task_of(data));   // drawn by --init and --seed
  const auto optimizer = build_optimizer(recipe, *model);  // over the model's parameters
  // Threads, and under mpirun ranks, share out the batch.
  TrainStep train_step(*model, *optimizer, recipe, budget.team);
  Session session(*model, *optimizer, recipe, data, out, budget);
  session.begin();  // a census at birth
  while (session.goes_on()) {
    for (const Batch& batch : session.next_epoch()) {
      session.begin_step(batch);  // the schedule's rate
      // Forward, loss, backward, clip, update, a line each: lab/run/step.cpp.
      const Step step = train_step(batch, session.look());
      if (!session.end_step(step)) break;  // instruments look; a line of the log
    }
    session.end_epoch();  // test set, census, checkpoint
  }
  return session.end();  // a last census, probes, the verdict
}

}  // namespace

int main(int argc, char** argv) {
  return in_lockstep(argv[0], [&]() -> int {  // on every rank that mpirun started
    Settings recipe = default_settings(Architecture::mlp);
    const CommandLine line{.about = kAbout, .without = {"--plain", "--shortcut"}};
    if (const auto code = read_flags(argc, argv, line, recipe)) return *code;
    return run_program(recipe, train);  // loads the data, and shows what the training tells
  });
}
