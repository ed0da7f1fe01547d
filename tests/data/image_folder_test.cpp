#include "lively/data/image_folder.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/data/pictures.h"

using namespace lively;
using files::flat_png;
using files::Folder;

namespace {

void write_set(const Folder& at) {
  at.write("set/zebra/1.png", flat_png(2, 3, 50));
  at.write("set/cat/b.PNG", flat_png(2, 3, 20));
  at.write("set/cat/a.png", flat_png(2, 3, 10));
  at.write("set/Dog/x.bmp", files::bmp(2, 3, std::string(24, '\x1e')));
}

std::string folder_complaint(const std::string& path) {
  try {
    (void)read_image_folder(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("image folder: value is in order of classes and names") {
  const Folder folder;
  write_set(folder);
  // None of these is a picture of a class.
  folder.write("set/README", "x");
  folder.write("set/stray.png", flat_png(9, 9, 0));
  folder.write("set/.hidden/a.png", flat_png(9, 9, 0));
  folder.write("set/cat/.a.png", "x");
  folder.write("set/cat/notes.txt", "x");
  folder.write("set/cat/deeper.png/a.png", flat_png(9, 9, 0));
  for (const int channels : {1, 3}) {
    const ImageFolder set = read_image_folder(folder.file("set"), {.channels = channels});
    CHECK(set.class_names == std::vector<std::string>{"Dog", "cat", "zebra"});
    CHECK(set.images.classes() == 3);
    REQUIRE(set.images.pixels().shape() == Shape{4, channels, 2, 3});
    const int64_t labels[] = {0, 1, 1, 2};
    const int shades[] = {30, 10, 20, 50};
    for (int64_t i = 0; i < 4; ++i) {
      CHECK(set.images.labels().at({i}) == labels[i]);
      CHECK(set.images.pixels().at({i, channels - 1, 1, 2}) == shades[i]);
    }
  }
}

TEST_CASE("image folder: error texts") {
  const Folder folder;
  const std::string set = folder.file("set");
  CHECK(folder_complaint(set) == set + ": No such file or directory");
  write_set(folder);
  CHECK_THROWS_WITH_AS((void)read_image_folder(set, {.channels = 4}),
      "read_image_folder: 4 channels: needs 1 or 3", ValueError);
  folder.write("set/cat/c.png", flat_png(3, 2, 0));
  CHECK(folder_complaint(set) ==
        set + "/cat/c.png: is 3 x 2; " + set + "/Dog/x.bmp is 2 x 3 (--resize makes them alike)");
  folder.write("set/cat/c.png", flat_png(2, 3, 0).substr(0, 60));
  CHECK(folder_complaint(set).starts_with(set + "/cat/c.png: ends after 60 bytes"));
  files::fs::remove(set + "/cat/c.png");
  CHECK(folder_complaint(set) == "");
  files::fs::remove(set + "/zebra/1.png");
  CHECK(folder_complaint(set) ==
        set + "/zebra: has no pictures; .png, .jpg, .jpeg and .bmp are read");
  CHECK(folder_complaint(set + "/cat") == set + "/cat: has no folders; needs one for each class");
  CHECK(folder_complaint(set + "/cat/a.png") == set + "/cat/a.png: Not a directory");
}
