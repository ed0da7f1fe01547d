#include "lively/data/atomic_file.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include <sys/resource.h>

#include "lively/tensor/error.h"
#include "tests/data/files.h"

using namespace lively;
using detail::AtomicFile;
using files::Folder;

namespace {

std::size_t entries(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : files::fs::directory_iterator(folder)) ++count;
  return count;
}

// Lets no file grow beyond this size, as a full disk would.
class Limit {
 public:
  explicit Limit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~Limit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("atomic file: value is there after commit and not before") {
  const Folder folder;
  const std::string path = folder.write("file", "old");
  {
    AtomicFile file(path), other(path);  // neither takes the other's temporary
    file.write("new", 3);
    file.write(" text", 5);
    other.write("x", 1);
    CHECK(files::read(path) == "old");
    file.commit();
    CHECK(files::read(path) == "new text");
  }
  CHECK(files::read(path) == "new text");
  CHECK(entries(folder.path()) == 1);
  { AtomicFile none(folder.file("none")); }
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("atomic file: error leaves the old file whole, whichever write fails") {
  const Folder folder;
  const std::string path = folder.write("file", "old");
  const std::string piece(100, 'n');
  for (rlim_t most = 0; most < 300; most += 37) {
    std::string text;
    {
      const Limit limit(most);
      try {
        AtomicFile file(path);
        for (int i = 0; i < 3; ++i) file.write(piece.data(), piece.size());
        file.commit();
      } catch (const Error& error) {
        text = error.what();
      }
    }
    CHECK(text == path + ": cannot be written: File too large");
    CHECK(files::read(path) == "old");
    CHECK(entries(folder.path()) == 1);
  }
}

TEST_CASE("atomic file: error texts") {
  const Folder folder;
  const std::string nowhere = folder.file("none/file");
  CHECK_THROWS_WITH_AS(AtomicFile{nowhere},
      (nowhere + ": cannot be written: No such file or directory").c_str(), Error);
  const std::string taken = folder.file("folder");
  files::fs::create_directory(taken);
  AtomicFile file(taken);
  CHECK_THROWS_WITH_AS(
      file.commit(), (taken + ": cannot be replaced: Is a directory").c_str(), Error);
}
