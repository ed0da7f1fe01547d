// What libFuzzer hunts in, and what an ordinary test replays: the parsers of bytes from outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// A parser. It gives a value or the one error that it may, which names the file; all else ends the
// process. Its seeds lie in corpus/<name>.
struct Target {
  std::string_view name;
  void (*read)(const std::string& bytes);
};
std::vector<Target> data_targets();
std::vector<Target> lab_targets();
std::vector<Target> all_targets();  // the second only where the programs are built

// A file in memory with these bytes, the same one at each call; gives its path.
const std::string& file_of(const std::string& bytes);

// A safetensors file with one number of one tensor, which `draw` chooses, another that is easily
// taken amiss: negative, huge, NaN. Other bytes as they are. Chance changes the header most of the
// time, and is refused.
std::string with_other_number(std::string bytes, uint64_t draw);

// Ends the process, with a word on stderr, unless it holds.
void must(bool holds, const std::string& what);

}  // namespace fuzz
