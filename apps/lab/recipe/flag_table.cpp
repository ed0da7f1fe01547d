#include "apps/lab/recipe/flag_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/models.h"
#include "apps/lab/recipe/plant.h"
#include "apps/lab/recipe/repair_setting.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "lively/nn/initializer.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/residual.h"
#include "lively/optim/optimizer.h"
#include "lively/optim/schedule.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

template <class T>
bool parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

template <class T>
std::function<void(Settings&, const Settings&)> assigns(T Settings::*member) {
  return [member](Settings& to, const Settings& from) { to.*member = from.*member; };
}

// A run that goes on may be given another value.
Flag anew(Flag flag) {
  flag.keeps = Flag::Keeps::anew;
  return flag;
}
// Where a run reads or writes.
Flag file(Flag flag) {
  flag.keeps = Flag::Keeps::never;
  return flag;
}

// A real number for which `fits` holds; `rule` completes "must be a number …".
Flag real(const char* name, const char* value, const char* group, const char* help,
    double Settings::*member, const char* rule, bool (*fits)(double)) {
  return {name, value, group, help,
      [=](Settings& s, const std::string& text) {
        double v = 0;
        if (!parse(text, v) || !std::isfinite(v) || !fits(v))
          fail<ValueError>(text, ": must be a number ", rule);
        s.*member = v;
      },
      [=](const Settings& s) { return number(s.*member); }, assigns(member)};
}

template <class T>
Flag whole(const char* name, const char* value, const char* group, const char* help,
    T Settings::*member, int64_t least, int64_t most = 1'000'000'000) {
  return {name, value, group, help,
      [=](Settings& s, const std::string& text) {
        int64_t v = 0;
        if (!parse(text, v) || v < least || v > most)
          fail<ValueError>(text, ": must be a whole number from ", least, " to ", most);
        s.*member = static_cast<T>(v);
      },
      [=](const Settings& s) { return std::to_string(s.*member); }, assigns(member)};
}

// A text that `check` accepts, or throws a ValueError on.
Flag text_flag(const char* name, const char* value, const char* group, const std::string& help,
    std::string Settings::*member, void (*check)(const std::string&) = nullptr) {
  return {name, value, group, help,
      [=](Settings& s, const std::string& given) {
        if (check) check(given);
        s.*member = given;
      },
      [=](const Settings& s) { return s.*member; }, assigns(member)};
}

Flag toggle(const char* name, const char* group, const char* help, bool Settings::*member) {
  return {name, "", group, help, [=](Settings& s, const std::string&) { s.*member = true; },
      [=](const Settings& s) { return std::string(s.*member ? "true" : ""); }, assigns(member)};
}

// Stands before --epochs in the table, whose value then holds.
Flag quick() {
  Flag flag = toggle("--quick", "Data",
      "the first 10,000 training images; 2 epochs unless said otherwise", &Settings::quick);
  flag.read = [](Settings& s, const std::string&) { s.quick = true, s.epochs = kQuickEpochs; };
  return flag;
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) (text += text.empty() ? "" : ", ") += name;
  return text;
}

void one_of(const std::string& given, const char* what, std::vector<std::string_view> known) {
  for (const std::string_view k : known)
    if (given == k) return;
  fail_unknown(given, what, known);
}

void check_init(const std::string& s) { (void)Initializer::parse(s); }
void check_activation(const std::string& s) { (void)make_activation(s); }
void check_schedule(const std::string& s) { (void)make_schedule(s, 1, 0); }
void check_loss(const std::string& s) {
  one_of(s, "loss", {"softmax_cross_entropy", "clipped_cross_entropy"});
}
void check_optimizer(const std::string& s) { one_of(s, "optimizer", optimizer_names()); }

