#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lively::lab {

enum class Architecture : uint8_t { mlp, resnet };
enum class Liveness : uint8_t { off, batch, epoch, step };

// Everything that decides a run, as typed. Names of activations, initialisers, optimizers and
// schedules are texts that the library parses.
struct Settings {
  Architecture architecture = Architecture::mlp;  // of the program
  std::string data;                               // folder, files, "synthetic"; empty: search
  std::string target;                             // of a table: the column with the classes
  std::string test_share = "0.2";                 // SHARE[,SEED], where there is no test set
  std::string resize;                             // pictures: HxW; empty: as they are
  int depth = 5;        // hidden layers of an MLP; weighted layers of a ResNet
  int64_t width = 128;  // units in each; channels of a ResNet's first stage
  std::string activation = "relu";
  std::string norm = "none";        // none, batch, of an MLP batch_after
  std::string norm_over = "batch";  // over ranks: batch, rank
  std::string residual;             // see ResidualForm; of an MLP empty: none
  std::string shortcut = "a";       // of a ResNet: a, b
  bool plain = false;               // a ResNet without its shortcuts
  std::string front;  // of an MLP: convolutions before it, see front_dropout; empty: none
  double dropout = 0;
  std::string init = "he_uniform";
  std::string bias_init = "zeros";
  std::string loss = "softmax_cross_entropy";
  std::string optimizer = "sgd";
  double lr = 0.01;
  double momentum = 0.9;  // of sgd
  bool nesterov = false;
  double weight_decay = 0;
  double eps = 0;  // of adaptive optimizers; 0: their own
  std::string schedule = "constant";
  int64_t warmup = 0;     // steps
  double clip = 0;        // gradient norm; 0: off
  double clip_value = 0;  // each entry; 0: off
  int64_t batch_size = 128;
  int64_t epochs = 5;
  std::string augment = "none";  // none, crop, flip, both
  std::string plant;             // a fault put in on purpose; see Plant
  uint64_t seed = 1;
  uint64_t order_seed = 0;   // of shuffling alone; 0: as `seed`
  int threads = 0;           // 0: all
  int64_t seeds = 1;         // runs, with this seed and those after it
  int64_t early_stop = 0;    // epochs without a lower test loss that end it; 0: off
  bool find_lr = false;      // look for a learning rate instead
  int64_t log_interval = 0;  // steps; 0: a hundredth of the run, at most 100
  Liveness liveness = Liveness::epoch;
  bool replay = false;         // make fatal steps again without what is blamed
  bool quick = false;          // 10,000 training images, kQuickEpochs unless said otherwise
  bool no_treatment = false;   // look for no cure where the run fails
  std::string repair;          // units drawn anew between epochs; see RepairSetting
  std::string fail_on;         // codes of verdicts that the program is to fail with
  bool audit = false;          // print what the initialiser made of each layer
  std::string log;             // JSONL file
  std::string report;          // HTML page, made from the log
  bool live = false;           // the page is there while the run goes on
  std::string save;            // safetensors file for the weights, with the checkpoint beside it
  std::string resume;          // checkpoint to go on from,
  int64_t planned_epochs = 0;  // whose run was to have so many

  bool operator==(const Settings&) const = default;
};

inline constexpr int64_t kQuickEpochs = 2;

struct Flag;

// What a program starts from where nothing is typed.
Settings default_settings(Architecture architecture);
std::string program_name(Architecture architecture);  // "mnist_mlp"

// The flags in which two recipes of one program differ, in the order of the table.
std::vector<const Flag*> difference(const Settings& a, const Settings& b);
// The same recipe, without the files that it reads and writes: another run has files of its own.
Settings without_files(Settings settings);

// The flags that give these settings when typed: those that differ from the defaults, or from what
// another of them brings along (--quick: --epochs 2).
std::vector<const Flag*> typed(const Settings& settings);
// The same with their values, quoted for a shell: "--init random_uniform --lr 0.1".
std::string flags_of(const Settings& settings);
// Reads them back, on top of what `settings` say. Throws ValueError: the flag, the value, what
// would do.
void parse_flags(std::string_view line, Settings& settings);
// The command that repeats a run.
std::string command_of(const Settings& settings);
// A word of it as a shell reads it back.
std::string quoted(const std::string& value);

// Throws ValueError where flags do not go together, whatever the data.
void check(const Settings& settings);
bool goes_together(const Settings& settings);  // it does not throw

}  // namespace lively::lab
