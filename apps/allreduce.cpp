// What it costs to add up gradients over the ranks that mpirun started, and what training would
// come to on more of them: apps/ranks.md says by which model.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "apps/lab/ranks/lockstep.h"
#include "apps/lab/recipe/arguments.h"
#include "apps/lab/words/errors.h"
#include "lively/autograd/team.h"

namespace {

using namespace lively;
using namespace lively::lab;
using Clock = std::chrono::steady_clock;

constexpr const char* kAbout =
    "Measures how long the ranks take to add up messages of some sizes, and predicts the "
    "efficiency "
    "of training on more of them.\n"
    "\n"
    "  mpirun -n 2 allreduce                                latency and bandwidth, here\n"
    "  mpirun -n 2 allreduce --step 50 --bytes 1080000      and what a step of 50 ms would come to";

constexpr int kTimes = 41;

struct StepCost {
  double milliseconds = 0;  // of one rank alone, on its share of the batch
  double bytes = 0;         // of gradients
  double small = 4;         // messages of some bytes
  double rows = 0;          // bytes that each rank tells all others
  double overlap = 0.5;     // share of the step in which gradients may be under way
};

// Microseconds, the median; all ranks call it.
template <class F>
double median_of(Team& team, const F& f) {
  std::vector<double> times;
  for (int i = 0; i < kTimes; ++i) {
    double together = 0;
    team.sum(std::span(&together, 1));
    const auto began = Clock::now();
    f();
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
  }
  std::ranges::sort(times);
  return times[kTimes / 2];
}

double doublings(double ranks) { return std::ceil(std::log2(ranks)); }

// Of 1: what part of the ranks' time is spent on the step itself.
double efficiency(const StepCost& s, double ranks, double latency, double bandwidth) {
  constexpr double kBucket = 1 << 20;
  const double buckets = std::max(1.0, std::ceil(s.bytes / kBucket)),
               compute = s.milliseconds * 1e3;
  const double one = 2 * doublings(ranks) * latency +
                     2 * (ranks - 1) / ranks * std::min(s.bytes, kBucket) / bandwidth;
  const double all =
      buckets * 2 * doublings(ranks) * latency + 2 * (ranks - 1) / ranks * s.bytes / bandwidth;
  // The last bucket is complete when backward is.
  const double exposed = std::max(one, all - s.overlap * compute);
  const double told = s.small * doublings(ranks) * latency + (ranks - 1) * s.rows / bandwidth;
  return compute / (compute + exposed + told);
}

int measure(const StepCost& step) {
  Team* team = lab::team();
  if (!team) {
    print_error("allreduce", "there is one rank: start it by mpirun -n 2, or more");
    return kUsage;
  }
  const double ranks = team->size();
  double one = 0;
  const double small = median_of(*team, [&] { team->sum(std::span(&one, 1)); });
  const double latency = small / doublings(ranks);
  std::printf("%d ranks\n%12s %12s %24s %8s\n", team->size(), "bytes", "microseconds",
      "a rank sends at least", "GB/s");
  std::printf("%12d %12.1f\n", 8, small);
  double bandwidth = 0;  // bytes a microsecond
  for (int64_t bytes = 65536; bytes <= 16 << 20; bytes *= 4) {
    Tensor values = Tensor::zeros({bytes / 4});
    const double time = median_of(*team, [&] {
      team->begin_sum(values);
      team->finish();
    });
    const double least = 2 * (ranks - 1) / ranks * static_cast<double>(bytes);
    if (bytes == 1 << 20) bandwidth = least / time;
    std::printf("%12lld %12.1f %24.0f %8.2f\n", static_cast<long long>(bytes), time, least,
        least / time / 1e3);
  }
  std::printf(
      "latency %.1f us a doubling, %.2f GB/s at the 1 MiB of a bucket\n", latency, bandwidth / 1e3);
  if (step.milliseconds == 0) return kGood;
  std::printf(
      "\na step of %g ms, %.0f bytes of gradients, %.0f small messages, %.0f bytes told to all\n",
      step.milliseconds, step.bytes, step.small, step.rows);
  for (const double n : {2, 4, 16, 64, 256, 1024})
    std::printf("%6.0f ranks: %5.1f %%\n", n, 100 * efficiency(step, n, latency, bandwidth));
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  return in_lockstep(argv[0], [&]() -> int {
    StepCost step;
    Arguments arguments(kAbout, "allreduce");
    const auto add = [&](const char* name, const char* value, const char* help, double& to) {
      arguments.add({.name = name, .value = value, .help = help}, [&to](const std::string& text) {
        char* end = nullptr;
        to = std::strtod(text.c_str(), &end);
        if (text.empty() || *end || !(to >= 0) || !std::isfinite(to))
          fail<ValueError>(text, ": must be a number of at least 0");
      });
    };
    add("--step", "MS", "time of a step on one rank with its share of the batch",
        step.milliseconds);
    add("--bytes", "N", "of gradients: 4 a parameter", step.bytes);
    add("--small", "N", "small messages a step, 4; and 2 a batch norm", step.small);
    add("--rows", "N", "bytes that a rank tells all others: 8 a class and sample", step.rows);
    add("--overlap", "SHARE", "of the step, in which gradients may be under way, 0.5",
        step.overlap);
    if (const auto code = arguments.read(argc, argv)) return *code;
    return report_errors("allreduce", [&] {
      (void)all_ready(1, "allreduce");
      return measure(step);
    });
  });
}
