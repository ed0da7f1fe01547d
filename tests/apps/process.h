#pragma once

#include <string>
#include <vector>

#include "tests/paths.h"

namespace lively::testing {

// How a shell calls a program of the build.
inline std::string program(const std::string& name) {
  return std::string(LIVELY_PROGRAMS) + "/" + name + " ";
}

struct Finished {
  int code = -1;
  std::string out, err;
};

// Runs build/apps/<program> with these arguments, given to a shell as they stand.
Finished run(const std::string& program, const std::string& arguments);

// Runs a command of the shell.
Finished run_command(const std::string& command);

// Is there a terminal to be had for run_on_terminal? Says so where a test is skipped: in a
// container without /dev/pts.
bool has_terminal();

// Runs a command of the shell on a terminal of so many columns, with TERM as named: all that it
// shows, both streams, is in `out`.
Finished run_on_terminal(
    const std::string& command, int columns, const std::string& term = "xterm");

// Runs it until `file` is there and holds `text`, then for `more` milliseconds, and sends the
// signal.
Finished run_until(const std::string& program, const std::vector<std::string>& arguments,
    const std::string& file, int more, int signal, const std::string& text = "");

std::string read_file(const std::string& path);
bool exists(const std::string& path);

// A folder of its own, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The four IDX files of a little set of 28 x 28 pictures that can be learnt: class k has its rows
// 2k and 2k + 1 lit. Bytes, so that a test can spoil them.
struct IdxSet {
  std::string train_images, train_labels, test_images, test_labels;
  void write(const TemporaryFolder& folder) const;
};
IdxSet small_set(int train = 600, int test = 100);

}  // namespace lively::testing
