// internal: which tables a JPEG has defined so far.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lively::detail {

// Takes the segments of a JPEG one by one (T.81, B.2), and says of a scan which table it names that
// nobody has defined: a decoder would use what lies in its memory.
class JpegTables {
 public:
  // `marker` without its 0xff, `body` without the length. Gives what is wrong with the segment;
  // empty: nothing.
  std::string take(unsigned marker, std::string_view body);

 private:
  std::string take_frame(std::string_view body);
  std::string take_scan(std::string_view body) const;

  bool progressive_ = false;
  std::array<std::array<bool, 16>, 2> codes_{};  // Huffman, DC and AC, by number
  std::array<bool, 16> quantisation_{};
  std::map<unsigned, unsigned> components_;  // by name: the number of its quantisation table
};

}  // namespace lively::detail
