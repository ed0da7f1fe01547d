#include "apps/lab/study/fixed_point_rows.h"

#include "lively/tensor/spec.h"

namespace lively::lab {

std::vector<FixedPointRow> fixed_point_rows(int64_t width) {
  std::vector<FixedPointRow> rows;
  const auto add = [&](std::string name, RowGroup group, DeepNet net, int64_t times = 1) {
    net.width = times * width;
    rows.push_back({std::move(name), group, std::move(net), times > 1});
  };
  using enum RowGroup;
  add("selu+lecun_normal", pairing, {});
  add("selu+lecun_normal/wide", pairing, {}, 2);
  add("selu+standardised", pairing, {.standardised = true});
  add("selu+lecun_uniform", pairing, {.weights = "lecun_uniform"});
  add("selu+normal", pairing, {.weights = "random_normal:0,*"});
  add("selu+orthogonal", pairing, {.weights = "orthogonal"});
  add("selu+glorot_normal", pairing, {.weights = "glorot_normal"});
  add("selu+lecun_normal/narrow", pairing, {.narrow = true});
  add("selu+glorot_normal/narrow", pairing, {.weights = "glorot_normal", .narrow = true});
  add("selu+lecun_normal/biases", pairing, {.biases = "lecun_normal"});
  add("selu+cut_normal", pairing, {.weights = "truncated_normal:0,*"});
  add("selu+he_normal", pairing, {.weights = "he_normal"});
  add("selu+pytorch", pairing, {.weights = "random_uniform:-*,*"});
  add("selu+uniform_0.05", pairing, {.weights = "random_uniform:-0.05,0.05"});
  add("selu+uniform_1", pairing, {.weights = "random_uniform:-1,1"});
  add("elu+lecun_normal", pairing, {.activation = "elu"});
  add("elu+he_normal", pairing, {.activation = "elu", .weights = "he_normal"});
  add("relu+lecun_normal", pairing, {.activation = "relu"});
  add("relu+he_normal", pairing, {.activation = "relu", .weights = "he_normal"});
  add("relu+he_normal/wide", pairing, {.activation = "relu", .weights = "he_normal"}, 2);
  // Klambauer et al.: Theorem 1 has the means in [-0.1, 0.1] and the variances in [0.8, 1.5],
  // Theorem 2 the variances in [3, 16], Theorem 3 those in [0.02, 0.16] or [0.02, 0.24].
  for (const MeanVariance& input : {MeanVariance{0.1, 0.8}, {-0.1, 0.8}, {0.1, 1.5}, {-0.1, 1.5},
           {0, 3}, {0, 16}, {0, 0.02}, {0, 0.24}, {1, 1}, {-1, 1}, {3, 1}, {0, 100}, {0, 1e-4}})
    add("from:" + number(input.mean) + "/" + number(input.variance), RowGroup::input,
        {.input = input});
  add("alpha_dropout:0.05", drop, {.drop = Drop::alpha, .rate = 0.05});
  add("alpha_dropout:0.1", drop, {.drop = Drop::alpha, .rate = 0.1});
  add("alpha_dropout:0.5", drop, {.drop = Drop::alpha, .rate = 0.5});
  add("dropout:0.05", drop, {.drop = Drop::zero, .rate = 0.05});
  add("dropout:0.1", drop, {.drop = Drop::zero, .rate = 0.1});
  add("dropout:0.5", drop, {.drop = Drop::zero, .rate = 0.5});
  return rows;
}

}  // namespace lively::lab
