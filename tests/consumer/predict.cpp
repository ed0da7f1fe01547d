// Loads the weights of a network 2 - 4 - 4 - 3 and predicts: what a small device needs, linked
// statically and without BLAS in well under 2 MB. It names the layers that it has: mlp(), which
// knows every activation, would bring all of them.
//   predict WEIGHTS.safetensors
#include <lively/embed/weights.h>
#include <lively/nn/linear.h>
#include <lively/nn/rectifier.h>
#include <lively/nn/sequential.h>
#include <lively/nn/shaping.h>

#include <cstdio>

int main(int argc, char** argv) {
  using namespace lively;
  if (argc != 2) return std::fputs("usage: predict WEIGHTS.safetensors\n", stderr), 2;
  try {
    Sequential net;
    net.add<Flatten>();
    net.add<Linear>(2, 4);
    net.add<ReLU>();
    net.add<Linear>(4, 4);
    net.add<ReLU>();
    net.add<Linear>(4, 3);
    load_weights(net, argv[1]);
    net.eval();
    const Tensor y = net(Variable(Tensor::ones({1, 2}))).data();
    std::printf("outputs:");
    for (const float v : y.values<float>()) std::printf(" %.6g", static_cast<double>(v));
    std::printf("\n");
  } catch (const Error& e) {
    return std::fprintf(stderr, "predict: %s\n", e.what()), 3;
  }
}
