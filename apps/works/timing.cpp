#include "apps/works/timing.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "lively/version.h"

namespace lively::bench {
namespace {

constexpr double kGrain = 3;  // ticks: the counters' own error

// Busy and all clock ticks of the machine since boot; time that the host took counts as busy.
bool machine_ticks(double& busy, double& total) {
  unsigned long long v[8] = {};
  FILE* f = std::fopen("/proc/stat", "r");
  if (!f) return false;
  const int read = std::fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2,
      v + 3, v + 4, v + 5, v + 6, v + 7);
  std::fclose(f);
  busy = static_cast<double>(v[0] + v[1] + v[2] + v[5] + v[6] + v[7]);
  total = busy + static_cast<double>(v[3] + v[4]);
  return read == 8;
}

double own_seconds() {
  double s = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage r{};
    getrusage(who, &r);
    s += static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
  }
  return s;
}

}  // namespace

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const std::size_t half = v.size() / 2;
  return v.size() % 2 ? v[half] : (v[half - 1] + v[half]) / 2;
}

ForeignCpu::ForeignCpu() : own_(own_seconds()) { machine_ticks(busy_, total_); }

double ForeignCpu::share() const {
  double busy = 0, total = 0;
  if (!machine_ticks(busy, total)) return 0;
  const double own = (own_seconds() - own_) * static_cast<double>(sysconf(_SC_CLK_TCK));
  return std::max(0.0, busy - busy_ - own - kGrain) / std::max(1.0, total - total_);
}

void print_row(const Options& o, const std::string& work, std::vector<double> values,
    const char* unit, double foreign_cpu, const std::vector<Extra>& extras) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::printf(
      "{\"peer\": \"lively\", \"version\": \"%s\", \"work\": \"%s\", \"threads\": %d, \"value\": "
      "%.6g, "
      "\"unit\": \"%s\", \"min\": %.6g, \"max\": %.6g, \"n\": %zu, \"foreign_cpu\": %.3f",
      LIVELY_VERSION, work.c_str(), o.threads, median(values), unit, *low, *high, values.size(),
      foreign_cpu);
  for (const Extra& e : extras) std::printf(", \"%s\": %.6g", e.name, e.value);
  std::printf("}\n");
  std::fflush(stdout);
}

std::vector<double> seconds_per_step(const Options& o, const Steps& run) {
  run(1);
  int64_t steps = 1;
  double t = 0;
  for (;; steps *= 2) {
    const double start = now();
    run(steps);
    t = now() - start;
    if (t > o.seconds / 8) break;
  }
  steps = std::max<int64_t>(1, std::llround(static_cast<double>(steps) * o.seconds / t));
  std::vector<double> each;
  for (int r = 0; r < o.repeat; ++r) {
    const double start = now();
    run(steps);
    each.push_back((now() - start) / static_cast<double>(steps));
  }
  return each;
}

namespace {

void print_measured(const Options& o, const std::string& work, const char* unit, const Steps& run,
    const std::function<double(double)>& convert) {
  const ForeignCpu foreign;
  std::vector<double> values = seconds_per_step(o, run);
  const double share = foreign.share();
  for (double& v : values) v = convert(v);
  print_row(o, work, std::move(values), unit, share);
}

}  // namespace

void print_rate(
    const Options& o, const std::string& work, double items, const char* unit, const Steps& run) {
  print_measured(o, work, unit, run, [=](double s) { return items / s; });
}

void print_time(
    const Options& o, const std::string& work, double scale, const char* unit, const Steps& run) {
  print_measured(o, work, unit, run, [=](double s) { return s * scale; });
}

}  // namespace lively::bench
