// What a user writes: a small net that learns exclusive or, with its pulse taken on the way.
#include <lively/lively.h>

#include <cstdio>

int main() {
  using namespace lively;
  const Tensor inputs = Tensor::of<float>({0, 0, 0, 1, 1, 0, 1, 1}, {4, 2});
  const Tensor labels = Tensor::of<int64_t>({0, 1, 1, 0});
  Sequential net;
  net.add<Linear>(2, 16);
  net.add<ReLU>();
  net.add<Linear>(16, 2);
  Adam optimizer(net.parameters(), 0.02);
  Pulse pulse;
  double loss = 0;
  for (int step = 0; step < 200; ++step) {
    const Observe scope(pulse);
    const Variable l = softmax_cross_entropy(net(Variable(inputs)), labels);
    optimizer.zero_grad();
    l.backward();
    optimizer.step();
    loss = l.item();
  }
  std::printf("lively %s: loss %.4f, %lld of %lld units never fired\n", LIVELY_VERSION, loss,
      static_cast<long long>(pulse.layers()[0].dead()),
      static_cast<long long>(pulse.layers()[0].units()));
  return loss < 0.1 ? 0 : 1;
}
