#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "apps/lab/words/json_object.h"

namespace lively::lab {

// What the cases of a study or a grading came to, a JSON line each, so that a kill loses only what
// was under way. The first line says what all were made with.
class Ledger {
 public:
  // Reads what is there, and goes on behind it; a last line that is not whole is taken back. The
  // file is held (words/hold.h) while this lives. With an empty path, and on ranks other than the
  // first, it is kept in memory alone. Throws ValueError where the file was made with something
  // else, or another study holds it, DataError with the number of a line that is no
  // case, and Error where it cannot be read or written. `check` gets each line, an object that has
  // a "type" and a "seed", and throws ValueError, or what Json does, where it lacks what the report
  // reads.
  Ledger(
      std::string path, const Json& made_with, const std::function<void(const Json&)>& check = {});
  ~Ledger();

  // A case by its type and seed; nullptr: not made yet.
  const Json* find(const std::string& type, uint64_t seed) const;
  // Keeps a line, by its "type" and "seed", as it will be read. Several threads may.
  void add(const Json& line);

 private:
  class File;

  const std::string path_;
  std::unique_ptr<File> file_;  // none: in memory alone
  std::map<std::pair<std::string, uint64_t>, Json> lines_;
  mutable std::mutex mutex_;
};

}  // namespace lively::lab
