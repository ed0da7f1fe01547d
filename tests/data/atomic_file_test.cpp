#include "lively/data/atomic_file.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST_CASE("atomic file: value keeps the mode of the file that it replaces") {
  const Folder folder;
  const auto mode_after = [&](const std::string& path) {
    AtomicFile file(path);
    file.write("new", 3);
    file.commit();
    struct stat info {};
    REQUIRE(stat(path.c_str(), &info) == 0);
    return info.st_mode & 0777;
  };
  const std::string old = folder.write("old", "old");
  for (const mode_t mode : {0600U, 0640U, 0666U, 0400U}) {
    chmod(old.c_str(), mode);
    CHECK(mode_after(old) == mode);
  }
  const mode_t mask = umask(027);
  CHECK(mode_after(folder.file("fresh")) == 0640);
  umask(mask);
}

TEST_CASE("atomic file: value goes to where a link leads") {
  const Folder folder;
  const std::string target = folder.write("there/target", "old"), link = folder.file("link");
  for (const char* to : {"there/target", "there/none"}) {
    files::fs::remove(link);
    files::fs::create_symlink(to, link);
    const std::size_t before = entries(folder.path());
    AtomicFile file(link);
    CHECK(entries(folder.path()) == before);  // the temporary lies beside the target
    file.write("new", 3);
    file.commit();
    CHECK(files::fs::is_symlink(link));
    CHECK(files::read(folder.file(to)) == "new");
  }
  const std::string round = folder.file("round");
  files::fs::create_symlink("round", round);
  CHECK_THROWS_AS(AtomicFile(round).commit(), Error);
}

TEST_CASE("atomic file: value sweeps up what killed processes left") {
  const Folder folder;
  const std::string path = folder.write("file", "old");
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  REQUIRE(waitpid(dead, nullptr, 0) == dead);
  const auto left = [&](const std::string& name, pid_t process, const char* end) {
    return folder.write(name + ".tmp-" + std::to_string(process) + end, "half");
  };
  const std::string gone[] = {
      left("file", dead, "-0"), left("file", dead, "-12"), left("file", getpid(), "-7")};
  const std::string stays[] = {left("file", getppid(), "-0"), left("other", dead, "-0"),
      left("file", dead, ""), folder.write("file.tmp-x-0", ""), left("file", dead, "-1")};
  const int held = open(stays[4].c_str(), O_RDONLY);  // by a writer whose number is not to be seen
  REQUIRE(flock(held, LOCK_EX) == 0);
  AtomicFile(path).commit();
  for (const std::string& file : gone) CHECK_FALSE(files::fs::exists(file));
  for (const std::string& file : stays) CHECK(files::fs::exists(file));
  close(held);
}

TEST_CASE("atomic file: error texts") {
  const Folder folder;
  const std::string nowhere = folder.file("none/file");
  CHECK_THROWS_WITH_AS(AtomicFile{nowhere},
      (nowhere + ": cannot be written: No such file or directory").c_str(), Error);
  const std::string pipe = folder.file("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(
      AtomicFile{pipe}, (pipe + ": cannot be replaced: is a pipe or a device").c_str(), Error);
  const std::string taken = folder.file("folder");
  files::fs::create_directory(taken);
  AtomicFile file(taken);
  CHECK_THROWS_WITH_AS(
      file.commit(), (taken + ": cannot be replaced: Is a directory").c_str(), Error);
}
