#include "apps/lab/treatment/ddmin.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace lively::lab {
namespace {

// `all` in so many parts of nearly the same size.
std::vector<Members> parts_of(const Members& all, std::size_t parts) {
  std::vector<Members> cut;
  for (std::size_t p = 0; p < parts; ++p)
    cut.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(p * all.size() / parts),
        all.begin() + static_cast<std::ptrdiff_t>((p + 1) * all.size() / parts));
  return cut;
}

Members without(const Members& all, const Members& part) {
  Members rest;
  std::ranges::set_difference(all, part, std::back_inserter(rest));
  return rest;
}

}  // namespace

Members ddmin(std::size_t n, const Does& does) {
  Members all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t parts = 2; all.size() > 1;) {
    const std::vector<Members> cut = parts_of(all, parts);
    std::vector<Members> asked = cut;  // a part alone, then all but one
    if (parts > 2)
      for (auto part = cut.rbegin(); part != cut.rend(); ++part)
        asked.push_back(without(all, *part));
    const std::vector<bool> good = does(asked);
    const auto found = static_cast<std::size_t>(std::ranges::find(good, true) - good.begin());
    if (found < cut.size()) {
      all = asked[found];
      parts = 2;
    } else if (found < asked.size()) {
      all = asked[found];
      parts = std::max<std::size_t>(parts - 1, 2);
    } else if (parts < all.size()) {
      parts = std::min(2 * parts, all.size());
    } else {
      break;
    }
  }
  return all;
}

}  // namespace lively::lab
