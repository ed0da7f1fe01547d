// One row a verdict: all that is said of it, on screens, in logs, on pages. Its rule is in
// diagnose.cpp, how its sentences are put together in verdict_text.cpp and deciders.cpp.
#include "lively/nn/liveness/verdicts.h"

#include <array>

#include "lively/nn/liveness/verdict_row.h"

namespace lively {
namespace detail {
namespace {

constexpr std::size_t kVerdicts = static_cast<std::size_t>(Verdict::unsure) + 1;

constexpr std::array<VerdictRow, kVerdicts> kRows{{
    {Verdict::exploding,
        {.name = "exploding",
            .severity = Severity::fault,
            .what = "an explosion",
            .means = "The steps are too large for the weights: loss or weights grow without bound, "
                     "often up to a NaN. Units that are dead afterwards are a consequence.",
            .looks =
                "The loss rises a hundredfold above its minimum and stays there, or ends in NaN "
                "within a few steps.",
            .paper =
                "Pascanu, Mikolov, Bengio 2013, on the difficulty of training recurrent neural "
                "networks (clipping by norm).",
            .cure = "A learning rate ten times smaller, --clip 1, or an initialiser that keeps the "
                    "signal's size (he_uniform).",
            .example = "mnist_mlp --preset exploding"},
        tell::exploding, decide::growth},
    {Verdict::poisoned,
        {.name = "poisoned",
            .severity = Severity::fault,
            .what = "a NaN or an infinity without one",
            .means =
                "Something is NaN or infinite though nothing had grown before. A poisoned unit "
                "is not a dead one: it says nothing, instead of 0, and passes that on.",
            .looks =
                "A loss that is not finite from one step to the next; the text says which input, "
                "parameter or op of which layer was first.",
            .paper = "IEEE 754: every operation on a NaN gives a NaN, which is why selections here "
                     "keep it.",
            .cure = "Mask that input or that op, or clip; DetectAnomaly names the first op of a "
                    "backward pass too.",
            .example = "mnist_mlp --preset poisoned"},
        tell::poisoned, decide::poison},
    {Verdict::wiring,
        {.name = "wiring",
            .severity = Severity::fault,
            .what = "parts that are not joined",
            .means = "The parts are fine and are not joined: every sample has the same input, a "
                     "parameter "
                     "has no path to the loss or is in no optimizer, or the learning rate is 0.",
            .looks =
                "Loss at the label entropy though units are alive; or a layer whose weights stay "
                "as drawn.",
            .paper =
                "Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems (ICSE).",
            .cure =
                "The one that the verdict names. Look at three samples as the network gets them "
                "before anything else.",
            .example = "mnist_mlp --preset constant_input"},
        tell::wiring, decide::wiring},
    {Verdict::uninformative_labels,
        {.name = "uninformative_labels",
            .severity = Severity::fault,
            .what = "labels that say nothing",
            .means =
                "The labels do not depend on the input: shuffled files, an index off by one, or "
                "one class only. Nothing can be learnt, though a large network can learn the "
                "training set by heart.",
            .looks =
                "Test accuracy at the share of the commonest class while gradients flow, and 10 "
                "nearest neighbours, which cannot die, explode or vanish, do no better.",
            .paper = "Zhang et al. 2017, Understanding Deep Learning Requires Rethinking "
                     "Generalization (arXiv 1611.03530).",
            .cure =
                "Clean labels: print twenty pictures with theirs. Nothing in the network can help.",
            .example = "mnist_mlp --preset shuffled_labels"},
        tell::uninformative_labels, decide::labels},
    {Verdict::frozen_loss,
        {.name = "frozen_loss",
            .severity = Severity::fault,
            .what = "a loss that gives wrong samples no gradient",
            .means = "The loss gives no gradient for the samples that are wrong: the softmax is "
                     "saturated, "
                     "and the loss is computed from clipped probabilities. All units may be alive.",
            .looks =
                "All gradients exactly 0, the loss at 16.118 times the error rate, accuracy stuck.",
            .paper = "Keras up to 2.2.5 clipped probabilities at 1e-7 before the logarithm.",
            .cure = "A loss from logits, softmax and cross-entropy in one op (--loss "
                    "softmax_cross_entropy), and an initialiser that does not saturate it (--init "
                    "he_uniform): the first alone leaves the weights that did.",

            .example = "mnist_mlp --preset frozen_loss"},
        tell::frozen_loss, decide::frozen_loss},
    {Verdict::frozen_optimizer,
        {.name = "frozen_optimizer",
            .severity = Severity::fault,
            .what = "an optimizer that moves nothing",
            .means =
                "Gradients are there, and yet no weight changes by a bit: Adam's second moment, "
                "a square, has overflowed to infinity, and what is divided by infinity is 0; or "
                "the step is below half a unit in the weight's last place.",
            .looks =
                "A huge loss that stays the same to the last digit, with most units alive. From "
                "U(-1, 1) it takes about 40 layers of 128; at 30 Adam still trains.",
            .paper = "Kingma and Ba 2015 (Adam divides by the root of a mean of squares); float32 "
                     "ends at 3.4e38, so at gradients of 1.8e19.",
            .cure = "An initialiser that keeps the signal's size (he_uniform), and fresh moments: "
                    "clipping alone leaves them infinite.",
            .example = "mnist_mlp --preset frozen_optimizer"},
        tell::frozen_optimizer, decide::frozen_optimizer},
    {Verdict::born_dead,
        {.name = "born_dead",
            .severity = Severity::fault,
            .what = "a network dead at birth",
            .means =
                "Before the first step a whole layer is silent on every input, so the output is "
                "constant and no gradient passes: the network never had a chance.",
            .looks =
                "Accuracy at the share of the commonest class and the loss at the label entropy, "
                "from the first epoch on; dead units at birth.",
            .paper =
                "Lu, Shin, Su, Karniadakis 2019, Dying ReLU and Initialization (arXiv 1903.06733).",
            .cure =
                "Biases that are not negative (--bias-init zeros), wider layers and fewer of them, "
                "--init rai, shortcuts or batch norm. Another draw of the same (--seed) hardly "
                "ever helps.",
            .example = "mnist_mlp --preset born_dead"},
        tell::born_dead, decide::deaths},
    {Verdict::died,
        {.name = "died",
            .severity = Severity::fault,
            .what = "one that died in training",
            .means =
                "Units that fired at birth have gone silent in training, until a layer was dead: "
                "it outputs 0 for every input, its gradient is 0, and nothing below it moves.",
            .looks =
                "A loss that falls, then jumps to the label entropy and stays; dead units that "
                "were not so at birth.",
            .paper =
                "Maas, Hannun, Ng 2013 (leaky units); Arnekvist et al. 2020 (momentum and small "
                "targets, arXiv 2005.06195).",
            .cure = "A learning rate ten times smaller from the start; leaky units, batch norm or "
                    "shortcuts where that is not wanted.",
            .example = "mnist_mlp --preset died"},
        tell::died, decide::deaths},
    {Verdict::vanishing,
        {.name = "vanishing",
            .severity = Severity::fault,
            .what = "a signal or gradient that vanished",
            .means =
                "The signal, or its gradient, fades layer by layer: the logits hardly depend on "
                "the input, or the first layers hardly move. Nobody needs to be dead.",
            .looks = "Loss at the label entropy with all units alive; updates of the first layer a "
                     "million times smaller than its weights.",
            .paper = "Glorot and Bengio 2010; He, Zhang, Ren, Sun 2015 (variance 2 / fan_in for "
                     "rectifiers).",
            .cure = "--init he_uniform, fewer layers, shortcuts (--residual add, mnist_resnet) or "
                    "batch norm.",
            .example = "mnist_mlp --preset vanishing"},
        tell::vanishing, decide::vanishing},
    {Verdict::starved_step,
        {.name = "starved_step",
            .severity = Severity::fault,
            .what = "steps that something scales down",
            .means = "The gradients are there and the learning rate is fine, but something between "
                     "them and the weights makes the steps far too small: clipping, a warm-up or "
                     "schedule that holds the rate near 0, or an eps that outweighs the gradients.",
            .looks = "A loss that hardly moves though nothing is dead; updates a hundred thousand "
                     "times smaller than the weights, in all layers alike. A copy whose steps "
                     "nothing scales down learns.",
            .paper = "Pascanu, Mikolov, Bengio 2013 (clipping); Kingma and Ba 2015 (eps); Goyal et "
                     "al. 2017 (warm-up, arXiv 1706.02677).",
            .cure = "Take away what scales the step: --clip 0 or a norm that gradients reach, a "
                    "--warmup shorter than the run, another --schedule, --eps 0 for the usual one.",
            .example = "mnist_mlp --preset starved_step"},
        tell::starved_step, decide::starved_step},
    {Verdict::over_regularised,
        {.name = "over_regularised",
            .severity = Severity::fault,
            .what = "a regulariser stronger than the loss",
            .means = "What is to keep the network from learning by heart keeps it from learning: "
                     "weight decay draws the weights to 0 faster than the gradient makes them "
                     "grow, or dropout lets too little through for a signal to be learnt.",
            .looks = "Weights whose norm falls by half and more, or a loss in training far above "
                     "that of the same weights in evaluation. A copy without decay and dropout "
                     "learns.",
            .paper = "Krogh and Hertz 1991 (weight decay); Srivastava et al. 2014 (dropout).",
            .cure = "Less of it: --weight-decay 0 or at most 5e-4 (0.01 in adamw), --dropout 0 or "
                    "at most 0.5.",
            .example = "mnist_mlp --preset over_regularised"},
        tell::over_regularised, decide::over_regularised},
    {Verdict::oscillating,
        {.name = "oscillating",
            .severity = Severity::fault,
            .what = "steps that overshoot",
            .means =
                "The steps jump over the valley instead of going down into it: the learning rate "
                "is too large to settle, and too small to blow up.",
            .looks =
                "A loss that goes up and down far above what it could reach. Two copies tell: at a "
                "tenth of the rate the loss falls by a fifth or more, at the same rate it does "
                "not.",
            .paper = "LeCun, Bottou, Orr, Müller 1998, Efficient BackProp (a rate above 2 over the "
                     "curvature diverges).",
            .cure = "A learning rate ten times smaller, or one that decays (--schedule cosine); "
                    "larger batches.",
            .example = "mnist_mlp --preset oscillating"},
        tell::oscillating, decide::lower_rate},
    {Verdict::slow,
        {.name = "slow",
            .severity = Severity::note,
            .what = "a learning rate too small",
            .means = "All is well but the pace: the loss falls steadily and has far to go. The "
                     "learning rate is too small.",
            .looks = "A loss without jumps that is hardly below the label entropy; a copy at ten "
                     "times the rate halves it.",
            .paper = "Smith 2017, Cyclical Learning Rates (arXiv 1506.01186): a test of the range "
                     "finds the rate.",
            .cure = "A learning rate ten times larger, with --warmup if the first steps then jump.",
            .example = "mnist_mlp --preset slow"},
        tell::slow, decide::higher_rate},
    {Verdict::healthy,
        {.name = "healthy",
            .severity = Severity::healthy,
            .what = "a network that learns",
            .means = "The network has learnt at least half of what there is to learn, and no fault "
                     "holds. "
                     "Dead units, ordinary sparsity and pixels that are always black are notes.",
            .looks =
                "Half of all activations are 0 in any relu network: that is its work. With a "
                "batch of one, nearly nine in ten gradient entries are 0 too (--preset sparse).",
            .paper = "Glorot, Bordes, Bengio 2011, Deep Sparse Rectifier Neural Networks.",
            .cure = "None needed.",
            .example = "mnist_mlp --preset healthy"},
        tell::healthy, decide::learning},
    {Verdict::unsure,
        {.name = "unsure",
            .severity = Severity::unsure,
            .what = "an open question",
            .means = "No rule decides, or a number that would decide lies within a fifth of its "
                     "threshold. "
                     "Saying so is better than a guess. Rules and thresholds: nn/README.md.",
            .looks = "Often a run that still improves, or one that was too short.",
            .paper = "",
            .cure =
                "Look longer (--epochs), or change one thing that the verdicts name and compare.",
            .example = "mnist_mlp --quick --depth 1 --width 1 --activation tanh"},
        tell::unsure, decide::learning},
}};

static_assert([] {
  for (std::size_t i = 0; i < kVerdicts; ++i)
    if (kRows[i].verdict != static_cast<Verdict>(i)) return false;
  return true;
}());

// No verdict can see it: it looks at the same network through another instrument.
constexpr VerdictWords kBrokenInstrument{.name = "broken_instrument",
    .severity = Severity::note,
    .what = "a broken instrument",
    .means =
        "The network is fine and what measures it is not: gradients of the softmax output instead "
        "of the loss (they sum to 0 for any network), weights drawn again before they are "
        "measured, a census of one batch.",
    .looks =
        "\"All gradients are zero\" beside an accuracy that rises. No verdict here can see it: it "
        "looks at the same network through another instrument.",
    .paper =
        "The study that Lively began with: its tool differentiated the output, and initialised the "
        "weights anew first.",
    .cure =
        "Check the instrument on a network that is known to learn; compare a gradient with a "
        "finite difference of the loss.",
    .example = ""};

}  // namespace

const VerdictRow& row(Verdict v) { return kRows.at(static_cast<std::size_t>(v)); }

}  // namespace detail

const VerdictWords& words(Verdict v) { return detail::row(v).words; }
const char* name(Verdict v) { return words(v).name; }

std::span<const VerdictWords> explanations() {
  static const auto all = [] {
    std::array<VerdictWords, detail::kVerdicts + 1> list{};
    for (std::size_t i = 0; i < detail::kVerdicts; ++i) list[i] = detail::kRows[i].words;
    list.back() = detail::kBrokenInstrument;
    return list;
  }();
  return all;
}

}  // namespace lively
