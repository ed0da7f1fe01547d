#include "lively/data/class_names.h"

#include <array>
#include <cstdint>

namespace lively {

std::vector<std::string> class_names(std::string_view data_set, int64_t classes) {
  using Ten = std::array<const char*, 10>;
  constexpr Ten kFashion{"T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
      "Sneaker", "Bag", "Ankle boot"};
  constexpr Ten kCifar{
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  const Ten* names = data_set == "Fashion-MNIST" ? &kFashion
                     : data_set == "CIFAR-10"    ? &kCifar
                                                 : nullptr;
  std::vector<std::string> all;
  for (int64_t i = 0; i < classes; ++i)
    all.push_back(names && i < 10 ? (*names)[static_cast<std::size_t>(i)] : std::to_string(i));
  return all;
}

}  // namespace lively
