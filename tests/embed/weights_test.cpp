#include "lively/embed/weights.h"

#include <doctest/doctest.h>

#include "lively/embed/network.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/resnet.h"
#include "lively/tensor/random.h"
#include "tests/data/files.h"
#include "tests/paths.h"

using namespace lively;

namespace {

const std::string kFolder = LIVELY_SOURCE_DIR "/tests/embed/";

std::string error_of(Module& net, const std::string& path) {
  try {
    load_weights(net, path);
  } catch (const DataError& e) {
    return e.what();
  }
  return "no error";
}

bool same(const StateDict& a, const StateDict& b) {
  bool equal = a.size() == b.size();
  for (std::size_t i = 0; equal && i < a.size(); ++i)
    equal = a[i].name == b[i].name && a[i].value.to_string() == b[i].value.to_string();
  return equal;
}

Tensor predict(LoadedNetwork& loaded, const Tensor& x) {
  return (*loaded.net)(Variable(x)).data().contiguous();
}

Tensor noise(const Shape& shape) {
  Stream stream(Seed{7}, "noise");
  Tensor t = Tensor::empty(shape);
  for (float& v : t.mutable_values<float>()) v = static_cast<float>(stream.normal());
  return t;
}

}  // namespace

// The files are of PyTorch 2.13: nn.Sequential(Flatten, Linear(2, 4), ReLU, Linear(4, 4), ReLU,
// Linear(4, 3)), and (Linear(3, 5, bias=False), BatchNorm1d(5), SELU, Dropout(0.5), Linear(5, 2))
// in evaluation mode; so are the outputs.

TEST_CASE("load_weights: value, of a file of PyTorch") {
  const auto net = mlp({.inputs = 2, .depth = 2, .width = 4, .classes = 3});
  load_weights(*net, kFolder + "mlp.safetensors");
  const Tensor y = (*net)(Variable(Tensor::ones({1, 2}))).data();
  CHECK(y.at({0, 0}) == doctest::Approx(0.13177).epsilon(1e-5));
  CHECK(y.at({0, 1}) == doctest::Approx(-0.139648).epsilon(1e-5));
  CHECK(y.at({0, 2}) == doctest::Approx(-0.481869).epsilon(1e-5));
}

TEST_CASE("load_weights: value, what save_weights has written") {
  const files::Folder folder;
  const std::string path = folder.file("w.safetensors");
  const ResnetShape shape{.depth = 8, .width = 4};
  const auto from = resnet(shape), to = resnet(shape);
  initialize(*from, Initializer::parse("he_normal"), Seed{5});
  save_weights(*from, path);
  CHECK(!same(from->state_dict(), to->state_dict()));
  load_weights(*to, path);
  CHECK(same(from->state_dict(), to->state_dict()));
}

TEST_CASE("load_weights: error, names what is missing, unexpected and different") {
  const std::string path = kFolder + "mlp.safetensors";
  const auto net = mlp({.inputs = 3, .depth = 1, .width = 4, .classes = 4, .norm = Norm::batch});
  const std::string before = net->state_dict()[0].value.to_string();
  CHECK(
      error_of(*net, path) ==
      path +
          ": are not the weights of this network; missing: 2.weight [4], 2.bias [4], "
          "2.running_mean [4], 2.running_var [4], 2.num_batches_tracked [] int64, 4.weight [4,4], "
          "4.bias [4]; unexpected: '3.bias' [4], '3.weight' [4,4], '5.bias' [3], '5.weight' [3,4]; "
          "different: 1.weight [4,2], not [4,3]");
  CHECK(net->state_dict()[0].value.to_string() == before);
}

