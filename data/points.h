#pragma once

#include <cstdint>

#include "lively/data/dataset.h"
#include "lively/tensor/random.h"

// Sets of points in the plane to see a classifier at work on: inputs float32 [n, 2], labels int64
// [n], classes in shares that differ by one at most, in random order. They are scikit-learn's
// make_circles, make_moons and make_blobs, with the same meaning of each argument; the numbers are
// our own, since they are drawn from our streams. `noise` is the deviation of what is added to each
// coordinate; it does not disturb which point comes when. ValueError if an argument is out of
// range.

namespace lively {

// Class 0 on the unit circle, class 1 on one inside it with radius `factor`, 0 <= factor < 1.
[[nodiscard]] TensorDataset circles(
    int64_t n, double noise = 0, double factor = 0.8, Seed seed = Seed{1});

// Two half circles that reach into each other: not to be told apart by a straight line.
[[nodiscard]] TensorDataset moons(int64_t n, double noise = 0, Seed seed = Seed{1});

// Round heaps, a class each, about centers that are drawn evenly from [-10, 10) x [-10, 10).
[[nodiscard]] TensorDataset blobs(
    int64_t n, int64_t centers = 3, double deviation = 1, Seed seed = Seed{1});

}  // namespace lively
