#include "tests/fuzz/target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace fuzz {

const std::string& file_of(const std::string& bytes) {
  static const int file = memfd_create("fuzz", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  must(ftruncate(file, 0) == 0, "the file in memory cannot be emptied");
  must(pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
      "the file in memory cannot be written");
  return path;
}

void must(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

std::vector<Target> all_targets() {
  std::vector<Target> all = data_targets();
#ifdef LIVELY_FUZZ_LAB
  for (const Target& t : lab_targets()) all.push_back(t);
#endif
  return all;
}

}  // namespace fuzz
