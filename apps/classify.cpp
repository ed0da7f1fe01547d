// Says what is on pictures, by the weights that a training program has saved.
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "apps/lab/recipe/arguments.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/text.h"
#include "lively/autograd/ops.h"
#include "lively/data/image_folder.h"
#include "lively/data/resized.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int kShown = 3;  // classes a picture

// [1, C, H, W] as the model was trained on: pixels / 255, at its size.
Tensor input_of(const std::string& path, const Task& task, bool invert) {
  const Shape& s = task.sample;
  Tensor picture = read_picture(path, static_cast<int>(s[0]));
  if (picture.size(1) != s[1] || picture.size(2) != s[2]) picture = resized(picture, s[1], s[2]);
  Tensor input = Tensor::empty({1, s[0], s[1], s[2]});
  const auto from = picture.values<uint8_t>();
  std::transform(from.begin(), from.end(), input.mutable_values<float>().begin(),
      [&](uint8_t v) { return static_cast<float>(invert ? 255 - v : v) / 255.f; });
  return input;
}

int run(const std::string& file, const std::vector<std::string>& pictures, bool invert) {
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
      const Tensor p =
          softmax((*saved.model)(Variable(input_of(path, saved.task, invert))), 1).data();
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
      std::printf("%s\n", line.c_str());
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
  bool invert = false;
  arguments.add(
      {.name = "--model", .value = "FILE", .help = "weights, as safetensors", .required = true},
      model);
  arguments.add({.name = "pictures",
                    .value = "PICTURE",
                    .help = "of any size; they are made as large as the model's",
                    .required = true},
      pictures);
  arguments.add(
      {.name = "--invert", .help = "dark on light, as on paper: the data sets have light on dark"},
      invert);
  if (const auto code = arguments.read(argc, argv)) return *code;
  return report_errors("classify", [&] { return run(model, pictures, invert); });
}
