#include "lively/autograd/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lively/autograd/ops.h"

namespace lively {
namespace {

constexpr int64_t kAll = 64;  // entries up to which all are checked
constexpr double kStep = 1e-5;
constexpr double kTolerance = 1e-8;  // with h = 1e-5 the difference is off by about h² f''' / 6
constexpr double kRounding = 4e-16;

std::string digits(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", v);
  return text;
}

// One function, its inputs and the weights that make its result a number.
class Check {
 public:
  Check(const std::string& op, const std::function<Variable(const std::vector<Variable>&)>& f,
      const std::vector<Tensor>& inputs, Seed seed)
      : op_(op), f_(f), seed_(seed), stream_(seed, "gradcheck") {
    for (const Tensor& t : inputs) {
      if (t.dtype() != Dtype::float64)
        fail<DtypeError>("gradcheck: ", op, ": input of ", name(t.dtype()), ": needs float64");
      inputs_.push_back(t.clone());
    }
  }

  GradCheck run() {
    std::vector<Variable> leaves;
    for (const Tensor& t : inputs_) leaves.push_back(parameter(t.clone()));
    const Variable y = f_(leaves);
    weights_ = Tensor::empty(y.shape(), Dtype::float64);
    fill_uniform(weights_, stream_, 0.5, 1.5);
    y.backward(weights_);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const Tensor g = leaves[i].grad().defined()
                           ? leaves[i].grad().contiguous()
                           : Tensor::zeros(inputs_[i].shape(), Dtype::float64);
      check_input(i, g);
      if (!result_.ok) break;
    }
    return result_;
  }

 private:
  double value() {
    const NoGrad no_grad;
    std::vector<Variable> leaves;
    for (const Tensor& t : inputs_) leaves.push_back(Variable(t));
    const Tensor y = f_(leaves).data().contiguous();
    double total = 0;
    for (int64_t i = 0; i < y.numel(); ++i)
      total += y.data<double>()[i] * weights_.data<double>()[i];
    return total;
  }

  void check_input(std::size_t input, const Tensor& gradient) {
    const int64_t n = inputs_[input].numel();
    const double* g = gradient.data<double>();
    if (n <= kAll) {
      for (int64_t i = 0; i < n && result_.ok; ++i) check_entry(input, i, g[i]);
      return;
    }
    for (int64_t k = 0; k < kAll && result_.ok; ++k) {
      const auto i = static_cast<int64_t>(stream_.below(static_cast<uint64_t>(n)));
      check_entry(input, i, g[i]);
    }
    if (!result_.ok) return;
    std::vector<double> direction(static_cast<std::size_t>(n));
    double slope = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double d = stream_.normal() / std::sqrt(static_cast<double>(n));
      direction[static_cast<std::size_t>(i)] = d;
      slope += d * g[i];
    }
    const Tensor start = inputs_[input].clone();
    compare(input, -1, slope, kStep, [&](double h) {
      double* x = inputs_[input].mutable_data<double>();
      for (int64_t i = 0; i < n; ++i)
        x[i] = start.data<double>()[i] + h * direction[static_cast<std::size_t>(i)];
    });
  }

  void check_entry(std::size_t input, int64_t i, double analytic) {
    const double x = inputs_[input].data<double>()[i];
    compare(input, i, analytic, kStep * std::max(1.0, std::abs(x)),
        [&](double h) { inputs_[input].mutable_data<double>()[i] = x + h; });
  }

  // `move(h)` puts the input at distance h from where it was.
  template <class Move>
  void compare(std::size_t input, int64_t index, double analytic, double h, const Move& move) {
    const auto at = [&](double d) {
      move(d);
      return value();
    };
    const double up = at(h), down = at(-h), here = at(0);
    const double numeric = (up - down) / (2 * h);
    const double rounding = kRounding * (std::abs(up) + std::abs(down)) / h;
    const double gap = std::abs((up - here) - (here - down)) / h;
    const double tolerance = kTolerance * (1 + std::abs(numeric)) + rounding;
    // For a smooth function the gap between the two slopes is h f'' and halves with h, while their
    // mean stays. With a kink at distance d the gap goes by (h - 2d) / (h - d), which is a half
    // at d = h / 3, and the mean moves by a share of the gap, nearly none only at d = 0.
    if (gap > 1e-3 * (1 + std::abs(numeric)) + 4 * rounding) {
      const double up_half = at(h / 2), down_half = at(-h / 2);
      move(0);
      const double half = std::abs((up_half - here) - (here - down_half)) / (h / 2);
      const double mean_moves = std::abs((up_half - down_half) / h - numeric);
      if (std::abs(half - gap / 2) > 0.05 * gap || mean_moves > 0.05 * gap)
        return report(input, index, analytic, numeric, h, "a kink lies within the step of");
    }
    if (!(std::abs(analytic - numeric) <= tolerance))
      report(input, index, analytic, numeric, h, "the gradient is wrong at");
  }

  void report(std::size_t input, int64_t index, double analytic, double numeric, double h,
      const char* what) {
    result_.ok = false;
    result_.text = message(op_, ": ", what, " input ", input, " ", inputs_[input].shape(),
        index < 0 ? " along a random direction" : " index " + std::to_string(index), ": analytic ",
        digits(analytic), ", numeric ", digits(numeric), ", step ", digits(h), ", seed ",
        static_cast<uint64_t>(seed_));
  }

  const std::string& op_;
  const std::function<Variable(const std::vector<Variable>&)>& f_;
  Seed seed_;
  Stream stream_;
  std::vector<Tensor> inputs_;
  Tensor weights_;
  GradCheck result_;
};

}  // namespace

GradCheck gradcheck(const std::string& op,
    const std::function<Variable(const std::vector<Variable>&)>& f,
    const std::vector<Tensor>& inputs, Seed seed) {
  return Check(op, f, inputs, seed).run();
}

}  // namespace lively
