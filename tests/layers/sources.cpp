#include "tests/layers/sources.h"

#include <fstream>
#include <iterator>

#include "tests/paths.h"

namespace fs = std::filesystem;

namespace house {

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Source> sources(std::initializer_list<const char*> folders) {
  const fs::path root = LIVELY_SOURCE_DIR;
  std::vector<Source> found;
  for (const char* folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp")
        found.push_back({fs::relative(entry.path(), root).generic_string(), read(entry.path())});
  }
  return found;
}

}  // namespace house
