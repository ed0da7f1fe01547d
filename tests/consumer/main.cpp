// The least a program outside the house can do with Lively.
#include <cstdio>

#include "lively/lively.h"

int main() {
  const lively::Tensor x = lively::Tensor::zeros({2, 3});
  std::printf("lively %s, %d numbers\n", LIVELY_VERSION, static_cast<int>(x.numel()));
}
