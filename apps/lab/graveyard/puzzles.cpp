#include "apps/lab/graveyard/puzzles.h"

namespace lively::lab {

// The recipes are among those that graveyard make --seed 1 drew; the tempting changes are ours.
const std::vector<Puzzle>& puzzles() {
  using enum Verdict;
  static const std::vector<Puzzle> all{
      {.clean = "--data circles --depth 8 --width 24 --init he_normal --lr 0.015 --momentum 0.8 "
                "--batch-size 256 --epochs 30 --seed 1000000085",
          .fault = "--plant bias:8",
          .tempting = "--lr 0.0015",
          .codes = {died},
          .hint = "Compare the first layer at birth and at the end. Is a network whose first layer "
                  "is silent able to tell two inputs apart?",
          .why = "In step 8 all biases of the first layer fell so low that no point can fire its "
                 "units. Nothing reaches the layers above, and no gradient comes back: a smaller "
                 "rate from then on, or from the start, moves nothing."},
      {.clean = "--data blobs --depth 8 --dropout 0.2 --lr 0.05 --momentum 0 --weight-decay 1e-04 "
                "--batch-size 16 --epochs 20 --seed 1000000030",
          .fault = "--lr 2.67e-7",
          .tempting = "--norm batch",
          .codes = {slow},
          .hint = "Nothing is dead, nothing jumps. How large is a step, measured in weights?",
          .why =
              "The learning rate is nearly 200,000 times smaller than one that works: a step moves "
              "weights by less than a millionth of their size, and a thousand such steps go "
              "nowhere."},
      {.clean = "--data moons --depth 3 --width 100 --optimizer adam --lr 0.0013 --batch-size 256 "
                "--epochs 30 --seed 1000000072",
          .fault = "--bias-init constant:-3.9",
          .tempting = "--seed 2",
          .codes = {born_dead},
          .hint = "When did they die?",
          .why =
              "Every bias starts at -3.9, further below 0 than weights and inputs can lift: not a "
              "unit fires on any point before the first step, whatever weights are drawn."},
      {.clean =
              "--data blobs --depth 1 --width 32 --residual add --activation silu --init he_normal "
              "--lr 0.028 --momentum 0.8 --batch-size 32 --epochs 20 --seed 1000000087",
          .fault = "--lr 13.9",
          .tempting = "--norm batch",
          .codes = {exploding, oscillating, died},
          .hint = "What does guessing cost, and what did this network pay on its way?",
          .why = "The learning rate is nearly 500 times too large: each step throws the weights to "
                 "another place, and the loss rises to many times that of guessing."},
      {.clean =
              "--data circles --depth 4 --width 24 --optimizer rmsprop --lr 0.002 --batch-size 64 "
              "--epochs 15 --seed 1000000081",
          .fault = "--plant constant_input",
          .tempting = "--lr 0.0002",
          .codes = {wiring},
          .hint = "Units fire, steps are made, and yet the logits do not differ between samples. "
                  "What if the samples do not differ either?",
          .why =
              "Every point that the network is trained on is the same one: somebody reads the "
              "first row again and again. The labels differ, so all it can learn is their shares."},
      {.clean = "--data circles --depth 4 --optimizer rmsprop --lr 0.0014 --epochs 15 --seed "
                "1000000051",
          .fault = "--plant shuffled_labels",
          .tempting = "--lr 0.014",
          .codes = {uninformative_labels},
          .hint = "It learns something of the points it is trained on. Does that help with others?",
          .why =
              "The labels were dealt out anew: they have nothing to do with the points. Loss and "
              "gradients look like those of a network at work, but there is nothing to learn "
              "except the samples by heart."},
      {.clean = "--data synthetic --depth 2 --lr 0.017 --momentum 0.8 --schedule step:1,0.5 "
                "--batch-size 16 --epochs 3 --seed 1000000045",
          .fault = "--init random_uniform:-2.04,2.04 --loss clipped_cross_entropy",
          .tempting = "--activation leaky_relu",
          .codes = {frozen_loss},
          .hint = "Look at the samples that are wrong: what gradient do they get?",
          .why = "Large weights make the softmax sure of itself, and the loss is taken from "
                 "probabilities that are clipped at 1e-7: where the network is surely wrong, the "
                 "clip is flat, and the gradient exactly 0."},
      {.clean = "--data blobs --width 24 --optimizer adam --lr 0.00061 --weight-decay 0.001 "
                "--batch-size 64 --epochs 20 --seed 1000000073",
          .fault = "--init random_uniform:-218000,218000",
          .tempting = "--lr 0.061",
          .codes = {frozen_optimizer, exploding},
          .hint =
              "How large are the gradients, and how large is what Adam divides them by? A float "
              "ends at 3.4e38.",
          .why = "Weights of hundreds of thousands in each layer make gradients whose squares are "
                 "infinite in float32. Adam divides by their root, and what is divided by infinity "
                 "is 0: a larger rate changes nothing."},
      {.clean = "--data synthetic --depth 3 --width 100 --init he_normal --optimizer adagrad --lr "
                "0.018 --batch-size 16 --epochs 2 --seed 1000000018",
          .fault = "--depth 19 --width 64 --init glorot_uniform",
          .tempting = "--activation leaky_relu",
          .codes = {vanishing},
          .hint = "Follow the signal: how much do the logits differ between two pictures?",
          .why = "Nineteen layers of weights that each halve the variance of what a relu lets "
                 "through: at the output nothing is left of the picture."},
      {.clean = "--data circles --depth 2 --width 100 --activation gelu --init he_normal --lr 0.02 "
                "--momentum 0.8 --schedule cosine --batch-size 64 --epochs 15 --seed 1000000090",
          .fault = "--clip 9.15e-06",
          .tempting = "--lr 2",
          .codes = {starved_step},
          .hint = "Gradients are as they should be. Compare a step with the weights: what lies "
                  "between the two?",
          .why =
              "Gradients are clipped to a norm of 0.000009. Whatever they were, the step is tiny, "
              "and even a rate of 2 is too small for what is left."},
      {.clean =
              "--data circles --depth 4 --width 200 --residual add --activation leaky_relu --init "
              "he_normal --optimizer adam --lr 0.0011 --batch-size 32 --epochs 20 --seed "
              "1000000078",
          .fault = "--dropout 0.9185",
          .tempting = "--lr 0.00011",
          .codes = {over_regularised},
          .hint = "Compare its loss in training with that in evaluation, at the same weights.",
          .why = "Of a hundred activations 92 are dropped in training, after each of four layers: "
                 "what arrives at the output is noise, and what is learnt from noise does not fit "
                 "the whole network."},
      {.clean =
              "--data circles --depth 2 --width 200 --optimizer adamw --lr 0.0014 --batch-size 32 "
              "--epochs 15 --seed 1000000053",
          .fault = "--plant nan_inputs:11",
          .tempting = "--lr 0.00014",
          .codes = {poisoned},
          .hint = "Did anything grow before it ended?",
          .why =
              "Eleven of the thousand points hold NaN. The first batch with one of them makes the "
              "loss NaN, from one step to the next and without any rise."},
  };
  return all;
}

namespace {

Settings with(Settings s, std::string_view flags) {
  parse_flags(flags, s);
  return s;
}

}  // namespace

Settings clean_recipe(const Puzzle& puzzle) {
  return with(default_settings(Architecture::mlp), puzzle.clean);
}
Settings sick_recipe(const Puzzle& puzzle) { return with(clean_recipe(puzzle), puzzle.fault); }
Settings tempting_recipe(const Puzzle& puzzle) {
  return with(sick_recipe(puzzle), puzzle.tempting);
}

Place place_of(const Puzzle& puzzle) {
  return places_of({clean_recipe(puzzle).data}, 1000).front();
}

}  // namespace lively::lab
