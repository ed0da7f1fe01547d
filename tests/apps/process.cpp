#include "tests/apps/process.h"

#include <doctest/doctest.h>
#include "tests/paths.h"

#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace lively::testing {

Finished run(const std::string& program, const std::string& arguments) {
  return run_command(std::string(LIVELY_PROGRAMS) + "/" + program + " " + arguments);
}

Finished run_command(const std::string& command) {
  ::unsetenv("COLUMNS");  // lines are as wide as in any pipe
  const TemporaryFolder folder;
  const std::string kept =
      command + " >" + (folder / "out") + " 2>" + (folder / "err") + " </dev/null";
  const int status = std::system(kept.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000, read_file(folder / "out"),
      read_file(folder / "err")};
}

bool has_terminal() {
  int ours = -1, theirs = -1;
  if (openpty(&ours, &theirs, nullptr, nullptr, nullptr) != 0) {
    MESSAGE("skipped: needs a pseudo-terminal, and there is none");
    return false;
  }
  ::close(ours);
  ::close(theirs);
  return true;
}

Finished run_on_terminal(const std::string& command, int columns, const std::string& term) {
  std::fflush(nullptr);
  winsize size{};
  size.ws_row = 50, size.ws_col = static_cast<unsigned short>(columns);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    ::setenv("TERM", term.c_str(), 1);
    ::unsetenv("COLUMNS");
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  Finished f;
  char some[4096];
  for (ssize_t n; (n = ::read(terminal, some, sizeof some)) > 0;)
    f.out.append(some, static_cast<std::size_t>(n));
  ::close(terminal);
  int status = 0;
  waitpid(child, &status, 0);
  f.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  return f;
}

Finished run_until(const std::string& program, const std::vector<std::string>& arguments,
    const std::string& file, int more, int signal, const std::string& text) {
  const TemporaryFolder folder;
  const std::string path = std::string(LIVELY_PROGRAMS) + "/" + program, out = folder / "out",
                    err = folder / "err";
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  std::fflush(nullptr);  // or the child would print what is pending, too
  const pid_t child = fork();
  if (child == 0) {
    if (!std::freopen(out.c_str(), "w", stdout) || !std::freopen(err.c_str(), "w", stderr))
      _exit(126);
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  using std::chrono::milliseconds;
  const auto there = [&] { return exists(file) && read_file(file).find(text) != text.npos; };
  for (int i = 0; i < 6000 && !there(); ++i) std::this_thread::sleep_for(milliseconds(10));
  std::this_thread::sleep_for(milliseconds(more));
  kill(child, signal);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), read_file(out),
      read_file(err)};
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool exists(const std::string& path) { return std::filesystem::exists(path); }

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lively-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}
TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

namespace {

std::string big_endian(uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
      static_cast<char>(n)};
}

void part(int n, int shift, std::string& images, std::string& labels) {
  images =
      big_endian(0x803) + big_endian(static_cast<uint32_t>(n)) + big_endian(28) + big_endian(28);
  labels = big_endian(0x801) + big_endian(static_cast<uint32_t>(n));
  for (int i = 0; i < n; ++i) {
    const int k = (i * 7 + shift) % 10;
    labels += static_cast<char>(k);
    std::string picture(784, '\0');
    for (int p = 0; p < 784; ++p)
      if (p / 56 == k || (p * 31 + i * 17) % 23 == 0)
        picture[static_cast<std::size_t>(p)] = static_cast<char>(200);
    images += picture;
  }
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

IdxSet small_set(int train, int test) {
  IdxSet set;
  part(train, 0, set.train_images, set.train_labels);
  part(test, 3, set.test_images, set.test_labels);
  return set;
}

void IdxSet::write(const TemporaryFolder& folder) const {
  write_file(folder / "train-images-idx3-ubyte", train_images);
  write_file(folder / "train-labels-idx1-ubyte", train_labels);
  write_file(folder / "t10k-images-idx3-ubyte", test_images);
  write_file(folder / "t10k-labels-idx1-ubyte", test_labels);
}

}  // namespace lively::testing
