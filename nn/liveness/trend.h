#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Where a series of losses is going. Values that are not finite are passed over throughout.
namespace lively::detail {

std::vector<double> finite_part(std::span<const double> series);

// The improvement, as a share, of the median from the first to the second half of the last third.
double late_improvement(std::span<const double> series);

// How far the end stands above the lowest, of values smoothed over a twentieth of the series, three
// at least: losses of single samples differ a thousandfold. A spike that the run came back from
// does not count: Adam at a rate of 0.1 rises 180-fold, kills a layer and settles at the label
// entropy.
double rise_at_end(std::span<const double> series);

// The autocorrelation, at lag 1, of the changes in the second half: negative where a fall follows
// each rise (-0.5 for independent noise around a level). 0 of fewer than 8 values.
double change_autocorrelation(std::span<const double> series);

// The largest rise from one value to the next that the series does not come back from: by its
// median after it over its median in the 20 values before, both over 5 values at least. Empty: none
// is threefold.
struct Jump {
  int64_t step = 0;  // the place of the last value before it, from 1
  double factor = 1;
};
std::optional<Jump> largest_jump(std::span<const double> series);

}  // namespace lively::detail
