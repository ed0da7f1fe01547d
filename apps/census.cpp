// Takes the pulse of a finished model: which units fire on a set, which are dead, pinned or linear.
#include <algorithm>
#include <cstdio>

#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/cores.h"
#include "apps/lab/recipe/data_flags.h"
#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/nn/liveness/cut.h"
#include "lively/nn/liveness/titles.h"

namespace {

using namespace lively;
using namespace lively::lab;

// "3 17 40 …": which units, as many as fit on the line.
std::string listed(const LayerPulse& layer) {
  constexpr int kListed = 12;
  std::string text;
  int shown = 0;
  for (int64_t u = 0; u < layer.units(); ++u) {
    if (!layer.is_dead(u)) continue;
    if (shown++ == kListed) return text + " …";
    text += (text.empty() ? "" : " ") + std::to_string(u);
  }
  return text;
}

void print_layers(const Census& census, const Titles& titles) {
  std::size_t widest = 5;
  for (const LayerPulse& l : census.layers) widest = std::max(widest, titles.of(l.name).size());
  say_row(pad("layer", widest) +
          "  op           units   dead  pinned  linear  poisoned   zeros   dead units");
  for (const LayerPulse& l : census.layers) {
    const std::string line =
        pad(titles.of(l.name), widest) + "  " + pad(l.op, 11) + pad_front(thousands(l.units()), 7) +
        pad_front(thousands(l.dead()), 7) + pad_front(thousands(l.pinned()), 8) +
        pad_front(thousands(l.linear()), 8) + pad_front(thousands(l.poisoned()), 10) +
        pad_front(percent(l.zero_activations()) + " %", 8);
    const std::string dead = listed(l);
    say_row(line + (dead.empty() ? "" : "   ") + dead);
  }
}

// What the weights and the set alone can tell: not when a unit died.
std::string judgement(Module& model, const Census& census, const Titles& titles) {
  for (const std::string& layer : dead_cuts(model, census))
    return "The network is dead on this set: every unit of " + titles.of(layer) +
           " is, and no shortcut leads around it. The output no longer depends on the input. "
           "Whether it was born "
           "so or died cannot be told from weights alone: the run's log says it.";
  if (census.dead() == 0) return "No unit is dead on this set.";
  return thousands(census.dead()) + " of " + thousands(census.units()) + " units " +
         (census.dead() == 1 ? "is" : "are") +
         " dead on this set, and no dead layer cuts the network. Whether they were born so or died "
         "cannot be told from weights alone.";
}

int run(const std::string& file, const DataFlags& place, bool test_set, bool training) {
  const SavedModel saved = load_model(file);
  show_status("reading the data");
  const DataSplits data = data_for(file, saved.task, place.over(saved.settings), false);
  const ImageDataset& set = test_set ? data.test : data.train;
  const CensusMode mode = training ? CensusMode::training : CensusMode::evaluation;
  const Examination e =
      examine(*saved.model, set, saved.settings.loss, mode, [](int64_t done, int64_t of) {
        show_status(message("census: ", thousands(done), " of ", thousands(of), " images"));
      });
  clear_status();
  say_beside("model", file + ", " + network_text(saved.settings, saved.task));
  say_beside("data",
      data_text(data.name, thousands(data.train.size()) + " + " + thousands(data.test.size()),
          data.found, data.source));
  say_beside("census", data.name + ", " + thousands(set.size()) +
                           (test_set ? " test" : " training") +
                           (is_table(data) ? " samples, " : " images, ") +
                           (training ? "training" : "evaluation") + " mode");
  std::printf(
      "accuracy  %s ± %s %%\n\n", percent(e.accuracy).c_str(), percent(e.accuracy_se).c_str());
  const Titles titles(*saved.model, e.census);
  print_layers(e.census, titles);
  std::printf("\n");
  say(bold(judgement(*saved.model, e.census, titles)));
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(
      "Takes the pulse of a model that mnist_mlp or mnist_resnet saved:\n\n"
      "  census --model r20.safetensors\n"
      "  census --model r20.safetensors --data ./data/mnist --test\n"
      "  census --model iris.safetensors --data iris.csv",
      "census");
  std::string model;
  DataFlags place;
  bool test_set = false, training = false;
  int threads = 0;
  arguments.add(
      {.name = "--model", .value = "FILE", .help = "weights, as safetensors", .required = true},
      model);
  place.add_to(arguments, {"--data", "--target", "--test-share", "--resize"});
  arguments.add(
      {.name = "--test", .help = "on the test set, not on all training images"}, test_set);
  arguments.add(
      {.name = "--training-mode", .help = "with dropout and the batches' own moments"}, training);
  arguments.add(
      {.name = "--threads", .value = "N", .help = "threads to use; 0: all"}, threads, 0, 1'000'000);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("census", [&] {
    use_threads(threads);
    return run(model, place, test_set, training);
  });
}
