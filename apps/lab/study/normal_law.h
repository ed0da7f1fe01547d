#pragma once

namespace lively::lab {

// The standard normal law: its density, and the share of it below x.
double normal_density(double x);
double normal_share(double x);

}  // namespace lively::lab
