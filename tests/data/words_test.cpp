#include "lively/data/words.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/data/source.h"
#include "tests/data/files.h"

using namespace lively;
using files::Folder;

namespace {

using Names = std::vector<std::string>;

std::string complaint(const std::string& place, const DataOptions& options) {
  try {
    (void)load_data(find_data(place), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string kHead = "colour,size,kind,shape\n";

// Of three colours and two shapes; the kind is the shape.
std::string coloured(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text += std::string(i % 3 == 0   ? "red"
                        : i % 3 == 1 ? "blue"
                                     : "green") +
            "," + std::to_string(i) + (i % 2 ? ",a,round\n" : ",b,flat\n");
  return text;
}

}  // namespace

TEST_CASE("words: each of a column is an input of its own, 0 or 1, in the order of their names") {
  const Folder folder;
  const std::string path = folder.write("t.csv", kHead + coloured(60));
  const DataSplits data = load_data(find_data(path), {.target = "kind"});
  CHECK(data.found ==
        "20 % held out to test (seed 1), 1 number and words of colour (3), shape (2) as inputs of "
        "0 or 1, standardised, 2 classes: a, b");
  CHECK(data.form.columns == Names{"colour\tblue", "colour\tgreen", "colour\tred", "size",
                                 "shape\tflat", "shape\tround"});
  REQUIRE(data.train.sample_shape() == Shape{1, 1, 6});
  for (const ImageDataset* set : {&data.train, &data.test})
    for (int64_t i = 0; i < set->size(); ++i) {
      const auto at = [&](int64_t k) { return set->pixels().at({i, 0, 0, k}); };
      const int64_t line =
          std::lround(at(3) * data.form.scaling.scale[3] + data.form.scaling.mean[3]);
      CHECK(at(0) == (line % 3 == 1));
      CHECK(at(1) == (line % 3 == 2));
      CHECK(at(2) == (line % 3 == 0));
      CHECK(at(4) == (line % 2 == 0));
      CHECK(at(5) == (line % 2 == 1));
      CHECK(set->labels().at({i}) == (line % 2 == 0));
    }
  // A table of words alone; without a header, as its cells tell.
  CHECK(
      load_data(find_data(folder.write("w.csv", "a,b\nx,u\ny,v\nx,u\ny,v\n")),
          {.target = "b", .test_share = 0.5})
          .found.find("words of a (2) as inputs of 0 or 1, 2 classes: u, v") != std::string::npos);
  CHECK(load_data(find_data(folder.write("w.csv", coloured(60))), {.target = "3"})
            .found.find("1 number and words of 1 (3), 4 (2) as inputs of 0 or 1") !=
        std::string::npos);
}

TEST_CASE("words: what a model remembers holds for other tables") {
  const Folder folder;
  for (const bool header : {true, false}) {
    CAPTURE(header);
    const std::string path = folder.write("t.csv", (header ? kHead : "") + coloured(60));
    const DataForm form = load_data(find_data(path), {.target = header ? "kind" : "3"}).form;
    const DataOptions asked{
        .target = header ? "kind" : "3", .form = &form, .sample = {1, 1, 6}, .whole = true};
    // One colour alone; by name, in another order.
    const std::string other = folder.write(
        "o.csv", header ? "shape,kind,size,colour\nround,a,7,red\n" : "red,7,a,round\n");
    const DataSplits data = load_data(find_data(other), asked);
    for (const int64_t k : {0, 1, 2, 4, 5})
      CHECK(data.test.pixels().at({0, 0, 0, k}) == (k == 2 || k == 5));
    const std::string strange = folder.write(
        "s.csv", header ? "shape,kind,size,colour\nround,a,7,pink\n" : "pink,7,a,round\n");
    CHECK(complaint(strange, asked) ==
          strange + (header ? ": line 2, column 4 (colour)" : ": line 1, column 1") +
              ": 'pink' is none of its words: blue, green, red");
  }
  const DataForm form = load_data(find_data(folder.file("t.csv")), {.target = "3"}).form;
  CHECK(complaint(folder.write("o.csv", "red,7,round,1,2\n"),
            {.form = &form, .sample = {1, 1, 6}, .whole = true}) ==
        folder.file("o.csv") + ": has 5 columns beside the class; needs 3");
  // And for a test set in a file of its own.
  const std::string train = folder.write("train.csv", kHead + coloured(60)),
                    test = folder.write("test.csv", kHead + "blue,3,a,flat\n");
  const DataSplits two = load_data(find_data(train + "," + test), {.target = "kind"});
  CHECK(two.test.pixels().at({0, 0, 0, 0}) == 1);
  folder.write("test.csv", kHead + "7,3,a,flat\n");
  CHECK(complaint(train + "," + test, {.target = "kind"}) ==
        test + ": line 2, column 1 (colour): '7' is none of its words: blue, green, red");
}

TEST_CASE("words: what is no kind is refused, with the line and the column") {
  const Folder folder;
  const auto wrong = [&](const std::string& bytes, const std::string& text) {
    CHECK(
        complaint(folder.write("t.csv", bytes), {.target = "kind"}) == folder.file("t.csv") + text);
  };
  const std::string head = "size,kind\n";
  wrong(head + "big,a\n7,b\n",
      ": line 3, column 1 (size): '7' is a number in a column of words; needs the one or the "
      "other");
  wrong(head + "big,a\n,b\n",
      ": line 3, column 1 (size): an empty cell in a column of words; needs a word");
  wrong(head + ",a\nbig,b\n", ": line 2, column 1 (size): an empty cell is no number");
  std::string names = head, many = head;
  for (int i = 0; i < 30; ++i) names += "n" + std::to_string(i) + (i % 2 ? ",a\n" : ",b\n");
  wrong(names,
      ": line 1, column 1 (size): has 30 words in 30 lines; leave such a column out of the file");
  for (int i = 0; i < 200; ++i) many += "n" + std::to_string(i / 2) + (i % 2 ? ",a\n" : ",b\n");
  wrong(many,
      ": line 130, column 1 (size): has more than 64 words, 'n64' the next; leave such a column "
      "out of the file");
}
