// What the note says of other remedies, and how it ranks them: its claims 17 to 26.
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/claims/recipes.h"

namespace lively::lab {
namespace {

const std::string kLecun = "--init lecun_normal ";

Claim leaky_useless() {
  const std::string sgd = "--momentum 0 ", longer = "--epochs 12 ";
  return {.id = "n17",
      .source = "note, 17",
      .sentence =
          "LeakyReLU does not cure: with U(−1, 1) all gradients are still 0, with "
          "U(−.05, .05) they are not, but nothing is learnt, even with six times the steps.",
      .meaning =
          "U(−1, 1): in most runs every gradient entry is exactly 0 at the end. "
          "U(−.05, .05): most runs do not learn, two epochs or twelve.",
      .parts = {{"U(−1, 1), clipped loss", all_zero(),
                    five("leaky, U(−1, 1), clipped", kLeaky + kWide + kClipped), {},
                    Relation::above, kMost},
          {"U(−1, 1), loss from logits", all_zero(), five("leaky, U(−1, 1)", kLeaky + kWide), {},
              Relation::above, kMost},
          {"U(−.05, .05), Adam, 11 layers", learns(),
              eleven("leaky, U(−.05, .05)", kLeaky + kSmall), {}, Relation::below, kMost},
          {"U(−.05, .05), momentum", learns(), five("leaky, U(−.05, .05)", kLeaky + kSmall), {},
              Relation::below, kMost},
          {"the same, 6 x the epochs", learns(),
              five("leaky, U(−.05, .05), 12 epochs", kLeaky + kSmall + longer), {}, Relation::below,
              kMost},
          {"no momentum, 6 x the epochs", learns(),
              five("leaky, U(−.05, .05), no momentum, 12 epochs", kLeaky + kSmall + sgd + longer),
              {}, Relation::below, kMost}},
      .depends = "loss and optimizer"};
}

Claim residual_spares() {
  const std::string narrow = "--quick --epochs 2 --depth 20 --width 8 ";
  const ClaimArm plain{"plain, 20 x 8", narrow};
  return {.id = "n18",
      .source = "note, 18",
      .sentence = "With H = f(x) ± x, a layer after one that is alive is less likely to be dead.",
      .meaning =
          "20 x 8: of the layers above one that lives, fewer are dead at the end than in "
          "the plain network.",
      .parts = {{"add", dead_after_alive(), {"residual, add", narrow + "--residual add"}, plain,
                    Relation::below, 0},
          {"subtract", dead_after_alive(), {"residual, subtract", narrow + "--residual subtract"},
              plain, Relation::below, 0}},
      .depends = "the sign"};
}

Claim residual_best() {
  const ClaimArm small = eleven("residual, U(−.05, .05)", kSmall + "--residual add"),
                 he = eleven("residual, he_uniform", "--residual add");
  std::vector<ClaimPart> parts;
  for (const ClaimArm& residual : {small, he})
    for (const ClaimArm& other :
        {eleven("SELU + lecun_normal", kSelu + kLecun), eleven("he_uniform", "--init he_uniform"),
            eleven("batch norm, U(−.05, .05)", kSmall + "--norm batch"),
            eleven("leaky, U(−.05, .05)", kLeaky + kSmall)})
      parts.push_back({residual.name + " against " + other.name, accuracy(), residual, other,
          Relation::above, 0});
  return {.id = "n19",
      .source = "note, 19",
      .sentence = "The residual network converged better than every other remedy.",
      .meaning = "11 layers, Adam: more accurate after two epochs than each of the others.",
      .parts = std::move(parts),
      .depends = "what it is combined and compared with",
      .holm = true};
}

Claim block_zeros() {
  const auto blocks = [](const char* name, const char* form) {
    return eleven(name, std::string("--residual ") + form);
  };
  std::vector<ClaimPart> parts;
  for (const auto& [name, form] :
      {std::pair{"add, ReLU after the sum", "add"}, {"add, ReLU before", "add:pre"},
          {"subtract, ReLU after", "subtract"}, {"subtract, ReLU before", "subtract:pre"}})
    for (const Measure& m : {more_zeros_born(), more_zeros()})
      parts.push_back({std::string(name) + (m.name.ends_with("birth") ? ", at birth" : ""), m,
          blocks(name, form), {}, Relation::below, 0.05});
  return {.id = "n21",
      .source = "note, 21",
      .sentence = "A residual block's output has no more zeros than its input.",
      .meaning =
          "11 layers, Adam: less than 5 % of the blocks give out a larger share of exact "
          "zeros than they take in.",
      .parts = std::move(parts),
      .depends = "whether ReLU comes before the sum or after it"};
}

Claim optimizer_same() {
  std::vector<ClaimPart> parts;
  const auto add = [&](const char* name, const std::string& init, const ClaimArm& base,
                       auto build) {
    for (const auto& [optimizer, flags] : {std::pair{"Adam", "--optimizer adam --lr 0.001"},
             {"Adamax", "--optimizer adamax --lr 0.002"},
             {"RMSprop", "--optimizer rmsprop --lr 0.001"}})
      parts.push_back({std::string(optimizer) + ", " + name, accuracy(),
          build(std::string(optimizer) + ", " + name, init + flags), base, Relation::within,
          kClear});
  };
  add("U(−1, 1)", kWide, five("SGD with momentum, U(−1, 1)", kWide), five);
  add("U(−.05, .05)", kSmall, five("SGD with momentum, U(−.05, .05)", kSmall), five);
  return {.id = "n24",
      .source = "note, 24",
      .sentence = "The optimizer has no clear effect.",
      .meaning = "On two networks that fail, accuracy stays within 5 points of SGD with momentum.",
      .parts = std::move(parts),
      .depends = "optimizer and initial values"};
}

}  // namespace

std::vector<Claim> claims_of_remedies() {
  const ClaimArm bn_small = eleven("batch norm, U(−.05, .05)", kSmall + "--norm batch"),
                 bn_wide = eleven("batch norm, U(−1, 1)", kWide + "--norm batch"),
                 small = eleven("U(−.05, .05)", kSmall), wide = eleven("U(−1, 1)", kWide),
                 he = eleven("he_uniform", "--init he_uniform");
  std::vector<Claim> all{leaky_useless(), residual_spares(), residual_best()};
  all.push_back({.id = "n20",
      .source = "note, 20",
      .sentence = "The plain networks of the ResNet paper fail by dying ReLU.",
      .meaning = "Plain networks with batch norm, 79 steps: over 5 % of the channels are dead at "
                 "the end. (The degradation itself: x2.)",
      .parts = {{"20 layers", dead_share(),
                    {"plain-20", "mnist_resnet --quick --epochs 1 --width 8 --depth 20 --plain"},
                    {}, Relation::above, kClear},
          {"32 layers", dead_share(),
              {"plain-32", "mnist_resnet --quick --epochs 1 --width 8 --depth 32 --plain"}, {},
              Relation::above, kClear}},
      .depends = "the depth",
      .seeds = 6,
      .quick = false});
  all.push_back(block_zeros());
  all.push_back({.id = "n22",
      .source = "note, 22",
      .sentence = "Momentum in SGD relieves dying.",
      .meaning = "Fewer units are dead at the end with momentum .9 than without: at the same rate, "
                 "and at ten times the rate without, which is as fast. (Small targets, the paper's "
                 "case: ./apps/target_momentum.)",
      .parts = {{"same rate", dead_share(), five("lr .1, momentum .9", "--lr 0.1"),
                    five("lr .1, momentum 0", "--lr 0.1 --momentum 0"), Relation::below, 0},
          {"same speed", dead_share(), five("lr .1, momentum .9", "--lr 0.1"),
              five("lr 1, momentum 0", "--lr 1 --momentum 0"), Relation::below, 0}},
      .depends = "what is kept equal"});
  all.push_back({.id = "n23",
      .source = "note, 23",
      .sentence = "Too high a learning rate can push units into the dead zone.",
      .meaning = "Over 5 points more dead units than at a tenth of the rate, none of them from "
                 "birth.",
      .parts = {{"SGD", died_share(), five("SGD, lr .3", "--lr 0.3"),
                    five("SGD, lr .03", "--lr 0.03"), Relation::above, kClear},
          {"Adam", died_share(), five("Adam, lr .01", "--optimizer adam --lr 0.01"),
              five("Adam, lr .001", "--optimizer adam --lr 0.001"), Relation::above, kClear}},
      .depends = "the optimizer"});
  all.push_back(optimizer_same());
  all.push_back({.id = "n25",
      .source = "note, 25",
      .sentence = "Batch norm relieves somewhat, but converges slowly and poorly.",
      .meaning =
          "11 layers, Adam: over 5 points more accurate than without; and he_uniform without "
          "it is over 5 points better after one epoch (slowly) and two (poorly).",
      .parts = {{"relieves, U(−.05, .05)", accuracy(), bn_small, small, Relation::above, kClear},
          {"relieves, U(−1, 1)", accuracy(), bn_wide, wide, Relation::above, kClear},
          {"slowly, U(−.05, .05)", first_accuracy(), he, bn_small, Relation::above, kClear},
          {"poorly, U(−.05, .05)", accuracy(), he, bn_small, Relation::above, kClear},
          {"poorly, U(−1, 1)", accuracy(), he, bn_wide, Relation::above, kClear}},
      .together = true});
  std::vector<ClaimPart> rank;
  for (const auto& [name, init] : {std::pair{"U(−1, 1)", kWide}, {"U(−.05, .05)", kSmall}}) {
    const std::string on = std::string(", ") + name;
    const ClaimArm leaky = eleven("LeakyReLU" + on, kLeaky + init);
    rank.push_back({"SELU > initialiser", accuracy(), eleven("SELU + lecun_normal", kSelu + kLecun),
        he, Relation::above, 0});
    rank.push_back({"initialiser > LeakyReLU" + on, accuracy(), he, leaky, Relation::above, 0});
    rank.push_back({"LeakyReLU > optimizer" + on, accuracy(), leaky,
        eleven("Adamax" + on, init + "--optimizer adamax --lr 0.002"), Relation::above, 0});
  }
  rank.erase(rank.begin() + 3);  // the same pair again
  all.push_back({.id = "n26",
      .source = "note, 26",
      .sentence = "In effect SELU > initialiser > LeakyReLU > optimizer.",
      .meaning =
          "As combinations, 11 layers: SELU + lecun_normal, ReLU + he_uniform, LeakyReLU on "
          "the values that fail, another optimizer on them: each more accurate than the next.",
      .parts = std::move(rank),
      .depends = "the pair and the values that fail",
      .holm = true});
  return all;
}

}  // namespace lively::lab
