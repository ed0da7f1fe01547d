#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lively/autograd/ops.h"

// One row for every op of autograd/ops.h: how to call it on inputs of given shapes. The tests of
// op_table_test.cpp run over all rows; adding an op without a row fails one of them.

namespace lively::testing {

enum class Domain : uint8_t { real, positive, away_from_zero };

struct OpRow {
  std::string name;           // of the function in ops.h
  std::vector<Shape> shapes;  // of its inputs
  std::function<Variable(const std::vector<Variable>&)> call;
  Domain domain = Domain::real;
};

const std::vector<OpRow>& op_table();

// A float64 or float32 tensor of that domain, no value within 0.05 of 0 or of another: far from
// kinks and ties.
Tensor draw(const Shape& shape, Domain domain, Dtype dtype, uint64_t index);

}  // namespace lively::testing
