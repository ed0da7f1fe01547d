#pragma once

#include <string>
#include <vector>

#include "lively/nn/liveness/census.h"
#include "lively/nn/module.h"

namespace lively {

// What people call the layers of a model, "hidden layer 5 of 5" or "stage 2, block 1, second relu",
// from the titles under which its modules are registered. Rectifiers and weighted layers that have
// none, or share one, are counted: "hidden layer 2 of 3" where each rectifier has one weighted
// layer before it and one more ends the network, else "relu 2 of 3".
class Titles {
 public:
  Titles() = default;
  // Of the rectifiers that are modules, or of those that a census found, functional calls too.
  explicit Titles(Module& model);
  Titles(Module& model, const Census& census);
  // As all() gave them.
  explicit Titles(std::vector<Named<std::string>> all) : all_(std::move(all)) {}

  // Of a rectifier or module, as censuses name them; of a parameter "10.weight": "hidden layer 5 of
  // 5, weight". What is not known is "layer 10".
  std::string of(const std::string& path) const;
  // The same with "(128 units)" behind it.
  std::string of(const std::string& path, int64_t units) const;

  const std::vector<Named<std::string>>& all() const { return all_; }  // by path

 private:
  struct Layer;
  void name(Module& model, const std::vector<Layer>& rectifiers);
  void count(const std::vector<Layer>& layers);
  const std::string* find(const std::string& path) const;

  std::vector<Named<std::string>> all_;
};

}  // namespace lively