TEST_CASE("load_weights: error, of another dtype, and of more than a sentence can hold") {
  const files::Folder folder;
  const std::string path = folder.file("w.safetensors");
  Safetensors file;
  for (int i = 0; i < 20; ++i) file.tensors.emplace(message("x", 10 + i), Tensor::zeros({1}));
  const auto net = mlp({.inputs = 2, .depth = 0, .classes = 3});
  file.tensors.emplace("1.weight", Tensor::zeros({3, 2}, Dtype::float64));
  file.tensors.emplace("1.bias", Tensor::zeros({3}));
  write_safetensors(path, file);
  const std::string error = error_of(*net, path);
  CHECK(error.find("'x17' [1] and 12 more; different: 1.weight [3,2] float64, not [3,2]") !=
        error.npos);
  CHECK(error.find("x18") == error.npos);
  CHECK(error_of(*net, folder.file("none")).find("none: ") != error.npos);
}

TEST_CASE("load_network: value, of files of PyTorch whose activation is named") {
  LoadedNetwork plain = load_network(kFolder + "mlp.safetensors", "relu");
  CHECK(plain.sample == Shape{2});
  CHECK(plain.outputs == 3);
  CHECK(!plain.net->is_training());
  CHECK(
      predict(plain, Tensor::ones({1, 2})).at({0, 2}) == doctest::Approx(-0.481869).epsilon(1e-5));

  LoadedNetwork normed = load_network(kFolder + "normed.safetensors", "selu");
  CHECK(normed.sample == Shape{3});
  const Tensor y = predict(normed, Tensor::of<float>({1, -2, .5f, 0, 3, -1}, {2, 3}));
  const double torch[] = {0.1050449, -0.51043, -0.4345796, 0.8586003};
  for (int64_t i = 0; i < 4; ++i)
    CHECK(y.at({i / 2, i % 2}) == doctest::Approx(torch[i]).epsilon(1e-5));
}

TEST_CASE("load_network: value, of networks that say what they are") {
  const files::Folder folder;
  const std::string path = folder.file("w.safetensors");
  const auto check = [&](Module& net, const Shape& sample, Safetensors file) {
    for (const auto& [key, tensor] : net.state_dict()) file.tensors.emplace(key, tensor);
    write_safetensors(path, file);
    LoadedNetwork loaded = load_network(path);
    CHECK(loaded.sample == sample);
    Shape shape{5};
    for (const int64_t size : sample) shape.push_back(size);
    const Tensor x = noise(shape);
    net.eval();
    CHECK(predict(loaded, x).to_string() == net(Variable(x)).data().to_string());
  };
  Safetensors file;
  file.metadata["lively.program"] = "mnist_mlp";
  file.metadata["lively.flags"] = "--depth=3\n--activation=tanh\n";
  for (const Norm norm : {Norm::none, Norm::batch, Norm::batch_after}) {
    const auto net = mlp(
        {.inputs = 6, .depth = 3, .width = 5, .classes = 4, .activation = "tanh", .norm = norm});
    check(*net, {6}, file);
  }
  file.metadata["lively.program"] = "mnist_resnet";
  file.metadata["lively.input"] = "2x9x9";
  file.metadata["lively.flags"] = "--depth=8\n";
  ResnetShape shape{.depth = 14, .in_channels = 2, .width = 4};
  check(*resnet(shape), {2, 9, 9}, file);
  shape.shortcut = Shortcut::b;
  check(*resnet(shape), {2, 9, 9}, file);
  shape.shortcut = Shortcut::none;
  file.metadata["lively.flags"] = "--depth=8\n--plain=true\n";
  check(*resnet(shape), {2, 9, 9}, file);
  for (const char* form : {"add", "subtract", "add:pre", "subtract:pre"})
    for (const Shortcut shortcut : {Shortcut::a, Shortcut::b})
      for (const bool norm : {true, false}) {
        CAPTURE(form);
        CAPTURE(norm);
        shape.shortcut = shortcut;
        shape.form = ResidualForm::parse(form);
        shape.norm = norm;
        file.metadata["lively.flags"] = message("--norm=none\n--residual=", form, "\n--seed=2\n");
        check(*resnet(shape), {2, 9, 9}, file);
      }
}