void check_residual(const std::string& s) { (void)ResidualForm::parse(s); }
void check_front(const std::string& s) { (void)front_dropout(s); }
void check_data(const std::string& s) {
  if (s.empty()) fail<ValueError>(": must name a folder, or synthetic");
}
void check_test_share(const std::string& s) { (void)read_test_share(s); }
void check_resize(const std::string& s) { (void)read_size(s); }
void check_repair(const std::string& s) { (void)RepairSetting::parse(s); }
void check_verdicts(const std::string& s) { (void)verdict_codes(s); }
void check_plant(const std::string& s) { (void)Plant::parse(s); }
void check_save(const std::string& s) {
  if (!s.ends_with(".safetensors")) fail<ValueError>(s, ": must end with .safetensors");
}

void check_report(const std::string& s) {
  if (!s.ends_with(".html")) fail<ValueError>(s, ": must end with .html");
}

// One of a few words.
Flag choice(const char* name, const char* group, const char* help, std::string Settings::*member,
    std::vector<std::string_view> words) {
  std::string all;
  for (const std::string_view word : words) all += (all.empty() ? "" : "|") + std::string(word);
  return {name, all, group, help,
      [=](Settings& s, const std::string& text) {
        one_of(text, std::string(name).substr(2).c_str(), words);
        s.*member = text;
      },
      [=](const Settings& s) { return s.*member; }, assigns(member)};
}

bool above_zero(double v) { return v > 0; }
bool not_negative(double v) { return v >= 0; }
bool below_one(double v) { return v >= 0 && v < 1; }

Flag liveness_flag() {
  const std::vector<std::string_view> levels{"off", "batch", "epoch", "step"};
  return {"--liveness", "LEVEL", "Liveness",
      "off; batch: units counted in every step; epoch: a census\nat the start, after each epoch "
      "and at the end; step: and\none of 1,000 images after every step",
      [levels](Settings& s, const std::string& text) {
        one_of(text, "level", levels);
        s.liveness =
            static_cast<Liveness>(std::find(levels.begin(), levels.end(), text) - levels.begin());
      },
      [levels](
          const Settings& s) { return std::string(levels[static_cast<std::size_t>(s.liveness)]); },
      assigns(&Settings::liveness)};
}

Flag seed_flag(const char* name, const char* help, uint64_t Settings::*member) {
  return {name, "N", "Training", help,
      [=](Settings& s, const std::string& text) {
        if (!parse(text, s.*member))
          fail<ValueError>(text, ": must be a whole number of at least 0");
      },
      [=](const Settings& s) { return std::to_string(s.*member); }, assigns(member)};
}

// All that is taken from a model file: what builds its network again, and reads data and output
// alike.
std::vector<Flag> marked(std::vector<Flag> flags) {
  for (const std::string_view name : {"--depth", "--width", "--front", "--norm", "--residual",
           "--shortcut", "--plain", "--activation", "--dropout", "--init", "--bias-init", "--loss",
           "--target", "--test-share", "--resize"})
    std::ranges::find(flags, name, &Flag::name)->of_network = true;
  return flags;
}

}  // namespace

