// The pool behind parallel_for, and that nothing else starts a thread.
#include "lively/tensor/threads.h"
#include "tests/bits.h"
#include "tests/with_threads.h"

#include "lively/tensor/gemm.h"
#include "lively/tensor/thread_pool.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__SANITIZE_THREAD__)
#define LIVELY_TSAN 1
#elif defined(__has_feature)
#define LIVELY_TSAN __has_feature(thread_sanitizer)
#else
#define LIVELY_TSAN 0
#endif

using namespace lively;
using namespace lively::testing;

namespace {

std::size_t tasks() {
  const auto all = std::filesystem::directory_iterator("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// How often each of [0, n) was covered, and by how many calls.
struct Cover {
  std::vector<std::atomic<int>> seen;
  std::atomic<int> calls{0};

  Cover(int64_t n, int64_t grain) : seen(static_cast<std::size_t>(n)) {
    parallel_for(n, grain, [&](int64_t begin, int64_t end) {
      ++calls;
      for (int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
    });
  }
  bool once() const {
    return std::all_of(seen.begin(), seen.end(), [](const auto& s) { return s == 1; });
  }
};

Tensor numbers(Shape shape, Dtype dtype) {
  Tensor t = Tensor::empty(shape, dtype);
  uint32_t state = 7;
  for (int64_t i = 0; i < t.numel(); ++i) {
    state = state * 1664525u + 1013904223u;
    const double v = static_cast<double>(state >> 8) / (1 << 23) - 1;
    if (dtype == Dtype::float32) t.mutable_data<float>()[i] = static_cast<float>(v);
    if (dtype == Dtype::float64) t.mutable_data<double>()[i] = v;
  }
  return t;
}

// What a child that runs `body` exits with; -1 where a signal ended it, or it hung for 20 seconds.
template <class Body>
int exit_code_of_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const int code = body() ? 0 : 1;
    if (LIVELY_TSAN) _exit(code);  // it takes the parent's helper for a thread that nobody joined
#if defined(__SANITIZE_ADDRESS__)
    _exit(code);  // and its leak checker what libgomp keeps for that helper for a leak
#endif
    std::exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("threads: parts cover the whole, once") {
  for (const int n : {1, 2, 3, 8}) {
    const WithThreads use(n);
    for (const int64_t size : {0, 1, 9, 10, 11, 1000, 12345}) {
      const Cover c(size, 5);
      INFO(n, " threads, ", size);
      CHECK(c.once());
      CHECK(c.calls.load() == (size == 0 ? 0 : size < 10 ? 1 : std::min<int64_t>(n, size / 5)));
    }
  }
}

TEST_CASE("threads: items laid end to end are covered once") {
  const WithThreads three(3);
  const int64_t sizes[] = {5, 0, 1000, 1, 300, 0};
  std::vector<std::vector<std::atomic<int>>> seen;
  for (const int64_t n : sizes) seen.emplace_back(static_cast<std::size_t>(n));
  std::atomic<int> split{0};
  parallel_for_all(sizes, 10, [&](std::size_t item, int64_t begin, int64_t end) {
    if (end - begin < sizes[item]) ++split;
    for (int64_t i = begin; i < end; ++i) ++seen[item][static_cast<std::size_t>(i)];
  });
  for (const auto& item : seen)
    CHECK(std::all_of(item.begin(), item.end(), [](const auto& s) { return s == 1; }));
  CHECK(split == 3);  // the large one, whose parts end at 435 and 870 of 1306
  parallel_for_all(std::span<const int64_t>(), 10, [&](std::size_t, int64_t, int64_t) { ++split; });
  CHECK(split == 3);
}

TEST_CASE("threads: a nested parallel_for runs on one thread") {
  const WithThreads use(4);
  std::atomic<int> outer{0}, inner{0};
  parallel_for(4, 1, [&](int64_t, int64_t) {
    ++outer;
    parallel_for(1000, 1, [&](int64_t begin, int64_t end) {
      ++inner;
      CHECK(end - begin == 1000);
    });
  });
  CHECK(outer.load() == 4);
  CHECK(inner.load() == 4);
  const OneThread alone;
  CHECK(Cover(1000, 1).calls.load() == 1);
}

TEST_CASE("threads: what a part throws comes out when all parts have ended") {
  const WithThreads use(4);
  for (int64_t thrower = 0; thrower < 4; ++thrower) {
    std::atomic<int> ended{0};
    const auto run = [&] {
      parallel_for(4, 1, [&](int64_t begin, int64_t) {
        if (begin == thrower) throw std::runtime_error("part " + std::to_string(begin));
        ++ended;
      });
    };
    CHECK_THROWS_WITH(run(), ("part " + std::to_string(thrower)).c_str());
    CHECK(ended.load() == 3);
    CHECK(Cover(100, 1).once());
  }
}

TEST_CASE("threads: two callers at once, each with its own result") {
  const WithThreads use(3);
  const auto sums = [](int64_t seed) {
    bool right = true;
    for (int round = 0; round < 2000; ++round) {
      std::vector<int64_t> out(64);
      parallel_for(64, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) out[static_cast<std::size_t>(i)] = seed * i + round;
      });
      right &= std::accumulate(out.begin(), out.end(), int64_t{0}) == 2016 * seed + 64 * round;
    }
    return right;
  };
  bool first = false, second = false;
  std::thread other([&] { second = sums(3); });
  first = sums(5);
  other.join();
  CHECK(first);
  CHECK(second);
}

TEST_CASE("threads: two callers multiply at once, to the bits of each alone") {
  const WithThreads use(2);
  const Tensor a = numbers({200, 150}, Dtype::float32), b = numbers({150, 300}, Dtype::float32);
  const Tensor want_ab = gemm(a, b), want_ba = gemm(b.t(), a.t());
  bool first = true, second = true;
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) second &= same_bits(gemm(b.t(), a.t()), want_ba);
  });
  for (int i = 0; i < 50; ++i) first &= same_bits(gemm(a, b), want_ab);
  other.join();
  CHECK(first);
  CHECK(second);
}

