#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/data/files.h"
#include "tests/paths.h"

#include <sys/wait.h>

// data/fetch against a mirror on this disk. Since the published files are not here, the cases that
// succeed put an md5sum of their own in front of the true one.

using files::Folder;

namespace {

struct Finished {
  int code;
  std::string text;
};

const std::string kSums[] = {"f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"};
const std::string kNames[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};

Finished run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::string text;
  std::array<char, 4096> piece;
  while (const std::size_t got = fread(piece.data(), 1, piece.size(), pipe))
    text.append(piece.data(), got);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

// Takes from mirror/ and puts into set/.
Finished fetch(const Folder& at, const std::string& set) {
  return run("PATH='" + at.path() + "/bin':\"$PATH\" FETCH_BASE='file://" + at.path() +
             "/mirror' '" LIVELY_SOURCE_DIR "/data/fetch' " + set + " '" + at.path() + "/set'");
}

void write_md5sum(const Folder& at, const std::string& script) {
  const std::string path = at.write("bin/md5sum", "#!/bin/sh\n" + script + "\n");
  files::fs::permissions(path, files::fs::perms::owner_all);
}

// A file says itself what its sum is.
void write_mnist(const Folder& at) {
  write_md5sum(at, "head -c 32; echo '  -'");
  for (std::size_t i = 0; i < 4; ++i) at.write("mirror/" + kNames[i], kSums[i] + " content");
}

bool has_curl() {
  if (run("command -v curl").code == 0) return true;
  MESSAGE("skipped: needs curl, which reads file://");
  return false;
}

bool contains(const Finished& f, const std::string& text) {
  return f.text.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("fetch: value of files with the right sums") {
  if (!has_curl()) return;
  const Folder folder;
  write_mnist(folder);
  const Finished first = fetch(folder, "mnist");
  CAPTURE(first.text);
  CHECK(first.code == 0);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(files::read(folder.file("set/" + kNames[i])) == kSums[i] + " content");
    CHECK(!files::fs::exists(folder.file("set/" + kNames[i] + ".part")));
  }
  // What is there is not loaded again.
  files::fs::remove_all(folder.file("mirror"));
  const Finished second = fetch(folder, "mnist");
  CHECK(second.code == 0);
  CHECK(contains(second, kNames[3] + ": is there\n"));
}

TEST_CASE("fetch: value of a download that goes on") {
  if (!has_curl()) return;
  const Folder folder;
  write_mnist(folder);
  // The mark of the part shows that it was kept.
  folder.write("set/" + kNames[0] + ".part", kSums[0].substr(0, 20));
  folder.write("mirror/" + kNames[0], std::string(20, '?') + kSums[0].substr(20) + " content");
  const Finished f = fetch(folder, "mnist");
  CAPTURE(f.text);
  CHECK(f.code == 0);
  CHECK(files::read(folder.file("set/" + kNames[0])) == kSums[0] + " content");
}

TEST_CASE("fetch: value of CIFAR-10 is unpacked") {
  if (!has_curl()) return;
  const Folder folder;
  write_md5sum(folder, "cat >/dev/null; echo 'c32a1d4ab5d03f1284b67883e8d87530  -'");
  folder.write("mirror/cifar-10-batches-bin/test_batch.bin", "pictures");
  REQUIRE(run("cd '" + folder.file("mirror") +
              "' && tar -czf cifar-10-binary.tar.gz cifar-10-batches-bin")
              .code == 0);
  const Finished f = fetch(folder, "cifar-10");
  CAPTURE(f.text);
  CHECK(f.code == 0);
  CHECK(files::read(folder.file("set/cifar-10-batches-bin/test_batch.bin")) == "pictures");
  CHECK(!files::fs::exists(folder.file("set/unpacking")));
}

TEST_CASE("fetch: error for a wrong sum, which leaves nothing behind") {
  if (!has_curl()) return;
  const Folder folder;
  folder.write("mirror/" + kNames[0], "not what was published");
  const Finished f = fetch(folder, "mnist");
  CAPTURE(f.text);
  CHECK(f.code == 1);
  CHECK(contains(f, kNames[0] + ": has the sum "));
  CHECK(contains(f, "; the published one is " + kSums[0] + "; removed\n"));
  CHECK(files::fs::is_empty(folder.file("set")));
}

TEST_CASE("fetch: error for a file that is there and differs") {
  const Folder folder;
  folder.write("set/" + kNames[0], "mine");
  const Finished f = fetch(folder, "mnist");
  CHECK(f.code == 1);
  CHECK(contains(f, "is there, but not with the published sum " + kSums[0]));
  CHECK(files::read(folder.file("set/" + kNames[0])) == "mine");
}

TEST_CASE("fetch: error where nothing can be downloaded, or for a set it does not know") {
  const Folder folder;
  const Finished none = fetch(folder, "fashion-mnist");
  CHECK(none.code == 1);
  const bool loader = run("command -v curl || command -v wget").code == 0;
  CHECK(contains(none,
      loader ? "could not be downloaded; run this again to go on" : "fetch: needs curl or wget"));
  const Finished unknown = fetch(folder, "imagenet");
  CHECK(unknown.code == 2);
  CHECK(contains(unknown, "usage: fetch mnist|fashion-mnist|cifar-10 [folder]"));
}
