// Files that a run writes: refused before the first step where they can't be written, held while
// they are, swept up after a crash.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <new>
#include <stdexcept>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/hold.h"
#include "apps/lab/words/output_file.h"
#include "lively/tensor/error.h"
#include "tests/apps/events.h"
#include "tests/apps/process.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

namespace fs = std::filesystem;

// Not the administrator, who may write everywhere.
class AsAnybody {
 public:
  AsAnybody() : before_(::geteuid()) {
    if (before_ == 0 && ::seteuid(65534) != 0) throw std::runtime_error("seteuid");
  }
  ~AsAnybody() {
    if (::seteuid(before_) != 0) std::abort();
  }

 private:
  uid_t before_;
};

std::string complaint(
    void (*check)(const std::string&, const std::string&), const std::string& path) {
  try {
    check("--x", path);
  } catch (const ValueError& e) {
    return e.what();
  }
  return "";
}

// What lies in a folder beside the set that small_set() writes.
std::string written(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename().string();
    if (name.find("-ubyte") == name.npos) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
  return all;
}

const std::string kSmall = " --depth 1 --width 4 --epochs 1 --liveness off --no-treatment ";

}  // namespace

TEST_CASE("outputs: a folder, or one that nothing can be renamed in, is refused beforehand") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "a.safetensors");
  CHECK(complaint(check_writable, folder / "a.safetensors") ==
        "--x " + (folder / "a.safetensors") + ": cannot be written: Is a directory");
  CHECK(complaint(check_replaceable, folder / "none/a") ==
        "--x " + (folder / "none/a") + ": cannot be written: No such file or directory");
  CHECK(complaint(check_replaceable, folder / "b") == "");
  CHECK(written(folder) == "a.safetensors");  // nothing is left of the attempt

  // A file that can be written, in a folder that can't: only the rename would have failed.
  const std::string closed = folder / "closed", file = closed + "/a";
  fs::create_directory(closed);
  std::ofstream(file) << "old";
  ::chmod(folder.path().c_str(), 0755);
  ::chmod(file.c_str(), 0666);
  ::chmod(closed.c_str(), 0555);
  {
    const AsAnybody here;
    CHECK(complaint(check_writable, file) == "");
    CHECK(complaint(check_replaceable, file) ==
          "--x " + file + ": cannot be written: Permission denied");
  }
  ::chmod(closed.c_str(), 0755);
}

TEST_CASE("outputs: programs refuse what can't be written before the data are read") {
  const TemporaryFolder folder;
  for (const std::string name : {"a.safetensors", "b.checkpoint", "c.html", "d.jsonl"})
    fs::create_directory(folder / name);
  const auto says = [&](const std::string& flags) {
    const Finished f = run("mnist_mlp", "--data synthetic" + kSmall + flags);
    CHECK(f.code == 2);
    CHECK(f.out.empty());
    return f.err;
  };
  const std::string end = ": cannot be written: Is a directory\n";
  CHECK(says("--save " + (folder / "a.safetensors")) ==
        "mnist_mlp: --save " + (folder / "a.safetensors") + end);
  CHECK(says("--save " + (folder / "b.safetensors")) ==
        "mnist_mlp: --save " + (folder / "b.checkpoint") + end);
  CHECK(says("--report " + (folder / "c.html")) ==
        "mnist_mlp: --report " + (folder / "c.html") + end);
  CHECK(says("--log " + (folder / "d.jsonl")) == "mnist_mlp: --log " + (folder / "d.jsonl") + end);
  CHECK(written(folder) == "a.safetensors b.checkpoint c.html d.jsonl");
}

TEST_CASE("outputs: a second run on the same files is refused while the first holds them") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  const std::string log = folder / "x.jsonl", save = folder / "x.safetensors",
                    data = "--data " + folder.path() + kSmall;
  {
    const NameHold first("--save", save);
    const Finished f = run("mnist_mlp", data + "--save " + save);
    CHECK(f.code == 2);
    CHECK(f.err == "mnist_mlp: --save " + save + ": another run is writing it\n");
    CHECK_THROWS_WITH_AS(NameHold("--save", save),
        ("--save " + save + ": another run is writing it").c_str(), ValueError);
  }
  std::ofstream(log) << "what the first wrote\n";
  const int first = ::open(log.c_str(), O_WRONLY | O_CLOEXEC);
  hold(first, "--log", log);
  for (const std::string& flags : {"--log " + log, "--report " + (folder / "x.html")}) {
    const Finished f = run("mnist_mlp", data + flags);
    CHECK(f.code == 2);
    CHECK(f.err == "mnist_mlp: --log " + log + ": another run is writing it\n");
    CHECK(read_file(log) == "what the first wrote\n");
  }
  CHECK_THROWS_WITH_AS(
      NameHold("--log", log), ("--log " + log + ": another run is writing it").c_str(), ValueError);
  ::close(first);
  CHECK(run("mnist_mlp", data + "--log " + log + " --save " + save).code == 0);
  CHECK(read_file(log).find("what the first wrote") == std::string::npos);
  CHECK(written(folder) == "x.checkpoint x.jsonl x.safetensors");
  // What is no file is nobody's.
  CHECK(run("mnist_mlp", data + "--log /dev/null").code == 0);
}

