// Says what is on pictures, by the weights that a training program has saved.
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/autograd/ops.h"
#include "lively/data/background.h"
#include "lively/data/image_folder.h"
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

int run(const std::string& file, const std::vector<std::string>& pictures, Invert how) {
  const SavedModel saved = load_model(file);
  if (saved.task.sample[0] != 1 && saved.task.sample[0] != 3)
    fail<DataError>(
        file, ": a model for ", saved.task.sample[0], " channels; pictures have 1 or 3");
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
      const auto share = p.values<float>();
      std::vector<std::size_t> order(share.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::sort(order, std::greater(), [&](std::size_t k) { return share[k]; });
      std::string line = pad(path, widest + 2);
      const std::size_t shown = std::min<std::size_t>(kShown, order.size());
      for (std::size_t k = 0; k < shown; ++k) {
        const std::string text = saved.task.names[order[k]] + " " + percent(share[order[k]]) + " %";
        line += k + 1 < shown ? pad(text, 20) : text;
      }
      say_row(line);
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

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(
      "Says what is on pictures (PNG, JPEG, BMP), by the weights that mnist_mlp or mnist_resnet "
      "saved:\n\n"
      "  mnist_resnet --save best.safetensors\n"
      "  classify --model best.safetensors shoe.png",
      "classify");
  std::string model;
  std::vector<std::string> pictures;
  bool invert = false, as_is = false;
  arguments.add(
      {.name = "--model", .value = "FILE", .help = "weights, as safetensors", .required = true},
      model);
  arguments.add({.name = "pictures",
                    .value = "PICTURE",
                    .help = "of any size; they are made as large as the model's",
                    .required = true},
      pictures);
  arguments.add({.name = "--invert",
                    .help = "turn light and dark round in any case; else this is done to grey "
                            "pictures whose background is light where the training set's is dark, "
                            "or the other way round"},
      invert);
  arguments.add({.name = "--as-is", .help = "never"}, as_is);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("classify", [&] {
    if (invert && as_is) fail<ValueError>("--invert, --as-is: one of them, not both");
    return run(model, pictures,
        invert  ? Invert::always
        : as_is ? Invert::never
                : Invert::by_itself);
  });
}
