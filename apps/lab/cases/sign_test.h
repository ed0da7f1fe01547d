#pragma once

#include <cstdint>
#include <vector>

namespace lively::lab {

// Of m pairs that differ, `better` one way and `worse` the other: how likely a split as uneven as
// this, or more, would be if both ways were as likely. Exact, two-sided; of yes and no it is
// McNemar's test, of numbers the sign test. 1 where no pair differs.
double sign_test(int64_t better, int64_t worse);

// Holm (1979): what each p counts as where all are asked at once, so that the chance of any false
// one stays below the level that they are compared with. In the order given; NaN stays NaN and is
// not counted.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace lively::lab