TEST_CASE("outputs: no file of a run is another of it") {
  const TemporaryFolder folder;
  const auto says = [&](const std::string& flags) {
    const Finished f = run_command("cd " + folder.path() + " && " + LIVELY_PROGRAMS +
                                   "/mnist_mlp --data synthetic" + kSmall + flags);
    CHECK(f.code == 2);
    CHECK(f.out.empty());
    return f.err;
  };
  CHECK(says("--log s.safetensors --save s.safetensors") ==
        "mnist_mlp: --log s.safetensors: --save s.safetensors would overwrite it\n");
  CHECK(says("--log ./z.html --report z.html") ==
        "mnist_mlp: --log ./z.html: --report z.html would overwrite it\n");
  CHECK(
      says("--log s.checkpoint --save s.safetensors") ==
      "mnist_mlp: --log s.checkpoint: the checkpoint of --save s.checkpoint would overwrite it\n");
  CHECK(says("--seeds 2 --log r.html --report r-seed2.html") ==
        "mnist_mlp: --log r-seed2.html: --report r-seed2.html would overwrite it\n");
  fs::create_symlink("z.html", folder / "link.jsonl");
  CHECK(says("--log link.jsonl --report z.html").find("--report z.html would overwrite it") !=
        std::string::npos);
  CHECK(says("--report n.html --log /dev/null") ==
        "mnist_mlp: --report n.html: is drawn from the log, and --log /dev/null is a pipe or a "
        "device\n");
  CHECK(written(folder) == "link.jsonl");
}

TEST_CASE("outputs: what a killed run left is taken over and swept up") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  const std::string save = folder / "x.safetensors";
  const Finished killed = run_until("mnist_mlp",
      {"--data", folder.path(), "--depth", "1", "--width", "4", "--batch-size", "2", "--epochs",
          "100000", "--liveness", "off", "--threads", "1", "--save", save},
      save, 20, SIGKILL);
  CHECK(killed.code == 1000 + SIGKILL);
  CHECK(exists(save + ".lock"));
  const Finished f = run("mnist_mlp", "--data " + folder.path() + kSmall + "--save " + save);
  CHECK(f.code == 0);
  CHECK(written(folder) == "x.checkpoint x.safetensors");
}

TEST_CASE("outputs: one ledger is no two studies'") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.jsonl";
  const Json made = object({{"study", "any"}});
  {
    Ledger first(path, made);
    first.add(object({{"type", "a"}, {"seed", 1}}));
    CHECK_THROWS_WITH_AS(
        Ledger(path, made), ("--out " + path + ": another run is writing it").c_str(), ValueError);
  }
  CHECK(Ledger(path, made).find("a", 1) != nullptr);
  std::ofstream(path, std::ios::app) << std::string(100, '[') << std::string(100, ']') << '\n';
  CHECK_THROWS_WITH_AS(
      Ledger(path, made), (path + ":3: is no line of a ledger").c_str(), DataError);
}

TEST_CASE("outputs: what a library throws is put into words") {
  const TemporaryFolder folder;
  const auto said = [&](const std::function<int()>& body) {
    const std::string file = folder / "stderr";
    const int screen = ::dup(STDERR_FILENO),
              to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(to, STDERR_FILENO);
    CHECK(errors_in_a_line("x", body) == kUnexpected);
    ::dup2(screen, STDERR_FILENO);
    ::close(screen), ::close(to);
    return read_file(file);
  };
  CHECK(said([]() -> int { throw std::bad_alloc(); }) == "x: out of memory\n");
  CHECK(said([]() -> int { throw std::out_of_range("map::at"); }) ==
        "x: failed where it should not have (std::out_of_range); please report it, with the "
        "command\n");
  CHECK(said([]() -> int {
    fs::create_directory("/proc/none/none");
    return 0;
  }) == "x: /proc/none/none: No such file or directory\n");
  CHECK(said([]() -> int { fail<Error>("words of ours"); }) == "x: words of ours\n");
}
