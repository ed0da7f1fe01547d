#include "apps/lab/ranks/lockstep.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "apps/lab/ranks/ranks.h"
#include "apps/lab/ranks/team_of_ranks.h"
#include "apps/lab/words/errors.h"

namespace lively::lab {
namespace {

// Tags. Another rank sends kReady once and kEnded once; the first answers kReady by kGo, and sends
// kHome when nothing more is to be done.
constexpr int kReady = 20'000, kGo = 20'001, kEnded = 20'002, kHome = 20'003;

constexpr std::chrono::seconds kGrace{3};  // for the others, where the first has failed

std::unique_ptr<Team> g_team;
bool g_ended = false;  // the first has told of a rank's end as an error
std::map<int, std::chrono::steady_clock::time_point> g_done;  // when the first read of a good end
int g_said = -1;  // the file that stands for stderr where nobody is to speak
int g_stderr = -1;

[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  std::_Exit(code);  // MPI_Finalize would wait for the others
}

void check_living(int r) {
  if (gone(r)) throw RankLost(r, "its process has ended");
  if (lost(r)) throw RankLost(r);
}

// "code text" as others send it at their end.
[[noreturn]] void fail_ended(int r, const std::string& said) {
  const std::size_t space = said.find(' ');
  const std::string text = space == said.npos ? "" : said.substr(space + 1);
  fail<RankEnded>("rank ", r, ": ", text.empty() ? "ended before the others" : text);
}

bool is_fault(int code) { return code == kUnexpected || code == kUsage || code == kData; }

// While this rank waits for the others.
void look_around() {
  if (rank() > 0) {
    // Who has nobody to follow has nothing to say; but where the first is dead, somebody must.
    try {
      if (const auto home = received(0, kHome)) leave(std::atoi(home->c_str()));
      check_living(0);
      return;
    } catch (const RankLost& e) {
      if (rank() == 1) ::dprintf(g_stderr, "rank 1: %s\n", e.what());
    }
    leave(kUnexpected);
  }
  for (int r = 1; r < ranks(); ++r) {
    if (const auto said = received(r, kEnded)) {
      if (is_fault(std::atoi(said->c_str()))) {
        g_ended = true;
        fail_ended(r, *said);
      }
      g_done.emplace(r, std::chrono::steady_clock::now());
    }
    // It may have been quicker than this one with what all have; but not by much.
    if (const auto done = g_done.find(r);
        done != g_done.end() && std::chrono::steady_clock::now() > done->second + kGrace) {
      g_ended = true;
      fail_ended(r, "");
    }
    check_living(r);
  }
}

// A text from the first to this rank, or from another to the first.
std::string awaited(int from, int tag) {
  return receive(from, tag, [from] { check_living(from); });
}

// From here on nobody sees what this process prints; what it says on stderr is kept.
void fall_silent() {
  g_stderr = ::dup(STDERR_FILENO);
  g_said = ::memfd_create("said", 0);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) ::dup2(nowhere, STDOUT_FILENO), ::close(nowhere);
  if (g_said >= 0) ::dup2(g_said, STDERR_FILENO);
}

// What was said last, without the program's name.
std::string said(const std::string& program) {
  std::fflush(stderr);
  std::string text(4096, '\0');
  const off_t size = g_said < 0 ? 0 : ::lseek(g_said, 0, SEEK_END);
  const ssize_t n = size <= 0 ? 0
                              : ::pread(g_said, text.data(), text.size(),
                                    std::max<off_t>(0, size - static_cast<off_t>(text.size())));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, n)));
  while (text.ends_with('\n')) text.pop_back();
  if (const auto at = text.rfind('\n'); at != text.npos) text.erase(0, at + 1);
  if (text.starts_with(program + ": ")) text.erase(0, program.size() + 2);
  return text;
}

int followed(const std::string& program, const std::function<int()>& body) {
  fall_silent();
  const int code = body();
  try {
    send(0, kEnded, std::to_string(code) + " " + (is_fault(code) ? said(program) : ""));
    // It may yet do much by itself.
    (void)awaited(0, kHome);
  } catch (const RankLost&) {
    leave(kUnexpected);
  }
  return kGood;  // the first one's code is that of all
}

// Waits for the end of all. Where the first has failed, they are not waited for for long: they may
// be waiting for it.
int led(const std::string& program, const std::function<int()>& body) {
  int code = body();
  const auto until = std::chrono::steady_clock::now() + kGrace;
  const bool failed = is_fault(code);
  const auto send_home = [&] {
    for (int r = 1; r < ranks(); ++r) send(r, kHome, std::to_string(code));
  };
  try {
    if (failed) send_home();
    if (g_ended) leave(code);  // a rank's end has been told of as an error
    for (int r = 1; r < ranks(); ++r) {
      if (g_done.contains(r)) continue;
      const std::string end = receive(r, kEnded, [&] {
        if (failed && std::chrono::steady_clock::now() > until) leave(code);
        check_living(r);
      });
      const int there = std::atoi(end.c_str());
      if (!failed && is_fault(there)) fail_ended(r, end);
    }
    if (!failed) send_home();
  } catch (const Error& e) {
    if (!failed) print_error(program, e.what());
    leave(failed ? code : int{kUnexpected});
  }
  return code;
}

}  // namespace

bool leads() { return rank() == 0; }
Team* team() { return g_team.get(); }

int all_ready(int threads, const std::string& task) {
  if (!g_team) return threads;
  if (rank() > 0) {
    send(0, kReady, std::to_string(threads) + " " + task);
    for (;;) {
      if (const auto go = received(0, kGo)) return std::atoi(go->c_str());
      look_around();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  for (int r = 1; r < ranks(); ++r) {
    const std::string there = receive(r, kReady, look_around);
    threads = std::min(threads, std::atoi(there.c_str()));
    const std::string its = there.substr(there.find(' ') + 1);
    if (its != task) fail<RankEnded>("rank ", r, ": has another command or other data: ", its);
  }
  for (int r = 1; r < ranks(); ++r) send(r, kGo, std::to_string(threads));
  return threads;
}

int in_lockstep(const std::string& path, const std::function<int()>& body) {
  if (ranks_started() == 1) return body();
  const std::string program = path.substr(path.rfind('/') + 1);
  std::optional<Ranks> joined;
  if (const int code = errors_in_a_line(program, [&] {
        joined.emplace();
        return int{kGood};
      }))
    return code;
  g_team = team_of_ranks(look_around);
  const int code = rank() == 0 ? led(program, body) : followed(program, body);
  g_team.reset();
  return code;
}

}  // namespace lively::lab
