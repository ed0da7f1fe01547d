// How fast Lively is, as JSON lines with the fields and row names that compare.py reads, so that
// one run measures it beside its peers:
//   bench --threads 1 --works W1,W2 --seconds 1 --repeat 5
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>

#include "apps/lab/recipe/cores.h"
#include "apps/lab/words/text.h"
#include "apps/works/works.h"
#include "lively/tensor/error.h"
#include "lively/tensor/threads.h"

namespace {

using namespace lively;
using namespace lively::bench;

const std::map<std::string, std::function<void(const Options&)>> kWorks{{"W1", w1}, {"W2", w2},
    {"W3", w3}, {"W4", w4}, {"W5", w5}, {"W6", w6}, {"W7", w7}, {"W8", w8}, {"W9", w9},
    {"W10", w10}, {"W11", w11}, {"K", kernels}};

std::string known_works() {
  std::string all;
  for (const auto& [name, run] : kWorks) all += name + ", ";
  return all + "all";
}

int usage(const std::string& what) {
  std::fprintf(stderr,
      "bench: %s\nusage: bench [--threads N] [--works W1,...,W11,K] [--seconds S] [--repeat R]\n",
      what.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  std::string child;
  double start = 0;
  for (int i = 1; i < argc; i += 2) {
    const std::string flag = argv[i];
    if (i + 1 == argc) return usage(flag + " needs a value");
    const char* value = argv[i + 1];
    if (flag == "--threads") {
      o.threads = std::atoi(value);
    } else if (flag == "--works") {
      o.works = lab::split(value);
      for (const std::string& w : o.works)
        if (w != "all" && !kWorks.contains(w))
          return usage("--works " + w + ": no such work; known: " + known_works());
    } else if (flag == "--seconds") {
      o.seconds = std::atof(value);
    } else if (flag == "--repeat") {
      o.repeat = std::atoi(value);
    } else if (flag == "--first-step") {
      child = value;
    } else if (flag == "--start") {
      start = std::atof(value);
    } else {
      return usage("unknown flag " + flag);
    }
  }
  if (o.threads < 1 || o.repeat < 1 || !(o.seconds > 0))
    return usage("--threads, --repeat and --seconds must be greater than 0");
  try {
    lab::tell_of_cores("bench", o.threads);
    o.threads = std::min(o.threads, processors());
    set_threads(o.threads);
    if (!child.empty()) return first_step(child, start);
    for (const auto& [name, run] : kWorks) {
      bool wanted = o.works.empty();
      for (const std::string& w : o.works) wanted |= w == name || w == "all";
      if (wanted) run(o);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return dynamic_cast<const DataError*>(&e) ? 3 : 1;
  }
  return 0;
}
