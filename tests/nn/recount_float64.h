#pragma once

#include <string>
#include <vector>

#include "lively/nn/module.h"

// A second, plain implementation of small networks and of the words of nn/README.md, in float64.
namespace lively::testing {

// [samples, units, positions]
struct Grid {
  int64_t samples = 0, units = 0, positions = 1;
  std::vector<double> v;
  double& at(int64_t n, int64_t u, int64_t p = 0) {
    return v[static_cast<std::size_t>((n * units + u) * positions + p)];
  }
  double at(int64_t n, int64_t u, int64_t p = 0) const {
    return v[static_cast<std::size_t>((n * units + u) * positions + p)];
  }
};
Grid grid_of(const Tensor& t);

// Pre-activations, with the sum of the sizes of all that was added up, and how many products that
// were.
struct Sums64 {
  Grid z, magnitude;
  int64_t terms = 0;
};

// Parameters are looked up as prefix + "weight" and so on.
Sums64 linear64(const Module& model, const std::string& prefix, const Grid& h);
Sums64 conv64(const Module& model, const std::string& prefix, const Grid& h, int64_t side,
    int64_t stride, int64_t padding);
Sums64 norm64(const Module& model, const std::string& prefix, const Sums64& x);
Sums64 plus64(const Sums64& x, const Grid& carried);
Grid activate64(const std::string& activation, const Sums64& x);

struct PlainLayer {
  std::string activation;
  Sums64 x;
};
struct Plain {
  std::vector<PlainLayer> layers;
};

enum class Form : uint8_t { plain, norm, norm_after, residual_pre, residual_post };
Plain recount_mlp(const Module& model, const Tensor& x, const std::string& activation, Form form);

struct State {
  bool silent = false, dead = false, pinned = false, numerically_pinned = false, linear = false,
       saturated = false, dormant = false, borderline = false;
  bool doubtful = false;  // float32 may see it otherwise
  double rate = 0, max_z = 0;
  int64_t last_fired = -1;
};
State state_of(const Plain& plain, std::size_t layer, std::size_t unit);

// How often each state occurs.
struct Tally {
  int64_t dead = 0, pinned = 0, numerically_pinned = 0, linear = 0, dormant = 0, saturated = 0,
          borderline = 0;
  void add(const Plain& plain);
};

// Makes units of hidden layers what a draw seldom gives: off, linear, far off, faint.
void spread_units(Module& model, uint64_t seed);

}  // namespace lively::testing
