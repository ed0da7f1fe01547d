#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lively {

// What the classes of a published set are called, by the set's name as load_data gives it: digits
// for all but "Fashion-MNIST" and "CIFAR-10". `classes` of them, the last ones by number if there
// are more.
std::vector<std::string> class_names(std::string_view data_set, int64_t classes);

}  // namespace lively
