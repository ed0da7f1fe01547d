#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "apps/lab/recipe/saved_model.h"
#include "lively/data/npy.h"
#include "lively/tensor/random.h"
#include "tests/apps/process.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

Tensor outputs(const std::string& file, const Tensor& x) {
  const SavedModel saved = load_model(file);
  const NoGrad no_grad;
  return (*saved.model)(Variable(x)).data().contiguous();
}

}  // namespace

TEST_CASE("exchange: weights give the same outputs in PyTorch, both ways") {
  const char* named = std::getenv("LIVELY_PYTHON");
  const std::string python = named && *named ? named : "python3";
  if (std::system((python + " -c 'import torch, safetensors, numpy' >/dev/null 2>&1").c_str()) !=
      0) {
    MESSAGE("skipped: "
            << python
            << " has no torch, safetensors and numpy (set LIVELY_PYTHON to a Python that has)");
    return;
  }
  const TemporaryFolder folder;
  small_set(300, 60).write(folder);
  Tensor x = Tensor::empty({8, 1, 28, 28});
  Stream stream(Seed{3}, "exchange");
  fill_uniform(x, stream, 0, 1);
  write_npy(folder / "x.npy", x);
  const std::string ours = folder / "ours.safetensors",
                    common = " --threads 1 --epochs 1 --batch-size 30 --data " + folder.path() +
                             " --save " + ours;
  const std::pair<const char*, std::string> kinds[] = {{"mlp", "--depth 2 --width 16"},
      {"resnet_a", "--depth 8 --width 4"}, {"resnet_b", "--depth 8 --width 4 --shortcut b"}};
  for (const auto& each : kinds) {
    const char* kind = each.first;
    const std::string& flags = each.second;
    CAPTURE(kind);
    const std::string program = std::string(kind) == "mlp" ? "mnist_mlp" : "mnist_resnet";
    REQUIRE(run(program, flags + common).code == 0);
    write_npy(folder / "y.npy", outputs(ours, x));
    REQUIRE(std::system((python + " " + LIVELY_SOURCE_DIR + "/tests/apps/exchange_check.py " +
                         kind + " " + folder.path())
                            .c_str()) == 0);
    const Tensor got = outputs(folder / "theirs.safetensors", x), want = read_npy(folder / "z.npy");
    REQUIRE(got.shape() == want.shape());
    for (int64_t i = 0; i < got.numel(); ++i) {
      const double a = got.values<float>()[static_cast<std::size_t>(i)],
                   b = want.values<float>()[static_cast<std::size_t>(i)];
      CHECK(std::abs(a - b) <= 1e-5 + 1e-4 * std::abs(b));
    }
  }
}
