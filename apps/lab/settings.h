#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lively::lab {

enum class Liveness : uint8_t { off, batch, epoch };

// Everything that decides a run, as typed; defaults are those of mnist_mlp. Names of
// activations, initialisers, optimizers and schedules are texts that the library parses.
struct Settings {
  std::string data;            // folder, "synthetic", or empty: search
  int depth = 5;               // hidden layers
  int64_t width = 128;         // units in each
  std::string activation = "relu";
  double dropout = 0;
  std::string init = "he_uniform";
  std::string bias_init = "zeros";
  std::string loss = "softmax_cross_entropy";
  std::string optimizer = "sgd";
  double lr = 0.01;
  double momentum = 0.9;       // of sgd
  bool nesterov = false;
  double weight_decay = 0;
  std::string schedule = "constant";
  int64_t warmup = 0;          // steps
  double clip = 0;             // gradient norm; 0: off
  double clip_value = 0;       // each entry; 0: off
  int64_t batch_size = 128;
  int64_t epochs = 5;
  uint64_t seed = 1;
  int threads = 0;             // 0: all
  int64_t log_interval = 100;  // steps
  Liveness liveness = Liveness::epoch;
  bool quick = false;          // 10,000 training images, 2 epochs
  bool audit = false;          // print what the initialiser made of each layer
  std::string log;             // JSONL file
};

// The command that repeats a run: flags that differ from the defaults, quoted for a shell.
std::string command_of(const std::string& program, const Settings& settings);

}  // namespace lively::lab
