#include "lively/embed/network.h"

#include <charconv>
#include <map>
#include <optional>

#include "lively/data/file.h"
#include "lively/data/safetensors.h"
#include "lively/embed/weights.h"
#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/sequential.h"
#include "lively/nn/shaping.h"

namespace lively {
namespace {

using detail::in_quotes;

constexpr int64_t kMostModules = 1000;  // of a Sequential: a file must not ask for more memory
constexpr const char* kHint =
    "mlp, a Sequential of linear layers and batch norms, and resnet are known";

// A flag that the program which saved the file was given: "--activation=selu". Empty: it was not.
std::optional<std::string> flag_of(const Safetensors& file, std::string_view flag) {
  const auto found = file.metadata.find("lively.flags");
  if (found == file.metadata.end()) return {};
  const std::string_view flags = found->second;
  for (std::size_t at = 0; at < flags.size();) {
    const std::size_t end = std::min(flags.find('\n', at), flags.size());
    const std::string_view line = flags.substr(at, end - at);
    at = end + 1;
    if (line.substr(0, line.find('=')) != flag) continue;
    return std::string(line.substr(std::min(line.size(), flag.size() + 1)));
  }
  return {};
}

std::string activation_of(
    const Safetensors& file, const std::string& path, std::string_view wanted) {
  if (!wanted.empty()) return std::string(wanted);
  if (!file.metadata.contains("lively.program"))
    fail<DataError>(path, ": does not say its activation; name it: \"relu\", say");
  return flag_of(file, "--activation").value_or("relu");  // as the programs have it unless told
}

// How the sums of a ResNet's blocks are taken: of that, too, no name and no shape tells.
ResidualForm form_of(const Safetensors& file, const std::string& path) {
  const std::string text = flag_of(file, "--residual").value_or("add");
  try {
    return ResidualForm::parse(text);
  } catch (const ValueError&) {
    fail<DataError>(path, ": --residual ", in_quotes(text), ": no such sum is known");
  }
}

// What stands under one number of a Sequential.
struct Numbered {
  Shape weight;
  bool bias = false, norm = false;
};

std::map<int64_t, Numbered> numbered(const Safetensors& file, const std::string& path) {
  std::map<int64_t, Numbered> all;
  for (const auto& [key, tensor] : file.tensors) {
    int64_t number = -1;
    const char* const end = key.data() + key.size();
    const auto [stop, error] = std::from_chars(key.data(), end, number);
    if (error != std::errc() || stop == end || *stop != '.' || number < 0 || number >= kMostModules)
      fail<DataError>(path, ": ", in_quotes(key), ": no network with this name in it; ", kHint);
    Numbered& module = all[number];
    const std::string_view what(stop + 1, static_cast<std::size_t>(end - stop - 1));
    if (what == "weight") {
      module.weight = tensor.shape();
    } else if (what == "bias") {
      module.bias = true;
    } else if (what == "running_mean") {
      module.norm = true;
    } else if (what != "running_var" && what != "num_batches_tracked") {
      fail<DataError>(path, ": ", in_quotes(key), ": no network with this name in it; ", kHint);
    }
  }
  return all;
}

LoadedNetwork sequential(
    const Safetensors& file, const std::string& path, const std::string& activation) {
  for (const char* flag : {"--front", "--residual"})
    if (const auto value = flag_of(file, flag); value && !value->empty())
      fail<DataError>(path, ": an MLP of ", flag, " ", in_quotes(*value),
          ", which load_network does not build; build it of modules and use load_weights");
  const std::map<int64_t, Numbered> all = numbered(file, path);
  auto net = std::make_unique<Sequential>();
  LoadedNetwork loaded;
  int64_t features = 0;
  bool activated = true;  // is there nothing before it that waits for an activation?
  for (const auto& [number, module] : all) {
    while (static_cast<int64_t>(net->size()) < number) {
      if (activated) {
        net->add<Flatten>();  // before the first layer; of [N, F] it changes nothing
      } else {
        net->add(make_activation(activation));
        activated = true;
      }
    }
    if (module.norm) {
      if (features == 0 || module.weight != Shape{features})
        fail<DataError>(path, ": ", number, ".weight: ", module.weight, " of a batch norm after ",
            features, " features");
      net->add<BatchNorm1d>(features);
      continue;
    }
    if (module.weight.rank() != 2)
      fail<DataError>(
          path, ": ", number, ".weight: ", module.weight, ": a linear layer has [out,in]");
    const int64_t out = module.weight[0], in = module.weight[1];
    if (features != 0 && in != features)
      fail<DataError>(
          path, ": ", number, ".weight: ", module.weight, " after ", features, " features");
    if (features == 0) loaded.sample = Shape{in};
    net->add<Linear>(in, out, module.bias ? Bias::learnt : Bias::none);
    features = out;
    activated = false;
  }
  if (features == 0) fail<DataError>(path, ": has no weights");
  loaded.outputs = features;
  loaded.net = std::move(net);
  return loaded;
}

const Shape& shape_of(
    const Safetensors& file, const std::string& path, const std::string& key, int rank) {
  const auto found = file.tensors.find(key);
  if (found == file.tensors.end()) fail<DataError>(path, ": ", key, ": missing");
  if (found->second.rank() != rank)
    fail<DataError>(path, ": ", key, ": ", found->second.shape(), ": needs ", rank, " axes");
  return found->second.shape();
}

// "1x28x28".
Shape sample_of(const Safetensors& file, const std::string& path) {
  const auto found = file.metadata.find("lively.input");
  if (found == file.metadata.end())
    fail<DataError>(
        path, ": does not say how large its pictures are; use resnet() and load_weights");
  Shape shape;
  const std::string& text = found->second;
  const char *at = text.data(), *const end = at + text.size();
  while (at < end && shape.rank() < 3) {
    int64_t size = 0;
    const auto [stop, error] = std::from_chars(at, end, size);
    if (error != std::errc() || size < 1 || size > 1 << 20 || (stop < end && *stop != 'x')) break;
    shape.push_back(size);
    at = stop + (stop < end);
  }
  if (at != end || shape.rank() != 3)
    fail<DataError>(path, ": lively.input: ", in_quotes(text), ": is not of the form 1x28x28");
  return shape;
}

LoadedNetwork residual(
    const Safetensors& file, const std::string& path, const std::string& activation) {
  const Shape sample = sample_of(file, path), &stem = shape_of(file, path, "conv1.weight", 4);
  int blocks = 0;
  while (file.tensors.contains(message("layer1.", blocks, ".conv1.weight"))) ++blocks;
  const bool carried = file.tensors.contains("layer2.0.downsample.0.weight");
  ResnetShape shape;
  shape.depth = 6 * blocks + 2;
  shape.width = stem[0];
  shape.in_channels = stem[1];
  shape.classes = shape_of(file, path, "fc.weight", 2)[0];
  shape.shortcut = flag_of(file, "--plain") == "true" ? Shortcut::none
                   : carried                          ? Shortcut::b
                                                      : Shortcut::a;
  shape.activation = activation;
  shape.form = form_of(file, path);
  shape.norm = file.tensors.contains("bn1.weight");
  if (shape.in_channels != sample[0])
    fail<DataError>(path, ": conv1.weight: ", stem, " for pictures ", sample);
  // What its convolutions hold: a file must not ask for more memory than it has itself.
  const double width = static_cast<double>(shape.width),
               least = 9 * width * width * (42.0 * blocks - 10);
  double held = 0;
  for (const auto& [key, tensor] : file.tensors) held += static_cast<double>(tensor.numel());
  if (held < least)
    fail<DataError>(path, ": holds ", static_cast<int64_t>(held),
        " numbers, fewer than a ResNet of ", blocks, " blocks a stage and ", shape.width,
        " channels");
  return {resnet(shape), sample, shape.classes};
}

}  // namespace

LoadedNetwork load_network(const std::string& path, std::string_view activation) {
  const Safetensors file = read_safetensors(path);
  const std::string between = activation_of(file, path, activation);
  (void)make_activation(between);  // is there one of that name?
  LoadedNetwork loaded;
  try {
    loaded = file.tensors.contains("conv1.weight") ? residual(file, path, between)
                                                   : sequential(file, path, between);
  } catch (const ValueError& e) {  // a size that no layer has
    fail<DataError>(path, ": ", e.what());
  }
  load_weights(*loaded.net, file, path);
  loaded.net->eval();
  return loaded;
}

}  // namespace lively
