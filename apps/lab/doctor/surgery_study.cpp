#include "apps/lab/doctor/surgery_study.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "apps/lab/run/bare_run.h"
#include "apps/lab/trials/paired.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

// Few units die in the first, more in the others, by the rate or by the biases that they start
// from; in some runs whole layers.
constexpr std::array kRecipes{
    "--quick --width 32 --optimizer adam --lr 0.001 --epochs 8",
    "--quick --width 32 --optimizer adam --lr 0.01 --epochs 8",
    "--quick --width 32 --optimizer adam --lr 0.05 --epochs 8",
    "--quick --width 32 --lr 0.3 --momentum 0 --bias-init constant:-0.5 --epochs 8",
    "--quick --depth 3 --width 32 --norm batch --optimizer adam --lr 0.1 --epochs 8",
};
struct ArmOfStudy {
  const char *title, *flags;
};
constexpr std::array<ArmOfStudy, 5> kArms{{{"nothing", ""},
    {"dead units drawn anew", "--repair dead"}, {"ReDo as published", "--repair redo"},
    {"live units drawn anew instead", "--repair random"},
    {"leaky_relu everywhere", "--activation leaky_relu"}}};

std::string with_interval(const Estimate& e) {
  const auto points = [](double v) { return (v < 0 ? "−" : "+") + percent(std::abs(v), 2); };
  return points(e.mean) + " [" + points(e.low) + ", " + points(e.high) + "]";
}

}  // namespace

int surgery_study(const std::string& source, int seeds, const std::atomic<bool>& interrupt) {
  DataSplits data = load_data(find_data(source));
  data.train = data.train.first(10'000);
  std::vector<Settings> recipes;
  for (const char* recipe : kRecipes)
    for (const ArmOfStudy& arm : kArms)
      for (int seed = 1; seed <= seeds; ++seed) {
        Settings& s = recipes.emplace_back(default_settings(Architecture::mlp));
        parse_flags(recipe, s);
        parse_flags(arm.flags, s);
        s.seed = static_cast<uint64_t>(seed);
      }
  std::vector<Came> came(recipes.size());
  const std::vector<bool> made = side_by_side(static_cast<int64_t>(recipes.size()),
      {.interrupt = &interrupt,
          .progress =
              [](int64_t done, int64_t of) {
                show_status(message(done, " of ", of, " runs"));
                if (done == of) clear_status();
              }},
      [&](int64_t i, const std::atomic<bool>& stop) {
        const auto at = static_cast<std::size_t>(i);
        const auto one = bare_run(recipes[at], data, {}, stop);
        if (one) came[at] = *one;
        return one.has_value();
      });
  std::printf("%s, the first 10,000 + %s samples; %d seeds; %s, one thread a network\n",
      data.name.c_str(), thousands(data.test.size()).c_str(), seeds,
      short_blas(blas_name()).c_str());
  const auto n = static_cast<std::size_t>(seeds);
  bool whole = true;
  for (std::size_t r = 0; r < kRecipes.size(); ++r) {
    std::printf(
        "\n`%s`\n\n| arm | accuracy | dead at the end | accuracy, difference | dead, difference | "
        "diverged |\n"
        "|---|---|---|---|---|---|\n",
        kRecipes[r]);
    const auto column = [&](std::size_t arm, double Came::*what) {
      std::vector<double> values;
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t at = (r * kArms.size() + arm) * n + k;
        const std::size_t none = r * kArms.size() * n + k;
        if (made[at] && made[none]) values.push_back(came[at].*what);
      }
      return values;
    };
    for (std::size_t arm = 0; arm < kArms.size(); ++arm) {
      const auto right = column(arm, &Came::accuracy), dead = column(arm, &Came::dead);
      whole = whole && right.size() == n;
      if (right.size() < n) continue;  // interrupted
      int64_t diverged = 0;
      for (std::size_t k = 0; k < n; ++k)
        diverged += !came[(r * kArms.size() + arm) * n + k].finite;
      std::printf("| %s | %s %% | %s %% | %s | %s | %lld |\n", kArms[arm].title,
          percent(estimate(right).mean, 2).c_str(), percent(estimate(dead).mean).c_str(),
          arm ? with_interval(paired_difference(right, column(0, &Came::accuracy))).c_str() : "",
          arm ? with_interval(paired_difference(dead, column(0, &Came::dead))).c_str() : "",
          static_cast<long long>(diverged));
    }
  }
  return whole ? kGood : kInterrupted;
}

}  // namespace lively::lab
