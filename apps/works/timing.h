#pragma once

#include <functional>
#include <string>
#include <vector>

namespace lively::bench {

struct Options {
  int threads = 1;
  std::vector<std::string> works;  // none: all
  double seconds = 1;              // of one repeat
  int repeat = 5;
};

// A line of numbers measured for one work: {"peer": "lively", …}, the fields that compare.py of
// the peers reads, and extra ones at the end.
struct Extra {
  const char* name;
  double value;
};
void print_row(const Options& o, const std::string& work, std::vector<double> values,
    const char* unit, double foreign_cpu, const std::vector<Extra>& extras = {});

double now();  // seconds, monotonic
double median(std::vector<double> v);

// The share of the machine's CPU time that others took since construction.
class ForeignCpu {
 public:
  ForeignCpu();
  double share() const;

 private:
  double busy_ = 0, total_ = 0, own_ = 0;
};

// Does `steps` steps.
using Steps = std::function<void(int64_t steps)>;

// Seconds a step takes, in o.repeat windows of about o.seconds. Finding their length is the
// warm-up.
std::vector<double> seconds_per_step(const Options& o, const Steps& run);

// Measures and prints one row: items / s, or the time of a step times `scale`.
void print_rate(
    const Options& o, const std::string& work, double items, const char* unit, const Steps& run);
void print_time(
    const Options& o, const std::string& work, double scale, const char* unit, const Steps& run);

}  // namespace lively::bench
