#pragma once

#include <cstdint>

namespace lively::lab {

// Bounds on the probability that a ReLU network of `layers` layers, the output among them, `width`
// units in each hidden one, weights drawn from a law symmetric about 0 and biases 0, is born dead:
// that on every input some hidden layer is all 0 (Lu et al. 2019, "Dying ReLU and Initialization").

// Their theorem 2: 1 - (1 - 2^-N)^(L-1). It holds for any inputs, and with `rai` too, whose theorem
// 6 has a smaller number in the place of each 1/2.
double lu_upper(int layers, int64_t width);
// Their theorem 3, for one input, on both sides of 0.
double lu_lower(int layers, int64_t width);
// 1 - (1 - 2^-N²)^(L-2), for any inputs: what reaches the second hidden layer and those behind it
// is nowhere below 0, so one whose N² weights are all below 0 is dead. Derived here from first
// principles; Rister and Rubin (2020) have a bound of this kind, in a form that was not at hand.
double sure_lower(int layers, int64_t width);

}  // namespace lively::lab
