#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lively/autograd/variable.h"

// The reference cases of tests/data/reference: what PyTorch computes, with tolerances.

namespace lively::testing {

// How one result is to be compared: |got - want| <= atol + rtol |want| but for `skip`.
struct Expected {
  std::string name;
  Tensor want;
  double rtol = 0, atol = 0;
  std::vector<int64_t> skip;
};

class Case {
 public:
  std::string name, group, op;
  std::vector<std::string> inputs;  // their names, in order
  std::vector<std::string> wrt;     // of those to differentiate by
  std::vector<Expected> outputs, grads;

  const Tensor& in(const std::string& input) const;  // throws ValueError if there is none
  bool has(const std::string& input) const;
  const Tensor& cotangent(const std::string& output) const;
  // The input as the op sees it: through the views that the case names.
  Variable seen(const std::string& input, const Variable& whole) const;
  const Expected& output(const std::string& output) const;

  // Attributes: a path such as "args/lr".
  bool given(const std::string& attribute) const;
  double number(const std::string& attribute, double otherwise = 0) const;
  std::string text(const std::string& attribute, const std::string& otherwise = "") const;
  std::vector<std::optional<int64_t>> integers(const std::string& attribute) const;  // null: none
  std::vector<std::vector<std::optional<int64_t>>> rows(const std::string& attribute) const;

  // The network of a case about dead units, layer by layer.
  struct Layer {
    std::string type, name;
    int64_t size = 0;  // padding of a convolution, kernel of a pool
  };
  std::vector<Layer> layers() const;

  double expectation(const std::string& what) const;  // of a case with statistics; 0 if none

  struct Json;
  std::shared_ptr<const Json> json;
};

const std::vector<Case>& cases();

// Fails the test that runs, naming the case and the first element that is off.
void check(const Case& c, const Expected& expected, const Tensor& got, const char* what);

}  // namespace lively::testing
