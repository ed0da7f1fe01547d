// Says what is on pictures, by the weights that a training program has saved.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <span>

#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/data_flags.h"
#include "apps/lab/recipe/data_of.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/autograd/ops.h"
#include "lively/data/background.h"
#include "lively/data/image_folder.h"
#include "lively/data/loader.h"
#include "lively/data/resized.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int kShown = 3;  // classes a picture

enum class Invert : uint8_t { by_itself, always, never };

// [1, C, H, W] as the model was trained on: pixels / 255, at its size. A grey picture whose
// background is light where that of the training set was dark, or the other way round, is inverted,
// and `inverted` says so.
Tensor input_of(const std::string& path, const Task& task, Invert how, bool& inverted) {
  const Shape& s = task.sample;
  Tensor picture = read_picture(path, static_cast<int>(s[0]));
  if (picture.size(1) != s[1] || picture.size(2) != s[2]) picture = resized(picture, s[1], s[2]);
  Tensor input = Tensor::empty({1, s[0], s[1], s[2]});
  const auto from = picture.values<uint8_t>();
  const bool picture_of_grey = s[0] == 1 && s[1] >= 8 && s[2] >= 8;
  inverted = how == Invert::always || (how == Invert::by_itself && picture_of_grey &&
                                          light_background(from, s[2]) != task.light);
  std::transform(from.begin(), from.end(), input.mutable_values<float>().begin(),
      [&](uint8_t v) { return static_cast<float>(inverted ? 255 - v : v) / 255.f; });
  return input;
}

// "Bag 94.1 %         Sandal 3.0 %", the most likely first.
std::string shares_text(std::span<const float> share, const std::vector<std::string>& names) {
  std::vector<std::size_t> order(share.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater(), [&](std::size_t k) { return share[k]; });
  std::string line;
  const std::size_t shown = std::min<std::size_t>(kShown, order.size());
  for (std::size_t k = 0; k < shown; ++k) {
    const std::string text = names[order[k]] + " " + percent(share[order[k]]) + " %";
    line += k + 1 < shown ? pad(text, std::max<std::size_t>(20, text.size() + 2)) : text;
  }
  return line;
}

int run_pictures(const SavedModel& saved, const std::string& file,
    const std::vector<std::string>& pictures, Invert how) {
  if (saved.task.sample[0] != 1 && saved.task.sample[0] != 3)
    fail<DataError>(
        file, ": a model for ", saved.task.sample[0], " channels; pictures have 1 or 3");
  if (!saved.task.form.pixels)
    fail<DataError>(file, ": a model for numbers; give them with --data");
  const NoGrad no_grad;
  std::size_t widest = 0;
  for (const std::string& p : pictures) widest = std::max(widest, p.size());
  int code = kGood;
  for (const std::string& path : pictures) {
    // One picture that cannot be read does not keep the others from being named.
    const int one = errors_in_a_line("classify", [&] {
      bool inverted = false;
      const Tensor input = input_of(path, saved.task, how, inverted);
      const Tensor p = softmax((*saved.model)(Variable(input)), 1).data();
      say_row(pad(path, widest + 2) + shares_text(p.values<float>(), saved.task.names));
      if (inverted && how == Invert::by_itself)
        say(std::string("inverted: its background is ") +
                (saved.task.light ? "dark, the training set's light"
                                  : "light, the training set's dark") +
                " (--as-is leaves it)",
            "  ");
      return int{kGood};
    });
    code = std::max(code, one);
  }
  return code;
}

// All samples of a set, one a line, and how many are right where the set says what they are.
int run_set(const SavedModel& saved, const std::string& file, const DataFlags& place) {
  const DataSplits data = data_for(file, saved.task, place.over(saved.settings), true);
  const ImageDataset& set = data.test;
  say_beside("data",
      data_text(data.name, thousands(set.size()) + (set.size() == 1 ? " sample" : " samples"),
          data.found, data.source));
  const NoGrad no_grad;
  const auto name_of = [&](int64_t i) {
    return data.samples.empty() ? "row " + thousands(i + 1)
                                : data.samples[static_cast<std::size_t>(i)];
  };
  std::size_t widest = 0;
  for (int64_t i = 0; i < set.size(); ++i) widest = std::max(widest, name_of(i).size());
  const std::vector<std::string>& names = saved.task.names;
  int64_t at = 0, right = 0;
  for (const Batch& batch : DataLoader(set, {.batch_size = batch_of(*saved.model)}).epoch(0)) {
    const Tensor p = softmax((*saved.model)(Variable(batch.inputs)), 1).data();
    for (int64_t i = 0; i < batch.size(); ++i, ++at) {
      const Tensor row = p.select(0, i).contiguous();
      const std::span<const float> shares = row.values<float>();
      const auto label = static_cast<std::size_t>(batch.labels.data<int64_t>()[i]);
      const bool hit = shares[label] == *std::ranges::max_element(shares);
      right += hit;
      say_row(pad(name_of(at), widest + 2) + shares_text(shares, names) +
              (data.labelled && !hit ? "   (is " + names[label] + ")" : ""));
    }
  }
  if (!data.labelled) return kGood;
  const double n = static_cast<double>(set.size()), share = static_cast<double>(right) / n;
  std::printf("accuracy  %s ± %s %%, %s of %s right\n", percent(share).c_str(),
      percent(std::sqrt(share * (1 - share) / n)).c_str(), thousands(right).c_str(),
      thousands(set.size()).c_str());
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(
      "Says what is on pictures (PNG, JPEG, BMP), or what the samples of a set are, by the weights "
      "that mnist_mlp or mnist_resnet saved:\n\n"
      "  mnist_resnet --save best.safetensors\n"
      "  classify --model best.safetensors shoe.png\n"
      "  classify --model iris.safetensors --data new.csv",
      "classify");
  std::string model;
  std::vector<std::string> pictures;
  DataFlags place;
  bool invert = false, as_is = false;
  arguments.add(
      {.name = "--model", .value = "FILE", .help = "weights, as safetensors", .required = true},
      model);
  arguments.add({.name = "pictures",
                    .value = "PICTURE",
                    .help = "of any size; they are made as large as the model's"},
      pictures);
  place.add_to(arguments, {"--data", "--target"});
  arguments.add({.name = "--invert",
                    .help = "turn light and dark round in any case; else this is done to grey "
                            "pictures whose background is light where the training set's is dark, "
                            "or the other way round"},
      invert);
  arguments.add({.name = "--as-is", .help = "never"}, as_is);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("classify", [&] {
    if (invert && as_is) fail<ValueError>("--invert, --as-is: one of them, not both");
    if (pictures.empty() != place.typed())
      fail<ValueError>(pictures.empty() ? "nothing to look at" : "pictures and --data",
          ": needs pictures, or a set by --data");
    const Invert how = invert ? Invert::always : as_is ? Invert::never : Invert::by_itself;
    const SavedModel saved = load_model(model);
    return place.typed() ? run_set(saved, model, place) : run_pictures(saved, model, pictures, how);
  });
}
