#pragma once

#include "lively/nn/module.h"

namespace lively {

// Modules one after the other, named "0", "1", …; it owns them.
//
//   Sequential net;
//   net.add<Linear>(784, 128);
//   net.add<ReLU>();
class Sequential final : public Module {
 public:
  Sequential() = default;

  template <class M, class... Args>
  M& add(Args&&... args) {
    auto module = std::make_unique<M>(std::forward<Args>(args)...);
    M& added = *module;
    add(std::move(module));
    return added;
  }
  // `title` is for people, "hidden layer 1 of 5" (Module::title).
  Module& add(std::unique_ptr<Module> module, std::string title = {});
  std::size_t size() const { return modules_.size(); }
  // Negative ones count from the end. Throws ValueError if there is no such module.
  Module& operator[](int64_t i);

  Variable forward(const Variable& x) override;
  std::string describe() const override;

 private:
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace lively
