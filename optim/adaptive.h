#pragma once

#include "lively/optim/optimizer.h"

namespace lively {

// Optimizers that scale each entry by the history of its gradients, with PyTorch's formulas.
// Weight decay adds weight_decay · p to g in all of them. All throw ValueError for an option out
// of range.

struct RmsPropOptions {
  double alpha = 0.99, eps = 1e-8, momentum = 0;
  bool centered = false;
};

// v = alpha v + (1 - alpha) g², p -= lr g / (sqrt(v) + eps) (Tieleman and Hinton 2012); centered
// takes the variance of g for v (Graves 2013); momentum accumulates the steps.
class RMSprop final : public Optimizer {
 public:
  explicit RMSprop(std::vector<ParameterGroup> groups, RmsPropOptions options = {});
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;
  std::optional<ZeroGradientLaw> law() const override;

 private:
  void update_parameter(const Update& u) override;
  RmsPropOptions options_;
};

// s += g², p -= lr g / (sqrt(s) + eps) (Duchi et al. 2011).
class Adagrad final : public Optimizer {
 public:
  static constexpr double kEps = 1e-10;
  explicit Adagrad(std::vector<ParameterGroup> groups, double eps = kEps);
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;
  std::optional<ZeroGradientLaw> law() const override;

 private:
  void update_parameter(const Update& u) override;
  double eps_;
};

// The step has the size of past steps: d = sqrt(a + eps) / sqrt(v + eps) g, p -= lr d, where v and
// a are running means of g² and d² (Zeiler 2012).
class Adadelta final : public Optimizer {
 public:
  static constexpr double kRho = 0.9, kEps = 1e-6;
  explicit Adadelta(std::vector<ParameterGroup> groups, double rho = kRho, double eps = kEps);
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;
  std::optional<ZeroGradientLaw> law() const override;

 private:
  void update_parameter(const Update& u) override;
  double rho_, eps_;
};

// Adam by the largest gradient: u = max(beta2 u, |g| + eps), p -= lr / (1 - beta1^t) m / u
// (Kingma and Ba 2015, section 7).
class Adamax final : public Optimizer {
 public:
  explicit Adamax(std::vector<ParameterGroup> groups, AdamOptions options = {});
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;
  std::optional<ZeroGradientLaw> law() const override;

 private:
  void update_parameter(const Update& u) override;
  AdamOptions options_;
};

// Adam with Nesterov's momentum, which warms up: mu_t = beta1 (1 - 0.5 · 0.96^(0.004 t)), and for
// m / (1 - beta1^t) stands (1 - mu_t) g / (1 - mu_1 … mu_t) + mu_(t+1) m / (1 - mu_1 … mu_(t+1))
// (Dozat 2016). It states no law: what becomes of a dead unit stays open.
class NAdam final : public Optimizer {
 public:
  explicit NAdam(std::vector<ParameterGroup> groups, AdamOptions options = {});
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;

 private:
  void update_parameter(const Update& u) override;
  AdamOptions options_;
};

// Adam's step times r_t = sqrt((l_t - 4)(l_t - 2) l / ((l - 4)(l - 2) l_t)), where l = 2 / (1 -
// beta2) - 1 and l_t = l - 2 t beta2^t / (1 - beta2^t); up to l_t = 5 the heavy ball's, p -= lr m /
// (1 - beta1^t) (Liu et al. 2020; eps as in PyTorch before the correction of v). It states no law,
// as NAdam.
class RAdam final : public Optimizer {
 public:
  explicit RAdam(std::vector<ParameterGroup> groups, AdamOptions options = {});
  std::string to_string() const override;
  std::unique_ptr<Optimizer> copy_for(std::vector<ParameterGroup> groups) const override;

 private:
  void update_parameter(const Update& u) override;
  AdamOptions options_;
};

}  // namespace lively
