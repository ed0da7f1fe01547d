#include "apps/lab/study/remedies.h"

namespace lively::lab {

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
  constexpr bool kQuick = true;
  static const std::vector<Remedy> all{
      {"nothing", "as it is", "", Reach::nothing, "", kQuick},
      {"leaky", "LeakyReLU .01", "--activation leaky_relu:0.01", Reach::activation, "", kQuick},
      {"he_uniform", "he_uniform", "--init he_uniform", Reach::weights, "", kQuick},
      {"batch", "batch norm before", "--norm batch", Reach::layers, "", kQuick},
  };
  return all;
}

}  // namespace lively::lab
