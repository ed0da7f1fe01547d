#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lively/autograd/ops.h"

// One row for every op of autograd/ops.h: what it is and how to call it on inputs of given shapes.
// op_table_test.cpp and op_edges_test.cpp run over all rows; adding an op without a row fails one
// of them, and so does a row without a kind, which does not compile.

namespace lively::testing {

// What an op does with its elements, from which follows what NaN, infinities and the ends of the
// range must do to it: op_edges_test.cpp.
enum class Kind : uint8_t {
  elementwise,    // y[i] of x[i], broadcast: any value is an input
  selection,      // some elements, as they are
  view,           // all elements, as they are, elsewhere
  reduction,      // one number of many along axes
  window,         // one number of those in a window
  product,        // sums of products: an input, a weight, and perhaps a bias, which may be left out
  normalisation,  // each number by those of its line or channel
  loss,           // of scores, against targets
};

enum class Domain : uint8_t { real, positive, away_from_zero };

struct OpRow {
  std::string name;  // of the function in ops.h
  Kind kind;
  std::vector<Shape> shapes;  // of its inputs
  std::function<Variable(const std::vector<Variable>&)> call;
  Domain domain = Domain::real;
};

// All rows; or, to work on one op, those of the op that the environment names by LIVELY_OP. Throws
// if there is none.
const std::vector<OpRow>& op_table();
bool is_whole_table();

// A float64 or float32 tensor of that domain, no value within 0.05 of 0 or of another: far from
// kinks and ties.
Tensor draw(const Shape& shape, Domain domain, Dtype dtype, uint64_t index);
// The inputs of a row's call.
std::vector<Tensor> inputs_of(const OpRow& row, Dtype dtype);

}  // namespace lively::testing
