#include "lively/data/lines.h"

#include "lively/data/atomic_file.h"

namespace lively {

void write_lines(const std::string& path, std::span<const std::string> lines) {
  detail::AtomicFile file(path);
  for (const std::string& line : lines) {
    file.write(line.data(), line.size());
    file.write("\n", 1);
  }
  file.commit();
}

}  // namespace lively
