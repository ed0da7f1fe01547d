// Says what a verdict means, what it looks like, where it was described, and what cures it.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "apps/lab/program.h"
#include "apps/lab/text.h"
#include "lively/nn/liveness/diagnose.h"
#include "lively/tensor/spec.h"

namespace {

using namespace lively;
using namespace lively::lab;

struct Entry {
  Verdict verdict;
  const char* means;
  const char* looks;
  const char* paper;
  const char* cure;
  const char* example;
};

constexpr std::array kEntries{
    Entry{Verdict::exploding,
          "The steps are too large for the weights: loss or weights grow without bound, often up to a NaN. Units "
          "that are dead afterwards are a consequence.",
          "The loss rises a hundredfold above its minimum and stays there, or ends in NaN within a few steps.",
          "Pascanu, Mikolov, Bengio 2013, on the difficulty of training recurrent neural networks (clipping by norm).",
          "A learning rate ten times smaller, --clip 1, or an initialiser that keeps the signal's size (he_uniform).",
          "mnist_mlp --init random_uniform"},
    Entry{Verdict::poisoned,
          "Something is NaN or infinite though nothing had grown before. A poisoned unit is not a dead one: it says "
          "nothing, instead of 0, and passes that on.",
          "A loss that is not finite from one step to the next.",
          "IEEE 754: every operation on a NaN gives a NaN, which is why selections here keep it.",
          "Find the first op with a NaN (DetectAnomaly names it) and mask that input, or clip.",
          "mnist_mlp --lr 1e30"},
    Entry{Verdict::frozen_loss,
          "The loss gives no gradient for the samples that are wrong: the softmax is saturated, and the loss is "
          "computed from clipped probabilities. All units may be alive.",
          "All gradients exactly 0, the loss at 16.118 times the error rate, accuracy stuck.",
          "Keras up to 2.2.5 clipped probabilities at 1e-7 before the logarithm.",
          "A loss from logits: softmax and cross-entropy in one op (--loss softmax_cross_entropy).",
          "mnist_mlp --init random_uniform --loss clipped_cross_entropy --optimizer adam --lr 1e-3"},
    Entry{Verdict::born_dead,
          "Before the first step a whole layer is silent on every input, so the output is constant and no gradient "
          "passes: the network never had a chance.",
          "Accuracy at the share of the commonest class and the loss at the label entropy, from the first epoch on; "
          "dead units at birth.",
          "Lu, Shin, Su, Karniadakis 2019, Dying ReLU and Initialization (arXiv 1903.06733).",
          "Wider layers, another draw (--seed), biases that are not negative, --init rai, shortcuts or batch norm.",
          "mnist_mlp --depth 10 --width 2 --bias-init constant:-1"},
    Entry{Verdict::died,
          "Units that fired at birth have gone silent in training, until a layer was dead: it outputs 0 for every "
          "input, its gradient is 0, and nothing below it moves.",
          "A loss that falls, then jumps to the label entropy and stays; dead units that were not so at birth.",
          "Maas, Hannun, Ng 2013 (leaky units); Arnekvist et al. 2020 (momentum and small targets, arXiv 2005.06195).",
          "A learning rate ten times smaller from the start; leaky units, batch norm or shortcuts where that is not wanted.",
          "mnist_mlp --optimizer adam --lr 0.2"},
    Entry{Verdict::vanishing,
          "The signal, or its gradient, fades layer by layer: the logits hardly depend on the input, or the first "
          "layers hardly move. Nobody needs to be dead.",
          "Loss at the label entropy with all units alive; updates of the first layer a million times smaller than its weights.",
          "Glorot and Bengio 2010; He, Zhang, Ren, Sun 2015 (variance 2 / fan_in for rectifiers).",
          "--init he_uniform, fewer layers, shortcuts (--residual add, mnist_resnet) or batch norm.",
          "mnist_mlp --depth 34 --init glorot_uniform"},
    Entry{Verdict::healthy,
          "The network has learnt at least half of what there is to learn, and no fault holds. Dead units, ordinary "
          "sparsity and pixels that are always black are notes.",
          "Half of all activations are 0 in any relu network: that is its work.",
          "Glorot, Bordes, Bengio 2011, Deep Sparse Rectifier Neural Networks.",
          "None needed.",
          "mnist_mlp"},
    Entry{Verdict::unsure,
          "No rule decides, or a number that would decide lies within a fifth of its threshold. Saying so is better "
          "than a guess.",
          "Often a run that still improves, or one that was too short.",
          "liveness: the rules and thresholds are in nn/README.md.",
          "Look longer (--epochs), or change one thing that the verdicts name and compare.",
          "mnist_mlp --init random_uniform --lr 1e-4"},
};

void print(const Entry& e) {
  const auto paragraph = [](const char* title, const std::string& text) {
    std::printf("%s\n", wrap(std::string(title) + text, 96).c_str());
  };
  std::printf("%s\n\n", bold(name(e.verdict)).c_str());
  paragraph("What it is: ", e.means);
  paragraph("What you see: ", e.looks);
  paragraph("Where it is described: ", e.paper);
  paragraph("What cures it: ", e.cure);
  std::printf("\nTry it:  ./apps/%s\n", e.example);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view code = argc == 2 ? argv[1] : "--help";
  if (code == "--help" || code == "-h") {
    std::printf("Says what a verdict means, what it looks like, where it was described, and what cures it.\n\n"
                "  explain CODE\n\nCodes:");
    for (const Entry& e : kEntries) std::printf(" %s", name(e.verdict));
    std::printf("\n");
    return argc <= 2 ? kGood : kUsage;
  }
  for (const Entry& e : kEntries) {
    if (code != name(e.verdict)) continue;
    print(e);
    return kGood;
  }
  return report_errors("explain", [&]() -> int {
    std::array<std::string_view, kEntries.size()> known;
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = name(kEntries[i].verdict);
    fail_unknown(code, "verdict", known);
  });
}
