// "All gradients are zero": each explanation alone. And what others said of rates, plain networks
// and the order of repairs.
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/claims/recipes.h"

namespace lively::lab {
namespace {

Claim faulty() {
  const ClaimArm wide{"5 x 128, U(−1, 1), Adam",
      "--quick --epochs 2 " + kWide + "--optimizer adam --lr 0.001", Instrument::faulty_test},
      he{"5 x 128, he_uniform", "--quick --epochs 2", Instrument::faulty_test};
  return {.id = "z3",
      .source = "the note's gradient_test, as papers.md has it",
      .sentence =
          "The test itself says zero: it differentiates the softmax output, with weights "
          "drawn anew.",
      .meaning =
          "Two networks that have learnt: over 99 % of what it reports are exact zeros, or "
          "all is smaller than a ten thousandth of the loss's gradient, which has under "
          "90 % zeros.",
      .parts = {{"learnt, U(−1, 1)", accuracy(), wide, {}, Relation::above, 0.5},
          {"truth, U(−1, 1)", true_zeros(), wide, {}, Relation::below, 0.9},
          {"exact zeros, U(−1, 1)", faulty_zeros(), wide, {}, Relation::above, 0.99},
          {"learnt, he_uniform", accuracy(), he, {}, Relation::above, 0.5},
          {"truth, he_uniform", true_zeros(), he, {}, Relation::below, 0.9},
          {"exact zeros, he_uniform", faulty_zeros(), he, {}, Relation::above, 0.99},
          {"size, he_uniform", faulty_size(), he, {}, Relation::below, 1e-4}},
      .depends =
          "the logits of the weights drawn anew: exact zeros where they are large, rounding "
          "where they are small"};
}

Claim rounding() {
  const ClaimArm one{"logits of deviation 1", "", Instrument::softmax_sums, 1},
      hundred{"logits of deviation 100", "", Instrument::softmax_sums, 100};
  return {.id = "z6",
      .source = "a derivation of ours",
      .sentence =
          "Of the softmax sum's gradients by logits, 58 % are exact zeros at deviation 1, "
          "99 % at 100.",
      .meaning =
          "Within 5 points, with this library's softmax. (It is rounding: another order of "
          "the sum has other zeros.)",
      .parts = {{"58 %, at least", softmax_zeros(), one, {}, Relation::above, 0.53},
          {"58 %, at most", softmax_zeros(), one, {}, Relation::below, 0.63},
          {"99 %", softmax_zeros(), hundred, {}, Relation::above, 0.94}},
      .together = true};
}

Claim overflow() {
  const auto deep = [](const char* depth) {
    return ClaimArm{std::string(depth) + " x 128, U(−1, 1), Adam",
        "--quick --epochs 1 " + kWide + "--optimizer adam --lr 0.001 --depth " + depth};
  };
  std::vector<ClaimPart> parts;
  for (const char* depth : {"5", "11", "30", "40"})
    parts.push_back(
        {std::string(depth) + " layers", overflowed(), deep(depth), {}, Relation::above, 0.3});
  return {.id = "z2",
      .source = "derived; first seen at 40 layers",
      .sentence = "Adam's second moments overflow, and its steps are exactly 0.",
      .meaning = "Under U(−1, 1) over 30 % of the second moments are infinite after one epoch.",
      .parts = std::move(parts),
      .depends = "the depth",
      .seeds = 6};
}

Claim rates() {
  std::vector<ClaimPart> parts;
  for (const char* lr : {"0.1", "0.3", "1"})
    parts.push_back({std::string("SGD, lr ") + lr, dead_share(),
        five(std::string("SGD, lr ") + lr, std::string("--lr ") + lr), {}, Relation::above, 0.4});
  for (const char* lr : {"0.01", "0.03", "0.1"})
    parts.push_back({std::string("Adam, lr ") + lr, dead_share(),
        five(std::string("Adam, lr ") + lr, std::string("--optimizer adam --lr ") + lr), {},
        Relation::above, 0.4});
  return {.id = "x1",
      .source = "lore; CS231n's notes",
      .sentence = "Up to 40 % of a network can be dead if the learning rate is too high.",
      .meaning = "5 x 128: over 40 % of the units are dead after two epochs.",
      .parts = std::move(parts),
      .depends = "the rate and the optimizer: it may be none of the units, or nearly all"};
}

Claim plain() {
  const std::string net = "mnist_resnet --quick --epochs 1 --width 8 --depth ";
  const ClaimArm plain20{"plain-20", net + "20 --plain"}, plain32{"plain-32", net + "32 --plain"},
      res20{"resnet-20", net + "20"}, res32{"resnet-32", net + "32"};
  return {.id = "x2",
      .source = "note, 20, against He et al. 2016; dispute 5",
      .sentence = "Plain deep networks degrade because their ReLUs die.",
      .meaning =
          "79 steps of batch 128: plain is over 5 points less accurate than residual, and "
          "over 5 points more of its channels are dead. (A small form: they trained 64,000 "
          "steps.)",
      .parts = {{"degrades, 20", accuracy(), res20, plain20, Relation::above, kClear},
          {"degrades, 32", accuracy(), res32, plain32, Relation::above, kClear},
          {"dies, 20", dead_share(), plain20, res20, Relation::above, kClear},
          {"dies, 32", dead_share(), plain32, res32, Relation::above, kClear}},
      .together = true,
      .seeds = 6,
      .quick = false};
}

Claim order_of_repairs() {
  std::vector<ClaimPart> parts;
  for (const auto& [name, init] : {std::pair{"U(−1, 1)", kWide}, {"U(−.05, .05)", kSmall}}) {
    const std::string on = std::string(", ") + name;
    const ClaimArm selu = eleven("SELU" + on, kSelu + init),
                   norm = eleven("batch norm" + on, init + "--norm batch");
    parts.push_back({"activation > batch norm" + on, accuracy(), selu, norm, Relation::above, 0});
    parts.push_back({"batch norm > initialiser" + on, accuracy(), norm,
        eleven("he_uniform", "--init he_uniform"), Relation::above, 0});
  }
  return {.id = "x3",
      .source = "AutoTrainer: of 24 repaired, 16, 7 and 1",
      .sentence = "Against dying: activation > batch norm > initialiser.",
      .meaning =
          "As combinations, 11 layers, Adam: SELU on the values that fail (its code keeps "
          "the weights), batch norm on them, ReLU + he_uniform: each more accurate than the "
          "next.",
      .parts = std::move(parts),
      .depends = "the pair and the values that fail",
      .holm = true};
}

}  // namespace

std::vector<Claim> claims_of_zero_gradients() {
  const ClaimArm clipped = five("U(−1, 1), clipped loss", kWide + kClipped),
                 logits = five("U(−1, 1), loss from logits", kWide),
                 gone = five("biases −10", "--bias-init constant:-10");
  const ClaimArm vanished = eleven("U(−.05, .05)", kSmall);
  std::vector<Claim> all;
  all.push_back({.id = "z1",
      .source = "Keras up to 2.2.5; dispute 15",
      .sentence = "The clipped loss alone makes all gradients 0, with no unit dead.",
      .meaning = "5 x 128, U(−1, 1), at birth: over 90 % of the gradient entries are exactly 0 and "
                 "under 5 % of the units are dead; with the loss from logits not 90 %.",
      .parts = {{"zeros", zero_gradients_born(), clipped, {}, Relation::above, 0.9},
          {"nobody dead", born_share(), clipped, {}, Relation::below, 0.05},
          {"not without it", zero_gradients_born(), logits, {}, Relation::below, 0.9}},
      .together = true});
  all.push_back(overflow());
  all.push_back(faulty());
  all.push_back({.id = "z4",
      .source = "derived",
      .sentence = "A vanished signal alone makes all gradients 0, with no layer dead.",
      .meaning = "11 x 128, U(−.05, .05), Adam: at birth the logits hardly depend on the input and "
                 "no layer is dead, and over 90 % of the gradient entries are exactly 0.",
      .parts = {{"vanished", constant_born(), vanished, {}, Relation::above, kMost},
          {"no layer dead", dead_layer_born(), vanished, {}, Relation::below, kMost},
          {"zeros", zero_gradients_born(), vanished, {}, Relation::above, 0.9}},
      .together = true});
  all.push_back({.id = "z5",
      .source = "note, 5",
      .sentence = "True death makes all gradients 0.",
      .meaning = "Biases of −10: in most runs every entry is exactly 0: of the hidden layers, and "
                 "of all parameters.",
      .parts = {{"hidden layers", hidden_zero(), gone, {}, Relation::above, kMost},
          {"all parameters", all_zero(), gone, {}, Relation::above, kMost}},
      .depends = "whether the output layer's bias is counted, which still learns"});
  all.push_back(rounding());
  all.push_back(rates());
  all.push_back(plain());
  all.push_back(order_of_repairs());
  return all;
}

std::vector<Claim> all_claims() {
  std::vector<Claim> all;
  for (const auto& some : {claims_of_units(), claims_of_initialisers(), claims_of_remedies(),
           claims_in_dispute(), claims_of_zero_gradients()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace lively::lab