TEST_CASE("threads: all that ask who multiplies get one answer") {
  std::atomic<bool> go{false};
  std::vector<std::set<std::string>> said(4);
  std::vector<std::thread> askers;
  for (std::set<std::string>& mine : said)
    askers.emplace_back([&] {
      while (!go) {
      }
      for (int i = 0; i < 2000; ++i) mine.insert(blas_name());
    });
  go = true;
  for (std::thread& a : askers) a.join();
  for (const std::set<std::string>& mine : said) CHECK(mine == std::set{blas_name()});
}

TEST_CASE("threads: a hundred thousand small regions take a moment") {
  const WithThreads use(2);
  const auto start = std::chrono::steady_clock::now();
  int64_t parts[2] = {0, 0};
  for (int i = 0; i < 100000; ++i)
    parallel_for(2, 1, [&](int64_t begin, int64_t end) { parts[begin] += end - begin; });
  CHECK(parts[0] == 100000);
  CHECK(parts[1] == 100000);
  // 0.1 s on two free cores; where each region waits a turn of the scheduler, minutes.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("threads: the number goes up and down, and is at least 1") {
  const WithThreads use(1);
  for (const int n : {1, 5, 2, 16, 1, 3}) {
    set_threads(n);
    CHECK(threads() == n);
    const Cover c(64, 1);
    CHECK(c.once());
    CHECK(c.calls.load() == n);
  }
  CHECK_THROWS_WITH(set_threads(0), "set_threads: 0: needs at least 1");
}

TEST_CASE("threads: no more than one a processor, and none of BLAS") {
  const WithThreads use(8);
  const std::size_t before = tasks();
  const Tensor a = numbers({512, 512}, Dtype::float32);
  const Tensor c = gemm(a, a);
  CHECK(c.numel() == 512 * 512);
  CHECK(Cover(1000, 1).once());
  CHECK(tasks() <= std::max(before, before + static_cast<std::size_t>(processors()) - 1));
}

TEST_CASE("threads: products leave the OpenMP setting of their caller alone") {
  using Get = int (*)();
  using Set = void (*)(int);
  const auto get = reinterpret_cast<Get>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  const auto set = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (!get || !set) return;  // no BLAS, or none with OpenMP
  const int before = get();
  set(7);
  const Tensor a = numbers({256, 256}, Dtype::float32);
  CHECK(gemm(a, a).numel() == 65536);
  CHECK(get() == 7);
  set(before);
}

TEST_CASE("threads: products in parts are the product, with any view") {
  const WithThreads use(1);
  for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
    for (const Shape& size :
        {Shape{128, 128, 784}, {784, 128, 100}, {100, 784, 32}, {37, 500, 300}, {5, 800, 900}}) {
      const int64_t m = size[0], n = size[1], k = size[2];
      const Tensor a = numbers({m, k}, dtype), b = numbers({k, n}, dtype);
      const Tensor at = numbers({k, m}, dtype).t(), bt = numbers({n, k}, dtype).t();
      for (const Tensor& x : {a, at}) {
        for (const Tensor& y : {b, bt}) {
          Tensor plain = Tensor::empty(Shape{m, n}, dtype);
          plain_gemm_into(plain, x, y, 0, "plain");
          for (const int t : {2, 3, 8}) {
            set_threads(t);
            const Tensor c = gemm(x, y);
            CHECK(same_bits(c, gemm(x, y)));
            double worst = 0;
            for (int64_t i = 0; i < c.numel(); ++i) {
              const double d = dtype == Dtype::float32
                                   ? c.data<float>()[i] - double{plain.data<float>()[i]}
                                   : c.data<double>()[i] - plain.data<double>()[i];
              worst = std::max(worst, std::abs(d));
            }
            INFO(t, " threads, ", size);
            CHECK(worst < (dtype == Dtype::float32 ? 1e-3 : 1e-11));
          }
        }
      }
    }
  }
}

TEST_CASE("threads: processors are those that this thread may run on") {
  cpu_set_t mine, first;
  REQUIRE(sched_getaffinity(0, sizeof mine, &mine) == 0);
  CHECK(processors() == CPU_COUNT(&mine));
  CPU_ZERO(&first);
  for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&first) == 0; ++i)
    if (CPU_ISSET(i, &mine)) CPU_SET(i, &first);
  REQUIRE(sched_setaffinity(0, sizeof first, &first) == 0);
  CHECK(processors() == 1);
  sched_setaffinity(0, sizeof mine, &mine);
}

TEST_CASE("threads: a forked child works on, and ends") {
  const WithThreads use(2);
  CHECK(Cover(1000, 1).once());  // the helper is there, and perhaps half asleep
  for (int i = 0; i < 20; ++i) CHECK(exit_code_of_child([] { return Cover(1000, 1).once(); }) == 0);
}
