// What the note says of a dying unit: its claims 1 to 6.
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/claims/recipes.h"

namespace lively::lab {

std::vector<Claim> claims_of_units() {
  const ClaimArm zero_bias = five("biases 0", "");
  const ClaimArm low_bias = five("biases −1", "--bias-init constant:-1");
  const ClaimArm fast_adam = five("Adam, lr .01", "--optimizer adam --lr 0.01");
  const ClaimArm slow_adam = five("Adam, lr .001", "--optimizer adam --lr 0.001");
  const ClaimArm fast_sgd = five("SGD, lr .3", "--lr 0.3");
  const ClaimArm gone = five("biases −10", "--bias-init constant:-10");
  std::vector<Claim> all;
  all.push_back({.id = "n1",
      .source = "note, 1",
      .sentence = "A share of units gives 0 for every input and hardly changes any more, perhaps "
                  "by a large negative bias.",
      .meaning = "Biases of −1 leave more dead units than biases of 0, and the incoming weights of "
                 "first-layer units that are dead from birth to the end do not move.",
      .parts = {{"dead", dead_share(), low_bias, zero_bias, Relation::above, kClear},
          {"unmoved", moved(), low_bias, {}, Relation::below, 0.05}},
      .together = true});
  all.push_back({.id = "n2",
      .source = "note, 2",
      .sentence = "Once dead, a unit is unlikely to recover, as the gradient at 0 is 0.",
      .meaning = "Of the deaths that censuses find (at birth and after each epoch), less than a "
                 "tenth are found undone by a later one.",
      .parts = {{"first layer, biases −1", revived_first(), low_bias, {}, Relation::below, 0.1},
          {"first layer, Adam", revived_first(), fast_adam, {}, Relation::below, 0.1},
          {"later layers, biases −1", revived_later(), low_bias, {}, Relation::below, 0.1},
          {"later layers, Adam", revived_later(), fast_adam, {}, Relation::below, 0.1}},
      .depends = "the layer: what lies below a later one moves, and may wake it"});
  all.push_back({.id = "n3",
      .source = "note, 3",
      .sentence = "Leaky ReLU, .01 x on the negative side, is an attempt to cure it.",
      .meaning = "Where ReLUs die, LeakyReLU .01 is more accurate by over 5 points.",
      .parts = {{"negative biases", accuracy(),
                    five("leaky, biases −1", kLeaky + "--bias-init constant:-1"), low_bias,
                    Relation::above, kClear},
          {"high rate", accuracy(), five("leaky, SGD, lr .3", kLeaky + "--lr 0.3"), fast_sgd,
              Relation::above, kClear},
          {"Adam", accuracy(), five("leaky, Adam, lr .01", kLeaky + "--optimizer adam --lr 0.01"),
              fast_adam, Relation::above, kClear}},
      .depends = "what made them die"});
  all.push_back({.id = "n4",
      .source = "note, 4",
      .sentence = "Sigmoid and tanh saturate too, but some gradient remains.",
      .meaning = "Under U(−1, 1) over half of the outputs lie on the flat part, and in most runs "
                 "the hidden layers' gradient is not exactly 0.",
      .parts = {{"tanh, saturated", saturated(), five("tanh", kWide + "--activation tanh"), {},
                    Relation::above, kMost},
          {"sigmoid, saturated", saturated(), five("sigmoid", kWide + "--activation sigmoid"), {},
              Relation::above, kMost},
          {"tanh, gradient 0", hidden_zero(), five("tanh", kWide + "--activation tanh"), {},
              Relation::below, kMost},
          {"sigmoid, gradient 0", hidden_zero(), five("sigmoid", kWide + "--activation sigmoid"),
              {}, Relation::below, kMost}},
      .depends = "the activation and the part of the sentence"});
  all.push_back({.id = "n5",
      .source = "note, 5",
      .sentence = "When it occurs, the layer's output and its gradient are 0.",
      .meaning = "Biases of −10 kill a whole layer, and then the hidden layers' gradient is 0 in "
                 "every entry, in most runs.",
      .parts = {{"output", dead_layer(), gone, {}, Relation::above, kMost},
          {"gradient", hidden_zero(), gone, {}, Relation::above, kMost}},
      .together = true});
  all.push_back({.id = "n6",
      .source = "note, 6 and 23",
      .sentence = "Causes are a learning rate too high, bad samples, bad initial values, or a "
                  "large negative bias.",
      .meaning = "Each leaves over 5 points more dead units at the end than the same network "
                 "without it. (A run that diverged ends where its loss was not finite.)",
      .parts = {{"rate, SGD", dead_share(), fast_sgd, zero_bias, Relation::above, kClear},
          {"rate, Adam", dead_share(), fast_adam, slow_adam, Relation::above, kClear},
          {"samples", dead_share(), five("100 outliers", "--plant outliers:100"), zero_bias,
              Relation::above, kClear},
          {"initial values", dead_share(), five("U(−1, 1)", kWide), zero_bias, Relation::above,
              kClear},
          {"biases", dead_share(), low_bias, zero_bias, Relation::above, kClear}},
      .depends = "the cause"});
  return all;
}

}  // namespace lively::lab
