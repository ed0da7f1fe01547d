// One training shared out to the ranks of mpirun: the same curve, one voice, one set of files, and
// an end when one of them dies.
#include <dirent.h>
#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <cmath>
#include <sstream>
#include <thread>

#include "tests/apps/events.h"
#include "tests/apps/mpirun.h"
#include "tests/apps/process.h"

using namespace lively::testing;

namespace {

// 600 + 100 little pictures.
struct Pictures {
  TemporaryFolder folder;
  std::string flags;
  Pictures() : flags("--no-treatment --threads 1 --data " + folder.path() + " ") {
    small_set().write(folder);
  }
};

// What a log says of a curve and of lives; what hangs on time, or on who ran it, is left out.
std::vector<Json> told(const std::string& log) {
  std::vector<Json> all;
  std::istringstream in(read_file(log));
  for (std::string line; std::getline(in, line);) {
    Json e = parsed(line);
    for (const char* of_machine : {"time", "seconds", "threads", "ranks", "norm_over",
             "samples_per_s", "command", "weights_hash"})
      e.erase(of_machine);
    if (e.value("type", "") == "histogram") continue;  // rounding moves numbers to the next bin
    all.push_back(std::move(e));
  }
  return all;
}

// The first difference beyond the rounding of float32 that grows over some dozen steps; empty:
// none.
std::string first_difference(
    const Json& a, const Json& b, const std::string& path, double rounding) {
  const auto differ = [&] { return path + ": " + one_line(a) + " and " + one_line(b); };
  if (a.is_number() && b.is_number()) {
    const double x = a.get<double>(), y = b.get<double>();
    const double scale = std::max({1e-3, std::abs(x), std::abs(y)});
    return std::abs(x - y) <= rounding * scale ? "" : differ();
  }
  if (a.type() != b.type() || a.size() != b.size()) return differ();
  if (!a.is_structured()) return a == b ? "" : differ();
  if (a.is_array()) {
    for (std::size_t i = 0; i < a.size(); ++i)
      if (auto d = first_difference(a[i], b[i], path + "/" + std::to_string(i), rounding);
          !d.empty())
        return d;
    return "";
  }
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key)) return path + "/" + key + ": is not in both";
    if (auto d = first_difference(value, b[key], path + "/" + key, rounding); !d.empty()) return d;
  }
  return "";
}

std::string first_difference(const std::string& log, const std::string& other, double rounding) {
  const auto a = told(log), b = told(other);
  if (a.empty() || a.size() != b.size())
    return std::to_string(a.size()) + " and " + std::to_string(b.size()) + " lines";
  for (std::size_t i = 0; i < a.size(); ++i)
    if (auto d = first_difference(a[i], b[i], a[i].value("type", "?"), rounding); !d.empty())
      return d;
  return "";
}

// Does the same recipe tell the same on so many ranks as in one process?
void check_same(const std::string& command, double rounding = 2e-3) {
  CAPTURE(command);
  const TemporaryFolder folder;
  const Finished one = run_command(command + "--log " + (folder / "one.jsonl"));
  REQUIRE(one.code == 0);
  for (const int n : {1, 2, 3, 4}) {
    CAPTURE(n);
    const std::string log = folder / (std::to_string(n) + ".jsonl");
    const Finished f = run_command(mpirun(n) + command + "--log " + log);
    CAPTURE(f.err);
    CHECK(f.code == 0);
    CHECK(first_difference(folder / "one.jsonl", log, rounding) == "");
    CHECK((f.out.find("ranks     " + std::to_string(n) + ", each") != f.out.npos) == (n > 1));
    CHECK(count(f.out, "network   ") == 1);  // one of them speaks
  }
}

