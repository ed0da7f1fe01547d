#pragma once

#include <string>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// What a dying ReLU is, on data in the plane: the points, the classes that the network gives to
// every place, and the line on which each unit of the first layer begins to fire, at one moment
// after another. A line turns grey and dotted when the data have left it. It plays
// by itself, but for readers who want no motion; the moments are radio buttons of the group `name`:
// arrow keys go through them, and no script is needed. Nothing if the
// run has no frames.
std::string field_chart(const RunLog& run, const std::string& name);

}  // namespace lively::lab
