#include <doctest/doctest.h>

#include <algorithm>

#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"
#include "tests/apps/process.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::testing;

namespace {

// What stood on the lines of a terminal, colours and all that was taken back included.
std::vector<std::string> shown_lines(const std::string& shown) {
  std::vector<std::string> lines{""};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] == '\n' || shown[i] == '\r') {
      lines.emplace_back();
    } else if (shown.compare(i, 3, "\033[K") == 0) {
      i += 2;
    } else {
      lines.back() += shown[i];
    }
  }
  return lines;
}

std::size_t longest_word(const std::string& line) {
  std::size_t longest = 0, from = 0;
  for (std::size_t i = 0; i <= line.size(); ++i)
    if (i == line.size() || line[i] == ' ') {
      longest = std::max(longest, lab::columns(line.substr(from, i - from)));
      from = i + 1;
    }
  return longest;
}

}  // namespace

TEST_CASE("terminal: a run's lines are no wider than it, and broken between words") {
  if (!has_terminal()) return;
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string command = program("mnist_mlp") + "--data " + folder.path() +
                              " --depth 12 --width 8 --epochs 2 --lr 3 --optimizer adam "
                              "--no-treatment";
  for (const int columns : {50, 60, 80, 100}) {
    CAPTURE(columns);
    const Finished f = run_on_terminal(command, columns);
    CAPTURE(f.out);
    REQUIRE(f.code == 0);
    CHECK(f.out.find("census at birth") != f.out.npos);  // what it is at
    for (const std::string& line : shown_lines(f.out)) {
      CAPTURE(line);
      const bool one_word = longest_word(line) + 10 > static_cast<std::size_t>(columns);
      CHECK((one_word || lab::columns(line) <= static_cast<std::size_t>(columns)));
    }
  }
}

TEST_CASE("terminal: the verdict has its colour, and none where none is wanted") {
  if (!has_terminal()) return;
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string run = program("mnist_mlp") + "--data " + folder.path() + " --no-treatment ",
                    well = run + "--depth 1 --width 32 --batch-size 20 --epochs 3",
                    ill = run + "--preset born_dead --width 8";
  CHECK(run_on_terminal(well, 80).out.find("\033[1;32mHealthy\033[0m") != std::string::npos);
  CHECK(run_on_terminal(ill, 80).out.find("\033[1;31mBorn dead\033[0m") != std::string::npos);
  const Finished plain = run_on_terminal("NO_COLOR=1 " + well, 80);
  CHECK(plain.out.find("Healthy") != plain.out.npos);
  CHECK(plain.out.find("\033[1") == plain.out.npos);
  const Finished dumb = run_on_terminal(well, 80, "dumb");
  CHECK(dumb.out.find("Healthy") != dumb.out.npos);
  CHECK(dumb.out.find('\033') == dumb.out.npos);
}

TEST_CASE("terminal: an error is broken between words, and one line in a pipe") {
  if (!has_terminal()) return;
  const Finished f = run_on_terminal(program("explain") + "nonsense", 60);
  CHECK(f.code == 2);
  CHECK(shown_lines(f.out).size() > 4);
  for (const std::string& line : shown_lines(f.out)) CHECK(lab::columns(line) <= 60);
  const Finished piped = run("explain", "nonsense");
  CHECK(std::count(piped.err.begin(), piped.err.end(), '\n') == 1);
  CHECK(piped.err.find("explain: nonsense: no such verdict. Codes: exploding poisoned ") == 0);
}

TEST_CASE("terminal: columns are characters, without what sets a colour") {
  CHECK(lab::columns("a ± b") == 5);
  CHECK(lab::columns("\033[1;31mdied\033[0m.") == 5);
  CHECK(lab::wrap("\033[1mone two\033[0m three", 8) == "\033[1mone two\033[0m\nthree");
}
