#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/apps/events.h"
#include "tests/apps/process.h"

using namespace lively::testing;
namespace fs = std::filesystem;

namespace {

// A clone whose build takes no time: what is "built" says its name, where it was called and its
// arguments.
void make_clone(const std::string& root) {
  fs::create_directories(root + "/cmake");
  fs::create_directories(root + "/apps");
  fs::copy(std::string(LIVELY_SOURCE_DIR) + "/cmake/first_use.sh", root + "/cmake/first_use.sh");
  std::ofstream(root + "/cmake/build.sh") << "source '" << LIVELY_SOURCE_DIR << "/cmake/build.sh'"
                                          << R"(
lively_build_alone() {
  echo "building $2 as $1"
  sleep 0.3
  mkdir -p build/apps
  printf '%s\n' '#!/bin/sh' "echo \"$2 in \$(pwd) has:\$*\"" 'exit 7' >build/apps/$2
  chmod +x build/apps/$2
  echo built
})";
  std::ofstream(root + "/apps/study.cpp").flush();
  for (const char* name : {"study", "studie"})
    fs::create_symlink("../cmake/first_use.sh", root + "/apps/" + name);
}

constexpr const char* kBuilds = "building study as release\nbuilt\n";

}  // namespace

TEST_CASE("first use: a program that is not built is built, and runs as it was called") {
  const TemporaryFolder folder;
  const std::string root = folder / "a clone", elsewhere = fs::canonical(folder.path()).string();
  make_clone(root);
  const std::string command = "cd '" + elsewhere + "' && 'a clone/apps/study' --a 'b c'";

  const Finished first = run_command(command);
  CHECK(first.code == 7);
  CHECK(first.out == "study in " + elsewhere + " has:--a b c\n");
  CHECK(first.err == kBuilds);

  const Finished second = run_command(command);
  CHECK(second.out == first.out);
  CHECK(second.err.empty());
}

TEST_CASE("first use: of several that begin at once one builds at a time") {
  if (run_command("command -v flock").code != 0) {
    MESSAGE("skipped: there is no flock, which keeps them apart");
    return;
  }
  const TemporaryFolder folder;
  const std::string root = folder / "clone";
  make_clone(root);
  const std::string study = "'" + root + "/apps/study' & ";
  const Finished all = run_command("( " + study + study + study + "wait )");
  CHECK(count(all.out, "study in ") == 3);
  CHECK(count(all.err, "building") >= 1);
  CHECK(count(all.err, "building") == count(all.err, kBuilds));
}

TEST_CASE("first use: a name that no program has") {
  const TemporaryFolder folder;
  const std::string root = folder / "clone";
  make_clone(root);
  const Finished f = run_command("'" + root + "/apps/studie'");
  CHECK(f.code == 2);
  CHECK(f.err.find("studie: no program of this name; needs one of ") != std::string::npos);
}

TEST_CASE("first use: what cannot be built is not run, and its words are on stderr") {
  const TemporaryFolder folder;
  const std::string root = folder / "clone";
  make_clone(root);
  std::ofstream(root + "/cmake/build.sh") << "lively_build() { echo 'no compiler'; return 3; }\n";
  const Finished f = run_command("'" + root + "/apps/study' 1");
  CHECK(f.code == 3);
  CHECK(f.out.empty());
  CHECK(f.err == "no compiler\n");
}
