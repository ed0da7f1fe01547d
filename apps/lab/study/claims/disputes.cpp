// Where sources disagree: with the note, with each other, or with themselves.
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/claims/recipes.h"

namespace lively::lab {

std::vector<Claim> claims_in_dispute() {
  const std::string lecun = "--init lecun_normal ";
  const ClaimArm bn_small = eleven("batch norm, U(−.05, .05)", kSmall + "--norm batch"),
                 bn_wide = eleven("batch norm, U(−1, 1)", kWide + "--norm batch"),
                 selu_lecun = eleven("SELU + lecun_normal", kSelu + lecun),
                 he = eleven("he_uniform", "--init he_uniform");
  std::vector<Claim> all;
  all.push_back({.id = "d1",
      .source = "note: 6.3 %; Lu et al. v2: 9.6 %",
      .sentence = "RAI leaves 6.3 % of the networks for (|x1+x2|, |x1−x2|) collapsed.",
      .meaning = "Two figures for one row of a table.",
      .cannot = "to tell 6.3 from 9.6 % takes over 1,000 trained networks an arm, and Lu's "
                "regressions: ./apps/born_dead trains them"});
  all.push_back({.id = "d2",
      .source = "note, 9, against Lu et al.",
      .sentence = "76.8 % is the share of he_uniform's units that die.",
      .meaning = "In Lu's table it is the share of He-normal networks that end constant. At birth, "
                 "19 x 4 on [−√3, √3]²: is the share of dead units within 5 points of 76.8 %?",
      .parts = {{"at least", units_born_dead(), narrow("he_uniform", "he_uniform"), {},
                    Relation::above, 0.718},
          {"at most", units_born_dead(), narrow("he_uniform", "he_uniform"), {}, Relation::below,
              0.818}},
      .together = true});
  all.push_back({.id = "d3",
      .source = "note: relieves; Arnekvist et al. 2020: aggravates",
      .sentence = "Momentum aggravates dying where targets vary little.",
      .meaning = "Regressions whose targets have a small deviation.",
      .cannot = "the programs of this ledger classify: ./apps/target_momentum regresses; n22 has "
                "what momentum does to classifiers"});
  all.push_back({.id = "d4",
      .source = "note, 16, against Keras's code",
      .sentence = "he_uniform and lecun_uniform are truncated normals; SELU's partner is "
                  "lecun_normal (note) or lecun_uniform (AutoTrainer's code).",
      .meaning = "A matter of record, not of measuring.",
      .cannot = "it is settled by reading keras/initializers.py, where both are plain uniforms; "
                "what the law is good for: n16"});
  all.push_back({.id = "d6",
      .source = "note: slow, poor; AutoTrainer: repairs 7 of 24",
      .sentence = "Batch norm repairs networks that fail.",
      .meaning = "Most runs learn with it: two failing initial values at 11 layers, negative "
                 "biases, a high rate.",
      .parts = {{"U(−1, 1)", learns(), bn_wide, {}, Relation::above, kMost},
          {"U(−.05, .05)", learns(), bn_small, {}, Relation::above, kMost},
          {"biases −10", learns(),
              five("batch norm, biases −10", "--norm batch --bias-init constant:-10"), {},
              Relation::above, kMost},
          {"SGD, lr 1", learns(), five("batch norm, SGD, lr 1", "--norm batch --lr 1"), {},
              Relation::above, kMost}},
      .depends = "what made it fail"});
  all.push_back({.id = "d7",
      .source = "note: useless; its own log: learns",
      .sentence = "LeakyReLU is useless on the networks that fail.",
      .meaning = "11 layers, Adam: most runs do not learn with it.",
      .parts = {{"U(−1, 1)", learns(), eleven("leaky, U(−1, 1)", kLeaky + kWide), {},
                    Relation::below, kMost},
          {"U(−1, 1), clipped loss", learns(),
              eleven("leaky, U(−1, 1), clipped", kLeaky + kWide + kClipped), {}, Relation::below,
              kMost},
          {"U(−.05, .05)", learns(), eleven("leaky, U(−.05, .05)", kLeaky + kSmall), {},
              Relation::below, kMost},
          {"he_uniform", learns(), eleven("leaky, he_uniform", kLeaky), {}, Relation::below,
              kMost}},
      .depends = "loss and initial values"});
  all.push_back({.id = "d8",
      .source = "note: second best; AutoTrainer: repairs 1 of 24",
      .sentence = "Another initialiser is a poor cure.",
      .meaning = "Most runs do not learn once the weights are drawn anew by he_uniform, on 11 "
                 "layers or 34. (AutoTrainer's code changes the setting and keeps the weights, "
                 "which changes nothing.)",
      .parts = {{"11 layers", learns(), he, {}, Relation::below, kMost},
          {"34 layers", learns(), thirty_four("he_uniform, 34 layers", "--init he_uniform"), {},
              Relation::below, kMost}},
      .depends = "the depth"});
  all.push_back({.id = "d9",
      .source = "AutoTrainer, paper: 80 %; README: 50 %",
      .sentence = "The 34-layer network fails in most runs.",
      .meaning = "34 x 128, glorot_uniform, Adam with Keras's eps, batches of 32: fewer than half "
                 "of the runs learn within two epochs of 10,000 pictures (they trained 50 of "
                 "60,000, from one drawing of the weights).",
      .parts = {{"eps 1e-7", learns(), thirty_four("eps 1e-7", "--eps 1e-7"), {}, Relation::below,
          kMost}},
      .quick = false});
  all.push_back({.id = "d10",
      .source = "AutoTrainer's code against unit-wise counting",
      .sentence = "Where over 70 % of the gradient entries are 0, ReLUs are dying.",
      .meaning = "Fresh 784-128-10 networks of he_normal on one picture: over 70 % of the entries "
                 "are 0, and over 5 % of the units are dead on the training set.",
      .parts = {{"entries", zero_gradients_born(),
                    {"batch of 1", "--depth 1 --init he_normal --batch-size 1", Instrument::birth},
                    {}, Relation::above, 0.7},
          {"units", born_share(),
              {"batch of 1", "--depth 1 --init he_normal --batch-size 1", Instrument::birth}, {},
              Relation::above, 0.05}},
      .together = true});
  all.push_back({.id = "d11",
      .source = "AutoTrainer, paper against code",
      .sentence = "Theta is .7 or .6; oscillation is of loss or accuracy; slow is a change or a "
                  "rise; batch norm stands before or after.",
      .meaning = "Matters of record.",
      .cannot = "they are settled by reading paper and code; what the rules say of runs: "
                "./apps/grade"});
  all.push_back({.id = "d12",
      .source = "Lu et al.: 3.7 %; a simulation of ours: 5 to 6 %",
      .sentence = "3.7 % of RAI networks of 20 layers of 4 are born dead.",
      .meaning = "19 hidden layers of 4 on [−√3, √3]²: the interval lies within 1 point of 3.7 %. "
                 "(The paper does not say its range.)",
      .parts = {{"at least 2.7 %", born_dead(), narrow("RAI", "rai"), {}, Relation::above, 0.027},
          {"at most 4.7 %", born_dead(), narrow("RAI", "rai"), {}, Relation::below, 0.047}},
      .together = true,
      .seeds = 40});
  all.push_back({.id = "d13",
      .source = "Keras: eps 1e-7; PyTorch: 1e-8",
      .sentence = "Adam's eps decides whether a deep network wakes.",
      .meaning = "34 x 128, glorot_uniform: over 5 points of accuracy between the two after two "
                 "epochs of 10,000 pictures.",
      .parts = {{"eps", accuracy(), thirty_four("eps 1e-8", ""),
          thirty_four("eps 1e-7", "--eps 1e-7"), Relation::above, kClear}},
      .quick = false});
  std::vector<ClaimPart> best;
  for (const auto& [name, flags] :
      {std::pair{"he_uniform", std::string()}, {"U(−.05, .05)", kSmall}, {"U(−1, 1)", kWide}})
    best.push_back(
        {name, accuracy(), eleven(std::string("residual, ") + name, flags + "--residual add"),
            selu_lecun, Relation::above, 0});
  all.push_back({.id = "d14",
      .source = "note, 19 against 26",
      .sentence = "Residual connections beat SELU (19; 26 leaves them out).",
      .meaning = "As combinations, 11 layers, Adam: each more accurate than SELU + lecun_normal.",
      .parts = std::move(best),
      .depends = "the initial values that go with them",
      .holm = true});
  all.push_back({.id = "d16",
      .source = "note, 7, against Klambauer et al. 2017",
      .sentence = "SELU needs an Adam of its own (the paper: beta2 .99, eps .01).",
      .meaning = "16 layers: most runs fail with Adam as it comes, or are over 5 points less "
                 "accurate than with eps .01. (beta2 has no flag here.)",
      .parts = {{"fails", learns(), sixteen("Adam", kSelu + lecun + "--optimizer adam --lr 0.001"),
                    {}, Relation::below, kMost},
          {"eps .01 is better", accuracy(),
              sixteen("Adam, eps .01", kSelu + lecun + "--optimizer adam --lr 0.001 --eps 0.01"),
              sixteen("Adam", kSelu + lecun + "--optimizer adam --lr 0.001"), Relation::above,
              kClear}},
      .depends = "whether failing is meant, or losing"});
  return all;
}

}  // namespace lively::lab
