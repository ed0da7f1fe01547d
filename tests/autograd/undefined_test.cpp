// An undefined Variable, or Tensor beside one, says so in the name of what was asked of it. That
// every op does for every Variable it takes is a test of op_table_test.cpp.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "lively/autograd/ops.h"
#include "lively/tensor/reduce.h"

using namespace lively;

namespace {

struct Call {
  std::string op;
  std::function<void()> run;
};

void check_calls(const std::vector<Call>& calls) {
  for (const Call& c : calls) {
    CAPTURE(c.op);
    CHECK_THROWS_WITH_AS(c.run(),
        (c.op + ": tensor is undefined (a gradient before backward()?)").c_str(), StateError);
  }
}

}  // namespace

TEST_CASE("undefined: a gradient before backward()") {
  const Variable w = parameter(Tensor::ones({2}));
  check_calls({{"sum", [&] { sum(w.grad()); }}, {"numel", [&] { (void)w.grad().numel(); }},
      {"variable", [&] { (void)Variable(w.grad()); }}});
}

TEST_CASE("undefined: every member of Variable") {
  Variable none;
  const Variable some = parameter(Tensor::ones({1}));
  check_calls({
      {"mutable_data", [&] { (void)none.mutable_data(); }},
      {"shape", [&] { (void)none.shape(); }},
      {"dtype", [&] { (void)none.dtype(); }},
      {"rank", [&] { (void)none.rank(); }},
      {"size", [&] { (void)none.size(0); }},
      {"numel", [&] { (void)none.numel(); }},
      {"item", [&] { (void)none.item(); }},
      {"requires_grad", [&] { (void)none.requires_grad(); }},
      {"is_leaf", [&] { (void)none.is_leaf(); }},
      {"grad", [&] { (void)none.grad(); }},
      {"grad", [&] { (void)Variable().grad(); }},
      {"set_grad", [&] { none.set_grad(Tensor::ones({1})); }},
      {"zero_grad", [&] { none.zero_grad(); }},
      {"retain_grad", [&] { none.retain_grad(); }},
      {"backward", [&] { none.backward(); }},
      {"backward", [&] { none.backward(Tensor::ones({1})); }},
      {"backward", [&] { some.backward(Tensor()); }},
      {"detach", [&] { (void)none.detach(); }},
      {"register_hook", [&] { none.register_hook([](const Tensor& g) { return g; }); }},
      {"variable", [&] { (void)parameter(Tensor()); }},
      {"numel", [&] { (void)none.data().numel(); }},
  });
  CHECK_FALSE(none.defined());
  CHECK_FALSE(none.data().defined());
  CHECK_FALSE(Variable().data().defined());
}

TEST_CASE("undefined: every Tensor that an op takes") {
  const Variable x = parameter(Tensor::ones({2, 3})), row = parameter(Tensor::ones({3}));
  const Tensor none, some = Tensor::ones({3});
  RunningMoments no_mean{none, some}, no_variance{some, none};
  check_calls({
      {"where", [&] { where(none, x, x); }},
      {"gather", [&] { gather(x, 1, none); }},
      {"gather_rows", [&] { gather_rows(x, none); }},
      {"index_select", [&] { index_select(x, 1, none); }},
      {"embedding", [&] { embedding(x, none); }},
      {"batch_norm", [&] { batch_norm(x, row, row, no_mean, NormBy::batch); }},
      {"batch_norm_relu", [&] { batch_norm_relu(x, row, row, no_variance, NormBy::running); }},
      {"mse_loss", [&] { mse_loss(x, none); }},
      {"l1_loss", [&] { l1_loss(x, none); }},
      {"huber_loss", [&] { huber_loss(x, none); }},
      {"smooth_l1_loss", [&] { smooth_l1_loss(x, none); }},
      {"smooth_l1_loss", [&] { smooth_l1_loss(x, none, 0); }},
      {"bce_with_logits", [&] { bce_with_logits(x, none); }},
      {"softmax_cross_entropy", [&] { softmax_cross_entropy(x, none); }},
      {"clipped_cross_entropy", [&] { clipped_cross_entropy(x, none); }},
      {"cross_entropy", [&] { cross_entropy(x, none); }},
      {"nll_loss", [&] { nll_loss(x, none); }},
      {"binary_cross_entropy", [&] { binary_cross_entropy(x, none); }},
      {"kl_div", [&] { kl_div(x, none); }},
  });
}

TEST_CASE("undefined: what passes x through outside of training, and the operators") {
  const Variable none, some = parameter(Tensor::ones({2}));
  Stream stream(Seed{1}, "undefined");
  check_calls({
      {"dropout", [&] { dropout(none, 0.5, stream, false); }},
      {"alpha_dropout", [&] { alpha_dropout(none, 0, stream); }},
      {"add", [&] { none + some; }},
      {"sub", [&] { some - none; }},
      {"mul", [&] { some* none; }},
      {"div", [&] { none / some; }},
      {"neg", [&] { -none; }},
      {"add", [&] { none + 1.0; }},
      {"add", [&] { none - 1.0; }},
      {"neg", [&] { 1.0 - none; }},
      {"mul", [&] { 2.0 * none; }},
      {"mul", [&] { none / 2.0; }},
      {"concat",
          [&] {
            concat({some, none}, 0);
          }},
  });
}
