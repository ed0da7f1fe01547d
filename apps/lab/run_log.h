#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lively::lab {

// A run as its log tells it: the events of apps/README.md, in order. Numbers that were not finite are NaN.
struct RunLog {
  struct Train {
    int64_t epoch = 0, step = 0;
    double loss = 0, lr = 0, gradient_norm = 0, update_ratio = 0;
  };
  struct Eval {
    int64_t epoch = 0, step = 0;
    double train_loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0, test_accuracy_se = 0;
  };
  struct Layer {
    std::string name;
    int64_t units = 0, dead = 0, lasting = 0, born_dead = 0, died = 0, revived = 0, pinned = 0, linear = 0;
    double zero_activations = 0;
  };
  struct Census {
    int64_t epoch = 0, step = 0;
    std::string set;
    std::vector<Layer> layers;
  };
  // A unit that was seen firing up to `after` and was silent at `step`, or the other way round.
  struct Change {
    bool death = true, born = false;
    int64_t after = 0, step = 0, unit = 0;
    std::string layer;
  };
  struct Final {
    int64_t epochs = 0, steps = 0, units = 0, dead = 0, born_dead = 0;
    double seconds = 0, test_accuracy = 0, test_accuracy_se = 0;
    std::string verdict, text, weights_hash, test_command;
  };

  std::string path, app, version, command, model;
  std::vector<std::pair<std::string, std::string>> settings;  // what the config line says, flat
  std::vector<Train> train;
  std::vector<Eval> eval;
  std::vector<Census> censuses;  // in evaluation mode
  std::vector<Change> changes;
  std::vector<std::string> warnings;
  std::optional<Final> final;    // none: the run was cut off
};

// Reads a JSON-lines log. Lines of other types are passed over. Throws DataError with file and line.
RunLog read_run_log(const std::string& path);

}  // namespace lively::lab
