// What the note says of initial values: its claims 7 to 16.
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/claims/recipes.h"

namespace lively::lab {

std::vector<Claim> claims_of_initialisers() {
  const std::string lecun = "--init lecun_normal ";
  const ClaimArm wide = eleven("U(−1, 1)", kWide), small = eleven("U(−.05, .05)", kSmall);
  const ClaimArm he = eleven("he_uniform", "--init he_uniform");
  const ClaimArm selu_lecun = eleven("SELU + lecun_normal", kSelu + lecun);
  const ClaimArm selu_wide = eleven("SELU, U(−1, 1)", kSelu + kWide),
                 selu_small = eleven("SELU, U(−.05, .05)", kSelu + kSmall);
  std::vector<Claim> all;
  all.push_back({.id = "n7",
      .source = "note, 7",
      .sentence = "SELU with lecun_normal suits networks of 16 layers under SGD, Adam, Adamax and "
                  "Adadelta, and its variance bounds make vanishing and exploding impossible.",
      .meaning =
          "At 16 layers most runs learn with each optimizer; and also from other initial "
          "values, if the bounds are what does it. (Bounds by layer: ./apps/selu_fixed_point.)",
      .parts = {{"SGD", learns(), sixteen("SGD", kSelu + lecun), {}, Relation::above, kMost},
          {"Adam", learns(), sixteen("Adam", kSelu + lecun + "--optimizer adam --lr 0.001"), {},
              Relation::above, kMost},
          {"Adamax", learns(), sixteen("Adamax", kSelu + lecun + "--optimizer adamax --lr 0.002"),
              {}, Relation::above, kMost},
          {"Adadelta", learns(), sixteen("Adadelta", kSelu + lecun + "--optimizer adadelta --lr 1"),
              {}, Relation::above, kMost},
          {"other values, U(−.05, .05)", learns(), sixteen("SELU, U(−.05, .05)", kSelu + kSmall),
              {}, Relation::above, kMost},
          {"other values, U(−1, 1)", learns(), sixteen("SELU, U(−1, 1)", kSelu + kWide), {},
              Relation::above, kMost}},
      .depends = "optimizer and initial values"});
  all.push_back({.id = "n8",
      .source = "note, 8",
      .sentence = "Only using SELU does not remove it; the lecun_normal that comes with it does.",
      .meaning = "11 layers, Adam: SELU on the values that fail leaves most runs failing, and "
                 "lecun_normal without SELU is more accurate than those values by over 5 points.",
      .parts = {{"SELU alone, U(−1, 1)", learns(), selu_wide, {}, Relation::below, kMost},
          {"SELU alone, U(−.05, .05)", learns(), selu_small, {}, Relation::below, kMost},
          {"lecun_normal alone, U(−1, 1)", accuracy(), eleven("ReLU, lecun_normal", lecun), wide,
              Relation::above, kClear},
          {"lecun_normal alone, U(−.05, .05)", accuracy(), eleven("ReLU, lecun_normal", lecun),
              small, Relation::above, kClear}},
      .depends = "the values that fail"});
  all.push_back({.id = "n9",
      .source = "note, 9",
      .sentence = "RAI cuts the incidence: he_uniform 76.8 %, RAI 6.3 %.",
      .meaning = "Of networks of 19 x 4 on [−√3, √3]², over 30 points fewer are born dead under "
                 "RAI. (Collapse after training: ./apps/born_dead; the figures: d1, d2.)",
      .parts = {{"born dead", born_dead(), narrow("he_uniform", "he_uniform"), narrow("RAI", "rai"),
          Relation::above, 0.3}}});
  all.push_back({.id = "n10",
      .source = "note, 10; Lu et al. 2019",
      .sentence = "Dead before training and dead in training are two things.",
      .meaning = "Each is seen without the other: narrow networks are born dead (over 5 %), and "
                 "wide ones gain over 5 points of dead units in training.",
      .parts = {{"before", born_dead(), narrow("he_normal, 19 x 4", "he_normal"), {},
                    Relation::above, 0.05},
          {"during", died_share(), five("Adam, lr .01", "--optimizer adam --lr 0.01"), {},
              Relation::above, 0.05}},
      .together = true});
  all.push_back({.id = "n11",
      .source = "note, 11",
      .sentence = "U(−1, 1) triggers it fast: dead before training, by overflow.",
      .meaning = "11 layers, Adam: most runs fail, have a dead layer at birth, and have a loss "
                 "that is not finite.",
      .parts = {{"fails", learns(), wide, {}, Relation::below, kMost},
          {"fails, clipped loss", learns(), eleven("U(−1, 1), clipped loss", kWide + kClipped), {},
              Relation::below, kMost},
          {"dead before training", dead_layer_born(), wide, {}, Relation::above, kMost},
          {"overflow", diverged(), wide, {}, Relation::above, kMost}},
      .together = true});
  all.push_back({.id = "n12",
      .source = "note, 12",
      .sentence = "U(−.05, .05) triggers it too, less often.",
      .meaning = "11 layers, Adam: most runs have a dead layer at the end, and more learn than "
                 "under U(−1, 1).",
      .parts = {{"triggers", dead_layer(), small, {}, Relation::above, kMost},
          {"fails", learns(), small, {}, Relation::below, kMost},
          {"less often", learns(), small, wide, Relation::above, 0}},
      .depends = "whether failing or dying is meant"});
  all.push_back({.id = "n13",
      .source = "note, 13",
      .sentence = "he_uniform and the like with default parameters are clearly better.",
      .meaning = "11 layers, Adam: over 5 points more accurate than both bounds of random_uniform.",
      .parts = {{"U(−1, 1)", accuracy(), he, wide, Relation::above, kClear},
          {"U(−.05, .05)", accuracy(), he, small, Relation::above, kClear},
          {"he_normal, U(−1, 1)", accuracy(), eleven("he_normal", "--init he_normal"), wide,
              Relation::above, kClear},
          {"he_normal, U(−.05, .05)", accuracy(), eleven("he_normal", "--init he_normal"), small,
              Relation::above, kClear}},
      .depends = "what it is compared with",
      .holm = true});
  all.push_back({.id = "n14",
      .source = "note, 14",
      .sentence = "Weights too large make a huge loss, perhaps overflow, then negative sums and "
                  "ReLUs at 0.",
      .meaning = "Under U(−1, 1) the loss at birth is over 10 ln 10, is not finite in most runs, "
                 "and over 5 points more units are dead at the end than under he_uniform.",
      .parts = {{"huge loss", first_loss(), wide, {}, Relation::above, 10},
          {"overflow", diverged(), wide, {}, Relation::above, kMost},
          {"ReLUs at 0", dead_share(), wide, he, Relation::above, kClear}},
      .together = true});
  all.push_back({.id = "n15",
      .source = "note, 15",
      .sentence = "Narrower bounds improve it, but training stays hard: units die in training.",
      .meaning = "11 layers, Adam: U(−.2, .2) is over 5 points more accurate than U(−1, 1), still "
                 "5 behind he_uniform, and loses over 5 % of its units in training.",
      .parts = {{"improves", accuracy(), eleven("U(−.2, .2)", "--init random_uniform:-0.2,0.2"),
                    wide, Relation::above, kClear},
          {"stays hard, .2", accuracy(), he, eleven("U(−.2, .2)", "--init random_uniform:-0.2,0.2"),
              Relation::above, kClear},
          {"stays hard, .1", accuracy(), he, eleven("U(−.1, .1)", "--init random_uniform:-0.1,0.1"),
              Relation::above, kClear},
          {"dies in training", died_share(), eleven("U(−.2, .2)", "--init random_uniform:-0.2,0.2"),
              {}, Relation::above, 0.05}},
      .depends = "the bound"});
  all.push_back({.id = "n16",
      .source = "note, 16",
      .sentence = "he_uniform and lecun_uniform help thanks to the truncated normal law.",
      .meaning = "They help by over 5 points; and the truncated normal of the same variance "
                 "(he_normal) beats the uniform by over 1 point. (Both uniforms are plain uniforms "
                 "in Keras's code.)",
      .parts = {{"he_uniform helps", accuracy(), he, small, Relation::above, kClear},
          {"lecun_uniform helps", accuracy(), eleven("lecun_uniform", "--init lecun_uniform"),
              small, Relation::above, kClear},
          {"by the law, he", accuracy(), eleven("he_normal", "--init he_normal"), he,
              Relation::above, 0.01},
          {"by the law, lecun", accuracy(), eleven("ReLU, lecun_normal", lecun),
              eleven("lecun_uniform", "--init lecun_uniform"), Relation::above, 0.01}},
      .together = true});
  return all;
}

}  // namespace lively::lab
