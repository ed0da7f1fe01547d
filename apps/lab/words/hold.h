#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace lively::lab {

// Takes an open file for this process alone, until it is closed, which the end of the process does,
// whatever ends it. Throws ValueError, "--log run.jsonl: another run is writing it", where somebody
// holds it. Pipes and devices are not held, nor files where the file system has no locks.
void hold(int descriptor, const std::string& flag, const std::string& path);

// Nobody holds a file that is there, or its name (NameHold)? Throws as `hold`.
void check_free(const std::string& flag, const std::string& path);

// Holds the name of a file that is replaced whole time and again, or not there yet: by a file
// beside it, FILE.lock, which goes with this object. One that a killed process left is taken over.
class NameHold {
 public:
  // Throws as `hold`, also where somebody holds the file itself: of two that come at once, one
  // holding the name and then the file and one the name alone, only one goes on. ValueError where
  // FILE.lock cannot be made.
  NameHold(const std::string& flag, const std::string& path);
  ~NameHold();
  NameHold(const NameHold&) = delete;
  NameHold& operator=(const NameHold&) = delete;

 private:
  std::string lock_;
  int descriptor_ = -1;
};

// The hold on the name of a file, or none, and `check_free`, where FILE.lock cannot be made: of a
// pipe or a device, or in a folder that takes no new files. Throws as NameHold.
std::unique_ptr<NameHold> hold_name_if_any(const std::string& flag, const std::string& path);

// Lets this process have so many files open, as far as the system allows it to ask for more
// (setrlimit), and throws ValueError, "--seeds 300: has 601 files open, …", where it does not.
void make_room_for_files(const std::string& what, std::size_t files);

}  // namespace lively::lab