// The process of a rank of the job whose command line holds `mark`; 0: there is none.
int process_of(int rank, const std::string& mark) {
  const std::string variable = "OMPI_COMM_WORLD_RANK=" + std::to_string(rank);
  int found = 0;
  DIR* all = ::opendir("/proc");
  for (const dirent* e; all && (e = ::readdir(all));) {
    const int pid = std::atoi(e->d_name);
    if (pid <= 0) continue;
    const std::string at = "/proc/" + std::to_string(pid);
    const std::string line = read_file(at + "/cmdline");
    if (line.find("mnist_mlp") == line.npos || line.find(mark) == line.npos) continue;
    const std::string environment = '\0' + read_file(at + "/environ");
    if (environment.find('\0' + variable + '\0') != environment.npos) found = pid;
  }
  if (all) ::closedir(all);
  return found;
}

// Sends the signal to a rank, once the file is there.
void strike(int rank, const std::string& file, int signal) {
  for (int i = 0; i < 6000; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    if (!exists(file)) continue;
    const int pid = process_of(rank, file.substr(0, file.rfind('/')));
    if (pid == 0) continue;
    kill(pid, signal);
    return;
  }
}

}  // namespace

TEST_CASE("team run: an MLP has the same curve, lives and verdict on 1 to 4 ranks") {
  if (no_ranks()) return;
  const Pictures pictures;
  const std::string mlp =
      program("mnist_mlp") + pictures.flags + "--depth 2 --width 16 --epochs 3 ";
  check_same(mlp + "--batch-size 50 ");                 // that 3 and 4 do not divide
  check_same(mlp + "--batch-size 199 --dropout 0.2 ");  // and a last one of three samples
  check_same(mlp + "--batch-size 64 --norm batch --liveness batch ");
  check_same(mlp + "--batch-size 100 --liveness step --clip 1 ");
}

TEST_CASE("team run: a ResNet has the same curve with batch norm over the whole batch") {
  if (no_ranks()) return;
  const Pictures pictures;
  check_same(program("mnist_resnet") + pictures.flags +
                 "--depth 8 --width 4 --epochs 1 --batch-size 199 --lr 0.01 ",
      1e-2);
}

TEST_CASE("team run: batch norm by rank says so and is another curve") {
  if (no_ranks()) return;
  const Pictures pictures;
  const TemporaryFolder folder;
  const std::string command = program("mnist_mlp") + pictures.flags +
                              "--depth 2 --width 16 --epochs 2 --batch-size 50 --norm batch ";
  const Finished batch = run_command(mpirun(3) + command + "--log " + (folder / "batch.jsonl"));
  const Finished rank =
      run_command(mpirun(3) + command + "--norm-over rank --log " + (folder / "rank.jsonl"));
  // Lines are broken between words.
  CHECK(batch.out.find("batch norm by the whole") != batch.out.npos);
  CHECK(rank.out.find("batch norm by the moments") != rank.out.npos);
  CHECK(read_file(folder / "batch.jsonl").find(R"("norm_over":"batch")") != std::string::npos);
  CHECK(read_file(folder / "rank.jsonl").find(R"("norm_over":"rank")") != std::string::npos);
  CHECK(told(folder / "batch.jsonl").front().contains("norm"));
  CHECK(first_difference(folder / "batch.jsonl", folder / "rank.jsonl", 2e-3) != "");
  CHECK(rank.code == 0);
}

TEST_CASE("team run: one that dies ends the job, and others go on from its checkpoint") {
  if (no_ranks()) return;
  for (const int victim : {1, 0}) {
    CAPTURE(victim);
    const Pictures pictures;
    const TemporaryFolder folder;
    const std::string weights = folder / "x.safetensors", checkpoint = folder / "x.checkpoint";
    const std::string flags = pictures.flags + "--depth 2 --width 16 ";
    std::thread killer([&] { strike(victim, checkpoint, SIGKILL); });
    const auto began = std::chrono::steady_clock::now();
    const Finished f =
        run_command(mpirun(3) + program("mnist_mlp") + flags + "--epochs 100000 --save " + weights);
    killer.join();
    CAPTURE(f.out);
    CAPTURE(f.err);
    CHECK(f.code != 0);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(120));
    if (victim == 1)
      CHECK(count(f.err,
                "mnist_mlp: rank 1 is gone: its process has ended; go on from the last "
                "checkpoint: --resume ") == 1);
    const Finished on = run_command(
        mpirun(2) + program("mnist_mlp") + "--resume " + checkpoint + " --epochs 1 --no-treatment");
    CAPTURE(on.err);
    CHECK(on.code == 0);
    CHECK(on.out.find("resumed") != on.out.npos);
  }
}