TEST_CASE("load_network: error, names the flag of a network that it does not build") {
  const files::Folder folder;
  const std::string path = folder.file("w.safetensors");
  const auto error = [&](const std::string& flags, const char* key) {
    Safetensors file;
    file.metadata["lively.program"] = "mnist";
    file.metadata["lively.input"] = "1x9x9";
    file.metadata["lively.flags"] = flags;
    file.tensors.emplace(key, Tensor::zeros({2, 2, 3, 3}));
    file.tensors.emplace("fc.weight", Tensor::zeros({2, 2}));
    write_safetensors(path, file);
    try {
      (void)load_network(path);
    } catch (const DataError& e) {
      return std::string(e.what()).substr(path.size());
    }
    return std::string("no error");
  };
  const std::string rest =
      ", which load_network does not build; build it of modules and use load_weights";
  CHECK(error("--residual=subtract\n", "3.inner.weight") ==
        ": an MLP of --residual 'subtract'" + rest);
  CHECK(error("--front=conv:0.5\n", "0.0.weight") == ": an MLP of --front 'conv:0.5'" + rest);
  CHECK(
      error("--residual=halve\n", "conv1.weight") == ": --residual 'halve': no such sum is known");
}

TEST_CASE("load_network: error, of files that hold no network") {
  const files::Folder folder;
  const std::string path = folder.file("w.safetensors");
  const auto error = [&](std::initializer_list<std::pair<const char*, Shape>> tensors,
                         const char* activation = "relu") {
    Safetensors file;
    for (const auto& [key, shape] : tensors) file.tensors.emplace(key, Tensor::zeros(shape));
    write_safetensors(path, file);
    try {
      (void)load_network(path, activation);
    } catch (const DataError& e) {
      const std::string text = e.what();
      return text.starts_with(path) ? text.substr(path.size()) : text;
    }
    return std::string("no error");
  };
  const std::string known =
      "no network with this name in it; mlp, a Sequential of linear layers and batch norms, and "
      "resnet are known";
  CHECK(error({}) == ": has no weights");
  CHECK(error({{"encoder.0.weight", {2, 2}}}) == ": 'encoder.0.weight': " + known);
  CHECK(error({{"1.inner.weight", {2, 2}}}) == ": '1.inner.weight': " + known);
  CHECK(error({{"99999999.weight", {2, 2}}}) == ": '99999999.weight': " + known);
  CHECK(
      error({{"0.weight", {2, 2, 3, 3}}}) == ": 0.weight: [2,2,3,3]: a linear layer has [out,in]");
  CHECK(
      error({{"0.weight", {2, 3}}, {"2.weight", {2, 3}}}) == ": 2.weight: [2,3] after 2 features");
  CHECK(error({{"0.weight", {0, 3}}}).find("0") != std::string::npos);
  CHECK(error({{"0.weight", {2, 3}}, {"0.bias", {3}}}) ==
        ": are not the weights of this network; different: 0.bias [3], not [2]");
  CHECK(
      error({{"0.weight", {2, 3}}}, "") == ": does not say its activation; name it: \"relu\", say");
  CHECK(error({{"conv1.weight", {4, 1, 3, 3}}}) ==
        ": does not say how large its pictures are; use resnet() and load_weights");
  CHECK_THROWS_AS((void)load_network(kFolder + "mlp.safetensors", "rellu"), ValueError);
}

TEST_CASE("load_network: error, of a file that asks for more memory than it has") {
  const files::Folder folder;
  const std::string path = folder.file("w.safetensors");
  Safetensors file;
  file.metadata["lively.program"] = "mnist_resnet";
  file.metadata["lively.input"] = "1x28x28";
  file.tensors.emplace("conv1.weight", Tensor::zeros({1000000, 1, 1, 1}));
  file.tensors.emplace("layer1.0.conv1.weight", Tensor::zeros({1}));
  file.tensors.emplace("fc.weight", Tensor::zeros({1, 1}));
  write_safetensors(path, file);
  CHECK_THROWS_WITH_AS((void)load_network(path),
      (path +
          ": holds 1000002 numbers, fewer than a ResNet of 1 blocks a stage and 1000000 channels")
          .c_str(),
      DataError);
}
