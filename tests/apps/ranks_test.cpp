// Cases handed out to threads and to ranks, and what is left when somebody dies.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "apps/lab/words/json_object.h"
#include "tests/apps/events.h"
#include "tests/apps/mpirun.h"
#include "tests/apps/process.h"
#include "tests/paths.h"

using namespace lively::testing;

namespace {

const std::string kTiny = std::string(LIVELY_TEST_PROGRAMS) + "/lively_tiny_study";
constexpr std::size_t kCases = 20;  // of the study, unless --seeds says otherwise

std::string ranks(int n, const std::string& arguments, const std::string& of_mpirun = "") {
  return mpirun(n, of_mpirun) + kTiny + " " + arguments;
}

std::vector<std::string> lines_in(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string name_of(const std::string& line) {
  const auto read = lively::lab::parsed(line);
  return read.at("type").get<std::string>() + "/" + std::to_string(read.at("seed").get<int>());
}

// The cases in a ledger, each whole and there once.
std::set<std::string> made(const std::string& ledger) {
  const std::string text = read_file(ledger);
  REQUIRE_FALSE(text.empty());
  REQUIRE(text.back() == '\n');
  const auto lines = lines_in(ledger);
  std::set<std::string> names;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CAPTURE(i);
    CHECK(names.insert(name_of(lines[i])).second);
  }
  return names;
}

struct Begun {
  std::string name;
  int rank, process;
};
std::vector<Begun> trace(const std::string& path) {
  std::vector<Begun> all;
  for (const std::string& line : lines_in(path)) {
    std::istringstream in(line);
    Begun b;
    in >> b.name >> b.rank >> b.process;
    all.push_back(b);
  }
  return all;
}

std::string table(const TemporaryFolder& folder) {
  const Finished alone = run_command(kTiny + " --threads 1 --out " + (folder / "alone"));
  REQUIRE(alone.code == 0);
  return read_file(folder / "alone.csv");
}

// Goes on from `folder / x`: what was made is not made again, and the table is that of a study that
// nobody stopped.
void goes_on(const TemporaryFolder& folder, const std::string& command) {
  const std::string ledger = folder / "x.jsonl";
  const std::set<std::string> before = made(ledger);
  REQUIRE_FALSE(before.empty());
  REQUIRE(before.size() < kCases);
  const Finished again = run_command(command + " --trace " + (folder / "again"));
  CHECK(again.code == 0);
  const auto begun = trace(folder / "again");
  CHECK(begun.size() == kCases - before.size());
  for (const Begun& b : begun) CHECK_FALSE(before.contains(b.name));
  CHECK(made(ledger).size() == kCases);
  CHECK(read_file(folder / "x.csv") == table(folder));
}

// Sends the signal to the first process that a trace shows of this rank, once it shows `after`.
void strike(const std::string& path, int rank, std::size_t after, int signal) {
  for (int i = 0; i < 3000; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    const auto begun = trace(path);
    const auto of_rank =
        std::ranges::find_if(begun, [&](const Begun& b) { return b.rank == rank; });
    if (begun.size() < after || of_rank == begun.end()) continue;
    kill(of_rank->process, signal);
    return;
  }
}

}  // namespace

TEST_CASE("ranks: one thread and two make the same table") {
  const TemporaryFolder folder;
  const Finished two = run_command(kTiny + " --threads 2 --wait 2 --out " + (folder / "two"));
  CHECK(two.code == 0);
  const std::string csv = read_file(folder / "two.csv");
  CHECK(csv == table(folder));
  CHECK(csv.starts_with("row,n,mean,low,high\r\nfirst,10,0.04208765"));  // mean of sin(k + 0.1) / 3
  CHECK(made(folder / "two.jsonl").size() == kCases);
}

TEST_CASE("ranks: kill -9 loses what was under way, and a line cut short is made again") {
  const TemporaryFolder folder;
  const std::string ledger = folder / "x.jsonl", command = kTiny + " --out " + (folder / "x");
  run_until("../tests/lively_tiny_study", {"--threads", "2", "--wait", "40", "--out", folder / "x"},
      ledger, 200, SIGKILL);
  goes_on(folder, command);
  // As if the kill had come in the midst of the last write.
  std::filesystem::resize_file(ledger, std::filesystem::file_size(ledger) - 4000);
  const Finished again = run_command(command + " --trace " + (folder / "cut"));
  CHECK(again.code == 0);
  CHECK(trace(folder / "cut").size() == 1);
  CHECK(made(ledger).size() == kCases);
  CHECK(read_file(folder / "x.csv") == table(folder));
}

TEST_CASE("ranks: SIGTERM ends a study with what was made") {
  const TemporaryFolder folder;
  const std::string out = folder / "x";
  const Finished f = run_until("../tests/lively_tiny_study",
      {"--threads", "2", "--wait", "40", "--out", out}, out + ".jsonl", 200, SIGTERM);
  CHECK(f.code == 130);
  goes_on(folder, kTiny + " --out " + out);
}

