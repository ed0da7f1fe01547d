#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "apps/works/trainer.h"
#include "apps/works/works.h"

namespace lively::bench {
namespace {

double clock_time() {
  timeval t{};
  gettimeofday(&t, nullptr);
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

double peak_mib() {
  FILE* f = std::fopen("/proc/self/status", "r");
  char line[256];
  double kib = 0;
  while (f && std::fgets(line, sizeof line, f)) std::sscanf(line, "VmHWM: %lf", &kib);
  if (f) std::fclose(f);
  return kib / 1024;
}

struct Measured {
  double first_step = 0, peak = 0;
};

// This program again, as a process of its own.
Measured child(const Options& o, const std::string& work) {
  char self[4096];
  const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  const std::string program(self, static_cast<std::size_t>(n > 0 ? n : 0));
  char start[32];
  std::snprintf(start, sizeof start, "%.6f", clock_time());
  const std::string command = "'" + program + "' --threads " + std::to_string(o.threads) +
                              " --first-step " + work + " --start " + start;
  FILE* pipe = popen(command.c_str(), "r");
  Measured m;
  const int read = pipe ? std::fscanf(pipe, "%lf %lf", &m.first_step, &m.peak) : 0;
  if (pipe) pclose(pipe);
  if (read != 2) throw StateError("W9: the process for " + work + " gave no figures");
  return m;
}

}  // namespace

int first_step(const std::string& work, double start) {
  Stream stream(Seed{1}, "batch");
  Batch batch{Tensor::empty({128, 1, 28, 28}), Tensor::zeros({128}, Dtype::int64)};
  fill_uniform(batch.inputs, stream, 0, 1);
  for (int64_t i = 0; i < 128; ++i) batch.labels.mutable_data<int64_t>()[i] = i % 10;
  const ImageDataset nothing(
      Tensor::zeros({1, 1, 28, 28}, Dtype::uint8), Tensor::zeros({1}, Dtype::int64), 10);
  Trainer trainer(nothing, work, "sgd", 128);
  for (int i = 0; i < 20; ++i) {
    trainer.step(batch);
    if (i == 0) std::printf("%.6f\n", clock_time() - start);
  }
  std::printf("%.3f\n", peak_mib());
  return 0;
}

void w9(const Options& o) {
  for (const char* work : {"W1", "W2", "W3", "W4", "W5"}) {
    child(o, work);
    const ForeignCpu foreign;
    std::vector<double> times, peaks;
    for (int r = 0; r < std::min(o.repeat, 3); ++r) {
      const Measured m = child(o, work);
      times.push_back(m.first_step);
      peaks.push_back(m.peak);
    }
    const double share = foreign.share();
    print_row(o, std::string("W9.first_step.") + work, times, "s", share);
    print_row(o, std::string("W9.peak_rss.") + work, peaks, "MiB", share);
  }
}

}  // namespace lively::bench
