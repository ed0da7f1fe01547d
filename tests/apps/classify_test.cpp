#include <doctest/doctest.h>

#include <fstream>

#include "tests/apps/process.h"

using namespace lively::testing;

namespace {

std::string little(uint32_t n, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(n >> (8 * i));
  return text;
}

// A grey picture as BMP, 24 bits a pixel, rows from the bottom up.
void write_bmp(const std::string& path, int side, const std::string& grey) {
  const auto size = static_cast<uint32_t>(side * side * 3);
  std::string bytes = "BM" + little(54 + size, 4) + little(0, 4) + little(54, 4) + little(40, 4) +
                      little(static_cast<uint32_t>(side), 4) +
                      little(static_cast<uint32_t>(side), 4) + little(1, 2) + little(24, 2) +
                      little(0, 4) + little(size, 4) + std::string(16, '\0');
  for (int row = side - 1; row >= 0; --row)
    for (int column = 0; column < side; ++column)
      bytes += std::string(3, grey[static_cast<std::size_t>(row * side + column)]);
  std::ofstream(path, std::ios::binary) << bytes;
}

// Class k has its rows 2k and 2k + 1 lit, as small_set() draws it; each pixel `scale` times as
// large.
std::string lit(int k, int scale, char on, char off) {
  const int side = 28 * scale;
  std::string grey(static_cast<std::size_t>(side * side), off);
  for (int i = 0; i < side * side; ++i)
    if (i / side / scale / 2 == k) grey[static_cast<std::size_t>(i)] = on;
  return grey;
}

}  // namespace

TEST_CASE("classify: names what it sees, at any size, light on dark or dark on light") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string model = folder / "m.safetensors";
  REQUIRE(run("mnist_mlp", "--data " + folder.path() +
                               " --depth 1 --width 64 --epochs 4 --batch-size 20 --save " + model)
              .code == 0);
  write_bmp(folder / "three.bmp", 28, lit(3, 1, static_cast<char>(200), 0));
  write_bmp(folder / "seven.bmp", 84, lit(7, 3, static_cast<char>(200), 0));
  write_bmp(folder / "paper.bmp", 28, lit(5, 1, static_cast<char>(55), static_cast<char>(255)));
  const Finished f = run(
      "classify", "--model " + model + " " + (folder / "three.bmp") + " " + (folder / "seven.bmp"));
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("three.bmp  3 9") != std::string::npos);  // at least 90 %
  CHECK(f.out.find("seven.bmp  7 9") != std::string::npos);
  CHECK(run("classify", "--invert --model " + model + " " + (folder / "paper.bmp"))
            .out.find("paper.bmp  5 9") != std::string::npos);
  const Finished paper = run("classify", "--model " + model + " " + (folder / "paper.bmp"));
  CHECK(paper.out.find("paper.bmp  5 9") != std::string::npos);
  CHECK(paper.out.find("\n  inverted: its background is light, the training set's dark") !=
        std::string::npos);
  CHECK(f.out.find("inverted") == std::string::npos);
  CHECK(run("classify", "--as-is --model " + model + " " + (folder / "paper.bmp"))
            .out.find("paper.bmp  5 9") == std::string::npos);
  CHECK(run("classify", "--as-is --invert --model " + model + " " + (folder / "paper.bmp")).code ==
        2);
}

TEST_CASE("classify: errors are one line each, and the other pictures are named") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  const std::string model = folder / "m.safetensors", picture = folder / "p.bmp";
  REQUIRE(run("mnist_mlp",
              "--data " + folder.path() + " --depth 1 --width 8 --epochs 1 --save " + model)
              .code == 0);
  write_bmp(picture, 28, lit(1, 1, static_cast<char>(200), 0));
  const Finished f = run(
      "classify", "--model " + model + " " + (folder / "none.png") + " " + model + " " + picture);
  CHECK(f.code == 3);
  CHECK(f.err == "classify: " + (folder / "none.png") + ": No such file or directory\nclassify: " +
                     model + ": is no picture; PNG, JPEG and BMP are read\n");
  CHECK(f.out.find("p.bmp") != std::string::npos);
  const Finished g = run("classify", "--model " + picture + " " + picture);
  CHECK(g.code == 3);
  CHECK(g.out.empty());
  CHECK(run("classify", picture).code == 2);
}