TEST_CASE("ranks: two and three make the same table, and the first alone speaks") {
  if (no_ranks()) return;
  const TemporaryFolder folder;
  struct Form {
    int n;
    std::string threads;
  };
  for (const Form& form : {Form{2, ""}, Form{3, "--threads 2 "}}) {
    CAPTURE(form.n);
    const std::string out = folder / std::to_string(form.n);
    const Finished f = run_command(
        ranks(form.n, form.threads + "--wait 60 --out " + out + " --trace " + out + ".trace"));
    CHECK(f.code == 0);
    CHECK(f.err.empty());
    CHECK(f.out.find("no time") == f.out.rfind("no time"));
    CHECK(f.out.find("second  10") == f.out.rfind("second  10"));
    CHECK(read_file(out + ".csv") == table(folder));
    CHECK(made(out + ".jsonl").size() == kCases);
    std::set<int> busy;
    for (const Begun& b : trace(out + ".trace")) busy.insert(b.rank);
    CHECK(busy.size() == static_cast<std::size_t>(form.n));
    CHECK(run_command(ranks(form.n, "--out " + out)).code == 0);  // when there is nothing to do
  }
}

TEST_CASE("ranks: one that dies ends all, and what was made is kept") {
  if (no_ranks()) return;
  for (const int victim : {0, 1}) {
    CAPTURE(victim);
    const TemporaryFolder folder;
    const std::string begun = folder / "begun", out = "--out " + (folder / "x");
    std::thread killer([&] { strike(begun, victim, 7, SIGKILL); });
    const Finished f = run_command(ranks(2, "--wait 300 --trace " + begun + " " + out));
    killer.join();
    CHECK(f.code != 0);
    CHECK_FALSE(exists(folder / "x.csv"));
    goes_on(folder, ranks(2, out));
  }
}

TEST_CASE("ranks: where the launcher recovers, the others take over from one that dies") {
  if (no_ranks()) return;
  if (run_command(LIVELY_MPIRUN " --version").out.find("open-mpi.org") == std::string::npos) {
    MESSAGE("skipped: this launcher ends all ranks with one");
    return;
  }
  for (const int victim : {1, 0}) {
    CAPTURE(victim);
    const TemporaryFolder folder;
    const std::string begun = folder / "begun", out = "--out " + (folder / "x");
    std::thread killer([&] { strike(begun, victim, 7, SIGKILL); });
    const Finished f =
        run_command(ranks(3, "--wait 300 --trace " + begun + " " + out, "--enable-recovery"));
    killer.join();
    CAPTURE(f.err);
    if (victim == 0) {  // who has the ledger; the others end by themselves
      CHECK(f.err.find("rank 2: rank 0 is gone") != std::string::npos);
      goes_on(folder, ranks(2, out));
      continue;
    }
    CHECK(f.code == 0);
    CHECK(
        f.err.find("rank 1 is gone: no sign of life for 15 seconds; its cases go to the others") !=
        std::string::npos);
    CHECK(made(folder / "x.jsonl").size() == kCases);
    CHECK(read_file(folder / "x.csv") == table(folder));
    CHECK(trace(begun).size() <= kCases + 1);  // the one that was under way, if any, again
  }
}

TEST_CASE("ranks: Ctrl-C at the first ends all with what was made") {
  if (no_ranks()) return;
  const TemporaryFolder folder;
  const std::string begun = folder / "begun", out = "--out " + (folder / "x");
  std::thread user([&] { strike(begun, 0, 5, SIGINT); });
  const Finished f = run_command(ranks(2, "--wait 900 --trace " + begun + " " + out));
  user.join();
  CHECK(f.code == 130);
  CHECK(made(folder / "x.jsonl").size() < kCases);
  goes_on(folder, ranks(2, out));
}

TEST_CASE("ranks: what fails on another rank is said by the first") {
  if (no_ranks()) return;
  const TemporaryFolder folder;
  const auto complaint = [&](const std::string& arguments) {
    const Finished f = run_command(ranks(2, arguments + " --out " + (folder / "x")));
    const auto from = f.err.find("tiny_study: "), to = f.err.find('\n', from);
    CHECK(f.err.find("tiny_study: ", from + 1) == f.err.npos);  // once
    return from == f.err.npos ? "" : f.err.substr(from, to - from) + " " + std::to_string(f.code);
  };
  const std::string made_there = complaint("--wait 100 --fault @1");
  CHECK(made_there.starts_with("tiny_study: rank 1: "));
  CHECK(made_there.ends_with(" is the one that fails 3"));
  CHECK(complaint("--wait 100 --fault @@1") == "tiny_study: rank 1: no data here 3");
  CHECK(complaint("--fault @@0") == "tiny_study: no data here 3");
  CHECK(complaint("--sedes 3").ends_with("--sedes 2"));
}

TEST_CASE("ranks: several processes that cannot join each other refuse") {
  const TemporaryFolder folder;
  const Finished f =
      run_command(kNoLeaks + "OMPI_COMM_WORLD_SIZE=2 " + kTiny + " --out " + (folder / "x"));
  CHECK(f.code == 1);
  CHECK(f.err.starts_with("tiny_study: 2 processes were started together, but "));
  CHECK_FALSE(exists(folder / "x.jsonl"));
}