const std::vector<Flag>& flag_table() {
  static const std::vector<Flag> flags = marked({
      anew(text_flag("--data", "PLACE", "Data",
          "folder with IDX or CIFAR-10 files, or with a folder of\npictures for each class; "
          "table.csv; arrays.npz; x.npy,y.npy;\n`synthetic`; points in the plane: `circles`, "
          "`moons`, `blobs`;\nelse $LIVELY_DATA, ./data, /usr/share/datasets/fashion-mnist",
          &Settings::data, check_data)),
      anew(text_flag("--target", "COLUMN", "Data",
          "of a .csv: the column with the classes, by name or\nnumber (1: the first)",
          &Settings::target)),
      anew(text_flag("--test-share", "SHARE[,SEED]", "Data",
          "held out to test where the files have no test set, drawn\nby this seed (1)",
          &Settings::test_share, check_test_share)),
      anew(text_flag("--resize", "HxW", "Data", "make all pictures so large", &Settings::resize,
          check_resize)),
      quick(),

      whole("--depth", "N", "Network", "hidden layers; weighted layers of a ResNet: 8, 14, 20 ...",
          &Settings::depth, 1, 1000),
      whole("--width", "N", "Network", "units in each; channels of a ResNet's first stage",
          &Settings::width, 1, 65536),
      text_flag("--front", "FORM", "Network",
          "conv[:P]: before the hidden layers two 3x3 convolutions of\n16 and 36 channels, each "
          "halved by max-pooling; P: dropout",
          &Settings::front, check_front),
      choice("--norm", "Network", "normalise before the activation, or after it", &Settings::norm,
          {"none", "batch", "batch_after"}),
      text_flag("--residual", "FORM", "Network",
          "add or subtract a layer's (a ResNet's block's) input:\nadd|subtract[:pre|post], relu "
          "before or after the sum",
          &Settings::residual, check_residual),
      choice("--shortcut", "Network", "where sizes change: a takes every second pixel, b convolves",
          &Settings::shortcut, {"a", "b"}),
      toggle("--plain", "Network", "no shortcuts: the plain network of the same depth",
          &Settings::plain),
      text_flag("--activation", "NAME", "Network",
          "relu, leaky_relu[:slope], prelu, elu[:alpha], selu,\ngelu, silu, softplus, tanh, "
          "sigmoid",
          &Settings::activation, check_activation),
      real("--dropout", "P", "Network", "share of activations dropped in training",
          &Settings::dropout, "from 0 to below 1", below_one),
      text_flag("--init", "LAW", "Network",
          "how weights are drawn (--list-inits); random_uniform is\nU(-1, 1), "
          "random_uniform:-0.05,0.05 sets its bounds",
          &Settings::init, check_init),
      anew(toggle("--audit", "Network",
          "print each layer's weight variance, as aimed at and as drawn", &Settings::audit)),
      text_flag("--bias-init", "LAW", "Network", "how biases are drawn", &Settings::bias_init,
          check_init),

      text_flag("--loss", "NAME", "Training",
          "from logits; or clipped_cross_entropy: from probabilities\nclipped to [1e-7, 1 - 1e-7], "
          "as Keras up to 2.2.5",
          &Settings::loss, check_loss),
      text_flag("--optimizer", "NAME", "Training", listed(optimizer_names()), &Settings::optimizer,
          check_optimizer),
      anew(real("--lr", "RATE", "Training", "learning rate", &Settings::lr, "greater than 0",
          above_zero)),
      anew(real("--momentum", "M", "Training", "of sgd", &Settings::momentum, "from 0 to below 1",
          below_one)),
      anew(toggle("--nesterov", "Training", "Nesterov's momentum", &Settings::nesterov)),
      anew(real("--weight-decay", "D", "Training", "L2 penalty (decoupled in adamw)",
          &Settings::weight_decay, "of at least 0", not_negative)),
      real("--eps", "E", "Training",
          "added to the root in adam and its kin; 0: 1e-8 as PyTorch\n(adagrad 1e-10, adadelta "
          "1e-6; Keras: 1e-7)",
          &Settings::eps, "of at least 0", not_negative),
      anew(text_flag("--schedule", "NAME", "Training",
          "constant, cosine[:LAST], linear[:LAST], polynomial:POWER,\nstep:EPOCHS[,FACTOR], "
          "exponential:FACTOR, one_cycle[:RISE]",
          &Settings::schedule, check_schedule)),
      anew(whole("--warmup", "STEPS", "Training", "steps of linear warm-up", &Settings::warmup, 0)),
      anew(real("--clip", "NORM", "Training", "largest norm of all gradients together; 0: off",
          &Settings::clip, "of at least 0", not_negative)),
      anew(real("--clip-value", "V", "Training", "largest size of a gradient entry; 0: off",
          &Settings::clip_value, "of at least 0", not_negative)),
      whole("--batch-size", "N", "Training", "samples in a step", &Settings::batch_size, 1,
          1'000'000),
      anew(whole("--epochs", "N", "Training", "passes over the training set", &Settings::epochs, 1,
          1'000'000)),
      anew(whole("--early-stop", "PATIENCE", "Training",
          "end after so many epochs without a lower test loss, and keep\nthe weights of the best; "
          "0: off",
          &Settings::early_stop, 0)),
      choice("--augment", "Training", "shift pictures at random, mirror them, or both",
          &Settings::augment, {"none", "crop", "flip", "both"}),
      text_flag("--plant", "FAULT", "Training",
          "put a fault in on purpose: outliers:N[,SCALE],\nnan_inputs:N, "
          "scaled_inputs:SCALE[,SHIFT], "
          "lr_step:STEP[,FACTOR],\nbias:STEP[,UNIT], weights:STEP[,UNIT], shuffled_labels,\n"
          "constant_input",
          &Settings::plant, check_plant),
      seed_flag("--seed", "of initialisation, shuffling and dropout", &Settings::seed),
      seed_flag("--order-seed",
          "of shuffling alone, so that one network sees many orders;\n0: as --seed",
          &Settings::order_seed),
      anew(whole("--seeds", "N", "Training",
          "so many runs from --seed on, one a core, each as with\n--threads 1; files get the seed "
          "in their names",
          &Settings::seeds, 1, 10'000)),
      file(toggle("--find-lr", "Training",
          "look for a learning rate: it rises over a hundred steps", &Settings::find_lr)),
      anew(whole("--threads", "N", "Training",
          "threads to use; 0: all cores, under mpirun shared by the\nranks of the machine",
          &Settings::threads, 0, 1'000'000)),
      anew(choice("--norm-over", "Training",
          "under mpirun, batch norm's moments: of the whole batch, or of\neach rank's share",
          &Settings::norm_over, {"batch", "rank"})),

      anew(liveness_flag()),
      anew(toggle("--replay", "Liveness",
          "make each fatal step again without what is blamed, and tell\nwhether the unit lives; "
          "needs --liveness step",
          &Settings::replay)),
      anew(toggle("--no-treatment", "Liveness",
          "where the run fails, do not try what would heal it (else for\nas long as the run took, "
          "or 10 "
          "seconds)",
          &Settings::no_treatment)),
      anew(text_flag("--repair", "SETTING", "Liveness",
          "draw units anew before each epoch but the first:\ndead[:SHARE], redo[:TAU], "
          "random[:SHARE]",
          &Settings::repair, check_repair)),
      anew(text_flag("--fail-on", "CODES", "Liveness",
          "exit with 5 if one of these verdicts holds:\ndied,frozen_loss (`explain` lists them)",
          &Settings::fail_on, check_verdicts)),

      file(text_flag("--save", "FILE", "Output",
          "write the weights, as safetensors, and a checkpoint beside\nthem, after each epoch and "
          "at Ctrl-C",
          &Settings::save, check_save)),
      file(text_flag("--resume", "FILE", "Output", "go on from a checkpoint, with its flags",
          &Settings::resume)),
      file(text_flag("--report", "FILE", "Output",
          "write a page (HTML) of what befell the run, and its log\nbeside it", &Settings::report,
          check_report)),
      file(toggle("--live", "Output",
          "write the page of --report after epochs too, at most every 5\nseconds; a browser reads "
          "it "
          "anew while the run goes on",
          &Settings::live)),
      file(text_flag(
          "--log", "FILE", "Output", "write the events of the run as JSON lines", &Settings::log)),
      anew(whole("--log-interval", "STEPS", "Output",
          "steps between `train` events of the log;\n0: a hundredth of the run, at most 100",
          &Settings::log_interval, 0)),
  });
  return flags;
}

}  // namespace lively::lab
