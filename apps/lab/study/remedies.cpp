#include "apps/lab/study/remedies.h"

namespace lively::lab {
namespace {

constexpr bool kQuick = true;
constexpr std::string_view kEverywhere = {};
// Where six times the epochs are tried, where laws of one variance, and where bounds.
constexpr std::string_view kLonger = "u1_small_rate,u005,u005_plain,circles";
constexpr std::string_view kLaws = "u1_small_rate,u005";
constexpr std::string_view kBounds = "u1,u1_adam,u1_clipped,circles";
constexpr std::string_view kSelu = "u1,u1_clipped,u005,narrow,circles,outliers";
constexpr std::string_view kBlocks = "narrow,blocks";

Remedy longer(Remedy r) {
  r.times_epochs = 6;
  return r;
}
Remedy rate(std::string_view name, std::string_view title, double factor, bool quick = false) {
  Remedy r{name, title, "", Reach::training, kEverywhere, quick};
  r.times_rate = factor;
  return r;
}
Remedy bound(std::string_view name, std::string_view title, std::string_view flags, double at) {
  Remedy r{name, title, flags, Reach::weights, kBounds};
  r.dose = "bound of random_uniform", r.at = at;
  return r;
}

}  // namespace

std::string_view title(Reach reach) {
  switch (reach) {
    case Reach::nothing:
      return "nothing";
    case Reach::training:
      return "how it is trained";
    case Reach::loss:
      return "its loss";
    case Reach::weights:
      return "its weights";
    case Reach::activation:
      return "its activation";
    case Reach::layers:
      return "its layers";
    case Reach::connections:
      return "its connections";
  }
  return "";
}

const std::vector<Remedy>& remedies() {
  using enum Reach;
  static const std::vector<Remedy> all{
      {"nothing", "as it is", "", nothing, kEverywhere, kQuick},
      longer({"longer", "6 x the epochs", "", training, kLonger}),

      {"leaky_01", "LeakyReLU .01", "--activation leaky_relu:0.01", activation, kEverywhere,
          kQuick},
      {"leaky_3", "LeakyReLU .3", "--activation leaky_relu:0.3", activation},
      longer({"leaky_01_longer", "LeakyReLU .01 6 x long", "--activation leaky_relu:0.01",
          activation, kLonger}),
      longer({"leaky_3_longer", "LeakyReLU .3 6 x long", "--activation leaky_relu:0.3", activation,
          kLonger}),
      {"selu", "SELU alone", "--activation selu", activation, kEverywhere, kQuick},
      {"selu_lecun", "SELU + lecun_normal", "--activation selu --init lecun_normal", activation,
          kEverywhere, kQuick},
      {"selu_sgd", "SELU+lecun by SGD",
          "--activation selu --init lecun_normal --optimizer sgd --lr 0.01 --eps 0", activation,
          kSelu},
      {"selu_adam", "SELU+lecun by Adam",
          "--activation selu --init lecun_normal --optimizer adam --lr 0.001", activation, kSelu},
      {"selu_adamax", "SELU+lecun by Adamax",
          "--activation selu --init lecun_normal --optimizer adamax --lr 0.002", activation, kSelu},
      {"selu_adadelta", "SELU+lecun by Adadelta",
          "--activation selu --init lecun_normal --optimizer adadelta --lr 1", activation, kSelu},
      {"sigmoid", "sigmoid", "--activation sigmoid", activation},
      {"tanh", "tanh", "--activation tanh", activation},

      {"he_uniform", "he_uniform", "--init he_uniform", weights, kEverywhere, kQuick},
      {"he_normal", "he_normal", "--init he_normal", weights},
      {"lecun_uniform", "lecun_uniform", "--init lecun_uniform", weights},
      {"lecun_normal", "lecun_normal alone", "--init lecun_normal", weights, kEverywhere, kQuick},
      {"glorot_uniform", "glorot_uniform", "--init glorot_uniform", weights},
      {"rai", "RAI", "--init rai", weights, kEverywhere, kQuick},
      {"no_bias", "biases of 0", "--bias-init zeros", weights},

      // Three laws of the variance 1/3, that of U(-1, 1), and three of 1/64, that of he_* at 128.
      {"wide_uniform", "uniform of var. 1/3", "--init random_uniform:-1,1", weights, kLaws},
      {"wide_normal", "normal of var. 1/3", "--init random_normal:0,0.57735", weights, kLaws},
      {"wide_truncated", "truncated of var. 1/3", "--init truncated_normal:0,0.65636", weights,
          kLaws},
      {"fair_uniform", "uniform of var. 1/64", "--init random_uniform:-0.216506,0.216506", weights,
          kLaws},
      {"fair_normal", "normal of var. 1/64", "--init random_normal:0,0.125", weights, kLaws},
      {"fair_truncated", "truncated of var. 1/64", "--init truncated_normal:0,0.142106", weights,
          kLaws},

      bound("bound_001", "U(-0.01, 0.01)", "--init random_uniform:-0.01,0.01", 0.01),
      bound("bound_002", "U(-0.02, 0.02)", "--init random_uniform:-0.02,0.02", 0.02),
      bound("bound_005", "U(-0.05, 0.05)", "--init random_uniform:-0.05,0.05", 0.05),
      bound("bound_01", "U(-0.1, 0.1)", "--init random_uniform:-0.1,0.1", 0.1),
      bound("bound_02", "U(-0.2, 0.2)", "--init random_uniform:-0.2,0.2", 0.2),
      bound("bound_03", "U(-0.3, 0.3)", "--init random_uniform:-0.3,0.3", 0.3),
      bound("bound_05", "U(-0.5, 0.5)", "--init random_uniform:-0.5,0.5", 0.5),
      bound("bound_1", "U(-1, 1)", "--init random_uniform:-1,1", 1),

      {"batch_before", "batch norm before", "--norm batch", layers, kEverywhere, kQuick},
      {"batch_after", "batch norm after", "--norm batch_after", layers},
      {"residual_add", "residual", "--residual add", connections, kEverywhere, kQuick},
      {"residual_subtract", "residual subtracting", "--residual subtract", connections},
      {"residual_pre", "residual after ReLU", "--residual add:pre", connections},
      {"residual_subtract_pre", "subtracting after ReLU", "--residual subtract:pre", connections,
          kBlocks},
      {"residual_norm", "residual + batch norm", "--residual add --norm batch", connections},
      {"residual_subtract_norm", "subtracting + norm", "--residual subtract --norm batch",
          connections, kBlocks},
      {"residual_he", "residual + he_uniform", "--residual add --init he_uniform", connections},

      {"sgd", "SGD at .01", "--optimizer sgd --momentum 0 --lr 0.01 --eps 0", training},
      {"momentum", "SGD with momentum", "--optimizer sgd --momentum 0.9 --lr 0.01 --eps 0",
          training},
      {"adam", "Adam at .001", "--optimizer adam --lr 0.001", training, kEverywhere, kQuick},
      {"adamax", "Adamax at .002", "--optimizer adamax --lr 0.002", training},
      {"adadelta", "Adadelta at 1", "--optimizer adadelta --lr 1", training},
      {"rmsprop", "RMSprop at .001", "--optimizer rmsprop --lr 0.001", training},
      rate("rate_tenth", "rate / 10", 0.1, kQuick),
      rate("rate_hundredth", "rate / 100", 0.01),
      {"warmup", "warm-up of 100 steps", "--warmup 100", training},
      {"clip", "clipping to norm 1", "--clip 1", training, kEverywhere, kQuick},
      {"fused", "fused cross-entropy", "--loss softmax_cross_entropy", loss, kEverywhere, kQuick},
      {"repair_dead", "dead units drawn anew", "--repair dead", weights, kEverywhere, kQuick},
      {"repair_redo", "ReDo", "--repair redo", weights},
  };
  return all;
}

}  // namespace lively::lab