TEST_CASE("team run: told to stop one rank, all stop after one step, and go on as any number") {
  if (no_ranks()) return;
  const Pictures pictures;
  const TemporaryFolder folder;
  const std::string weights = folder / "x.safetensors", checkpoint = folder / "x.checkpoint";
  const std::string command = program("mnist_mlp") + pictures.flags + "--depth 2 --width 16 ";
  std::thread user([&] { strike(1, checkpoint, SIGTERM); });
  const Finished f = run_command(mpirun(2) + command + "--epochs 100000 --save " + weights);
  user.join();
  CAPTURE(f.out);
  CAPTURE(f.err);
  CHECK(f.code == 130);
  std::string first;
  for (const int n : {1, 3}) {
    const std::string log = folder / (std::to_string(n) + ".jsonl");
    // To the end of the epoch under way, and no further.
    const Finished on = run_command(mpirun(n) + program("mnist_mlp") + "--resume " + checkpoint +
                                    " --epochs 1 --no-treatment --log " + log);
    CAPTURE(on.err);
    CHECK(on.code == 0);
    if (n > 1) CHECK(first_difference(folder / "1.jsonl", log, 2e-3) == "");
  }
}

TEST_CASE("team run: what fails is said once, by the first") {
  if (no_ranks()) return;
  const Pictures pictures;
  const std::string mlp = program("mnist_mlp");
  const auto complaint = [&](const std::string& command) {
    const Finished f = run_command(command);
    CAPTURE(f.err);
    CHECK(f.code != 0);
    CHECK(count(f.err, "mnist_mlp: ") == 1);
    const auto from = f.err.find("mnist_mlp: ");
    return from == f.err.npos ? f.err : f.err.substr(from, f.err.find('\n', from) - from);
  };
  CHECK(complaint(mpirun(3) + mlp + "--epcohs 3").find("did you mean --epochs?") !=
        std::string::npos);
  CHECK(complaint(mpirun(3) + mlp + "--data /nowhere").find("/nowhere") != std::string::npos);
  CHECK(complaint(mpirun(2) + mlp + "--seeds 3 " + pictures.flags).find("--seeds 3: ") !=
        std::string::npos);
  // One that has another command than the first.
  const std::string good = mlp + pictures.flags + "--depth 2 --width 16 --epochs 2 ";
  CHECK(complaint(mpirun(1) + good + ": -n 1 " + mlp + "--data /nowhere")
            .starts_with("mnist_mlp: rank 1: --data /nowhere"));
  CHECK(complaint(mpirun(1) + good + ": -n 1 " + good + "--epochs 1")
            .starts_with("mnist_mlp: rank 1: has another command or other data: "));
  const Finished help = run_command(mpirun(2) + mlp + "--help");
  CHECK(help.code == 0);
  CHECK(count(help.out, "--batch-size") == 1);
  const Finished diverged = run_command(mpirun(2) + good + "--lr 1e9");
  CHECK(diverged.code == 4);
}

TEST_CASE("team run: processes that cannot join each other refuse") {
  const Finished f = run_command(kNoLeaks + "OMPI_COMM_WORLD_SIZE=2 " + program("mnist_mlp"));
  CHECK(f.code == 1);
  CHECK(f.err.starts_with("mnist_mlp: 2 processes were started together, but "));
}
