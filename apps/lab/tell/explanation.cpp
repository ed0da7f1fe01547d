#include "apps/lab/tell/explanation.h"

namespace lively::lab {

const std::vector<Explanation>& explanations() {
  static const std::vector<Explanation> all{
      {"exploding",
          "The steps are too large for the weights: loss or weights grow without bound, often up "
          "to a NaN. Units "
          "that are dead afterwards are a consequence.",
          "The loss rises a hundredfold above its minimum and stays there, or ends in NaN within a "
          "few steps.",
          "Pascanu, Mikolov, Bengio 2013, on the difficulty of training recurrent neural networks "
          "(clipping by norm).",
          "A learning rate ten times smaller, --clip 1, or an initialiser that keeps the signal's "
          "size (he_uniform).",
          "mnist_mlp --preset exploding"},
      {"poisoned",
          "Something is NaN or infinite though nothing had grown before. A poisoned unit is not a "
          "dead one: it says "
          "nothing, instead of 0, and passes that on.",
          "A loss that is not finite from one step to the next; the text says which input, "
          "parameter or op of which layer was first.",
          "IEEE 754: every operation on a NaN gives a NaN, which is why selections here keep it.",
          "Mask that input or that op, or clip; DetectAnomaly names the first op of a backward "
          "pass too.",
          "mnist_mlp --preset poisoned"},
      {"wiring",
          "The parts are fine and are not joined: every sample has the same input, a parameter has "
          "no path to the loss "
          "or is in no optimizer, or the learning rate is 0.",
          "Loss at the label entropy though units are alive; or a layer whose weights stay as "
          "drawn.",
          "Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems (ICSE).",
          "The one that the verdict names. Look at three samples as the network gets them before "
          "anything else.",
          "mnist_mlp --preset constant_input"},
      {"uninformative_labels",
          "The labels do not depend on the input: shuffled files, an index off by one, or one "
          "class only. Nothing can be "
          "learnt, though a large network can learn the training set by heart.",
          "Test accuracy at the share of the commonest class while gradients flow, and 10 nearest "
          "neighbours, which "
          "cannot die, explode or vanish, do no better.",
          "Zhang et al. 2017, Understanding Deep Learning Requires Rethinking Generalization "
          "(arXiv 1611.03530).",
          "Clean labels: print twenty pictures with theirs. Nothing in the network can help.",
          "mnist_mlp --preset shuffled_labels"},
      {"frozen_loss",
          "The loss gives no gradient for the samples that are wrong: the softmax is saturated, "
          "and the loss is "
          "computed from clipped probabilities. All units may be alive.",
          "All gradients exactly 0, the loss at 16.118 times the error rate, accuracy stuck.",
          "Keras up to 2.2.5 clipped probabilities at 1e-7 before the logarithm.",
          "A loss from logits: softmax and cross-entropy in one op (--loss softmax_cross_entropy).",
          "mnist_mlp --preset frozen_loss"},
      {"frozen_optimizer",
          "Gradients are there, and yet no weight changes by a bit: Adam's second moment, a "
          "square, has overflowed to "
          "infinity, and what is divided by infinity is 0; or the step is below half a unit in the "
          "weight's last place.",
          "A huge loss that stays the same to the last digit, with most units alive. From U(-1, 1) "
          "it takes about 40 "
          "layers of 128; at 30 Adam still trains.",
          "Kingma and Ba 2015 (Adam divides by the root of a mean of squares); float32 ends at "
          "3.4e38, so at gradients of 1.8e19.",
          "An initialiser that keeps the signal's size (he_uniform), and fresh moments: clipping "
          "alone leaves them infinite.",
          "mnist_mlp --preset frozen_optimizer"},
      {"born_dead",
          "Before the first step a whole layer is silent on every input, so the output is constant "
          "and no gradient "
          "passes: the network never had a chance.",
          "Accuracy at the share of the commonest class and the loss at the label entropy, from "
          "the first epoch on; "
          "dead units at birth.",
          "Lu, Shin, Su, Karniadakis 2019, Dying ReLU and Initialization (arXiv 1903.06733).",
          "Wider layers, another draw (--seed), biases that are not negative, --init rai, "
          "shortcuts or batch norm.",
          "mnist_mlp --preset born_dead"},
      {"died",
          "Units that fired at birth have gone silent in training, until a layer was dead: it "
          "outputs 0 for every "
          "input, its gradient is 0, and nothing below it moves.",
          "A loss that falls, then jumps to the label entropy and stays; dead units that were not "
          "so at birth.",
          "Maas, Hannun, Ng 2013 (leaky units); Arnekvist et al. 2020 (momentum and small targets, "
          "arXiv 2005.06195).",
          "A learning rate ten times smaller from the start; leaky units, batch norm or shortcuts "
          "where that is not wanted.",
          "mnist_mlp --preset died"},
      {"vanishing",
          "The signal, or its gradient, fades layer by layer: the logits hardly depend on the "
          "input, or the first "
          "layers hardly move. Nobody needs to be dead.",
          "Loss at the label entropy with all units alive; updates of the first layer a million "
          "times smaller than its weights.",
          "Glorot and Bengio 2010; He, Zhang, Ren, Sun 2015 (variance 2 / fan_in for rectifiers).",
          "--init he_uniform, fewer layers, shortcuts (--residual add, mnist_resnet) or batch "
          "norm.",
          "mnist_mlp --preset vanishing"},
      {"oscillating",
          "The steps jump over the valley instead of going down into it: the learning rate is too "
          "large to settle, and "
          "too small to blow up.",
          "A loss that goes up and down far above what it could reach. Two copies tell: at a tenth "
          "of the rate the loss "
          "falls by a fifth or more, at the same rate it does not.",
          "LeCun, Bottou, Orr, Müller 1998, Efficient BackProp (a rate above 2 over the curvature "
          "diverges).",
          "A learning rate ten times smaller, or one that decays (--schedule cosine); larger "
          "batches.",
          "mnist_mlp --preset oscillating"},
      {"slow",
          "All is well but the pace: the loss falls steadily and has far to go. The learning rate "
          "is too small.",
          "A loss without jumps that is hardly below the label entropy; a copy at ten times the "
          "rate halves it.",
          "Smith 2017, Cyclical Learning Rates (arXiv 1506.01186): a test of the range finds the "
          "rate.",
          "A learning rate ten times larger, with --warmup if the first steps then jump.",
          "mnist_mlp --preset slow"},
      {"healthy",
          "The network has learnt at least half of what there is to learn, and no fault holds. "
          "Dead units, ordinary "
          "sparsity and pixels that are always black are notes.",
          "Half of all activations are 0 in any relu network: that is its work. With a batch of "
          "one, nearly nine in ten "
          "gradient entries are 0 too (--preset sparse).",
          "Glorot, Bordes, Bengio 2011, Deep Sparse Rectifier Neural Networks.", "None needed.",
          "mnist_mlp --preset healthy"},
      {"unsure",
          "No rule decides, or a number that would decide lies within a fifth of its threshold. "
          "Saying so is better "
          "than a guess.",
          "Often a run that still improves, or one that was too short.",
          "liveness: the rules and thresholds are in nn/README.md.",
          "Look longer (--epochs), or change one thing that the verdicts name and compare.",
          "mnist_mlp --quick --depth 2 --epochs 1 --lr 0.0005"},
      {"broken_instrument",
          "The network is fine and what measures it is not: gradients of the softmax output "
          "instead of the loss (they sum to 0 "
          "for any network), weights drawn again before they are measured, a census of one batch.",
          "\"All gradients are zero\" beside an accuracy that rises. No verdict here can see it: "
          "it looks at the same "
          "network through another instrument.",
          "The study that Lively began with: its tool differentiated the output, and initialised "
          "the weights anew first.",
          "Check the instrument on a network that is known to learn; compare a gradient with a "
          "finite difference of the loss.",
          ""},
  };
  return all;
}

}  // namespace lively::lab
