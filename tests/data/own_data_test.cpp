#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "lively/data/npy.h"
#include "lively/data/source.h"
#include "lively/tensor/random.h"
#include "tests/data/pictures.h"
#include "tests/paths.h"

using namespace lively;
using files::Folder;

namespace {

const std::string kOwnFixtures = LIVELY_TEST_DATA "/own/";

std::string data_complaint(const std::string& place, const DataOptions& options = {}) {
  try {
    (void)load_data(find_data(place), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Lines of two numbers and a class: "a" has small numbers, "b" large ones.
std::string table(int lines, const std::string& separator = ",") {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text += std::to_string(i % 2 * 100 + i) + separator + std::to_string(i) + ".5" + separator +
            (i % 2 ? "b" : "a") + "\n";
  return text;
}

std::vector<int64_t> labels(const ImageDataset& set) {
  const auto values = set.labels().values<int64_t>();
  return {values.begin(), values.end()};
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("own data: a table is split by classes, standardised and named") {
  const Folder folder;
  const std::string path = folder.write("t.csv", "size,shade,kind\n" + table(50));
  const DataSplits data = load_data(find_data(path), {.target = "kind"});
  CHECK(data.name == "t.csv");
  CHECK(data.source == path);
  CHECK(data.found == "20 % held out to test (seed 1), 2 numbers, standardised, 2 classes: a, b");
  CHECK(data.form.classes == Names{"a", "b"});
  CHECK(data.form.columns == Names{"size", "shade"});
  CHECK_FALSE(data.form.pixels);
  CHECK(data.train.size() == 40);
  CHECK(data.test.size() == 10);
  CHECK(data.train.sample_shape() == Shape{1, 1, 2});
  CHECK(std::ranges::count(labels(data.train), 0) == 20);
  CHECK(std::ranges::count(labels(data.test), 0) == 5);
  // Each line is in one set, once, and comes back when the scaling is undone.
  std::set<int64_t> seen;
  for (const ImageDataset* set : {&data.train, &data.test})
    for (int64_t i = 0; i < set->size(); ++i) {
      const auto back = [&](int64_t k) {
        const auto feature = static_cast<std::size_t>(k);
        return set->pixels().at({i, 0, 0, k}) * data.form.scaling.scale[feature] +
               data.form.scaling.mean[feature];
      };
      const int64_t line = std::lround(back(1) - 0.5);
      CHECK(std::lround(back(0)) == line % 2 * 100 + line);
      CHECK(set->labels().at({i}) == line % 2);
      CHECK(seen.insert(line).second);
    }
  CHECK(seen.size() == 50);
  // By the training set alone.
  double sum = 0;
  for (int64_t i = 0; i < 40; ++i) sum += data.train.pixels().at({i, 0, 0, 0});
  CHECK(std::abs(sum) < 1e-4);
}

TEST_CASE("own data: the share that is held out, and its seed") {
  const Folder folder;
  const std::string path = folder.write("t.csv", table(50));
  const auto test_of = [&](const DataOptions& options) {
    const DataSplits data = load_data(find_data(path), options);
    const auto values = data.test.pixels().values<float>();
    return std::vector<float>(values.begin(), values.end());
  };
  const DataOptions options{.target = "3", .test_share = 0.3};
  CHECK(test_of(options).size() == 2 * 15);
  CHECK(test_of(options) == test_of(options));
  CHECK(load_data(find_data(path), {.target = "3", .test_share = 0.29})
            .found.starts_with("29 % held out"));
  CHECK(test_of(options) != test_of({.target = "3", .test_share = 0.3, .split_seed = Seed{2}}));
  CHECK(data_complaint(
            folder.write("few.csv", "1,a\n2,b\n3,a\n"), {.target = "2", .test_share = 0.1}) ==
        folder.file("few.csv") +
            ", column 2: of 3 samples in 2 classes, a share of 0.1 leaves none to test on");
}

TEST_CASE("own data: a table is the same however it is written") {
  const Folder folder;
  const std::pair<std::string, std::string> forms[] = {{"plain.csv", table(20)},
      {"semicolons.csv", table(20, ";")}, {"tabs.tsv", table(20, "\t")},
      {"packed.csv.gz", files::gzip(table(20))}, {"a comma, too.csv", table(20)},
      {"quoted.csv", "\"size\",\"the, shade\",\"kind\"\n" + table(20)}};
  const DataSplits first = load_data(find_data(folder.write("a.csv", table(20))), {.target = "3"});
  for (const auto& form : forms) {
    const std::string& name = form.first;
    CAPTURE(name);
    const DataSplits data = load_data(find_data(folder.write(name, form.second)), {.target = "3"});
    CHECK(data.name == name);
    CHECK(labels(data.train) == labels(first.train));
    CHECK(data.form.scaling == first.form.scaling);
    CHECK(data.form.columns == (name == "quoted.csv" ? Names{"size", "the, shade"} : Names{}));
  }
}

TEST_CASE("own data: classes that are numbers are in the order of their values") {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 30; ++i)
    text += std::to_string(i) + "," + (i % 3 == 0 ? "10" : i % 3 == 1 ? "9.0" : "-1") + "\n";
  const DataSplits data = load_data(find_data(folder.write("t.csv", text)), {.target = "2"});
  CHECK(data.form.classes == Names{"-1", "9", "10"});
  text.clear();
  for (int i = 0; i < 50; ++i) text += std::to_string(i) + "," + std::to_string(i * 0.37) + "\n";
  CHECK(data_complaint(folder.write("t.csv", text), {.target = "2"}) ==
        folder.file("t.csv") + ", column 2: 50 different values in 50 samples are no classes");
  CHECK(data_complaint(folder.write("t.csv", "1,x\n2,x\n"), {.target = "2"}) ==
        folder.file("t.csv") + ", column 2: all 2 samples are of class x; needs two classes");
}

TEST_CASE("own data: a wrong table says which line, column and name") {
  const Folder folder;
  const auto wrong = [&](const std::string& bytes, const std::string& text,
                         const std::string& target = "kind") {
    CHECK(data_complaint(folder.write("t.csv", bytes), {.target = target}) ==
          folder.file("t.csv") + text);
  };
  const std::string head = "size,shade,kind\n";
  wrong(head + "1,2,a\n3,four,b\n", ": line 3, column 2 (shade): 'four' is no number");
  wrong(head + "1,2,a\n3,,b\n", ": line 3, column 2 (shade): an empty cell is no number");
  wrong(head + "1,nan,a\n", ": line 2, column 2 (shade): 'nan' is not finite");
  wrong(head + "1,1e39,a\n", ": line 2, column 2 (shade): '1e39' is out of float32's range");
  wrong("size;shade;kind\n1;0,12;a\n",
      ": line 2, column 2 (shade): '0,12' is no number; decimal commas are not read");
  wrong("size,size,kind\n1,2,a\n", ": line 1: has 'size' more than once");
  wrong("size,kind,kind\n1,2,a\n", ": line 1: has 'kind' more than once");
  wrong(head + "1,2,\n", ": line 2, column 3 (kind): an empty cell is no class");
  wrong(head + "1,2,a\n3,b\n", ": line 3: has 2 columns; line 1 has 3");
  wrong(head, ": has no line of numbers");
  wrong("", ": has no line of numbers");
  wrong("1,2,a\n3,x,b\n", ": line 2, column 2: 'x' is no number", "3");
  wrong("kind\na\nb\n", ": line 1: has 1 column; needs a class and at least one number");
}

TEST_CASE("own data: --target says what there is") {
  const Folder folder;
  const std::string named = folder.write("n.csv", "size,shade,kind\n" + table(9)),
                    bare = folder.write("b.csv", table(9));
  CHECK(data_complaint(named) == named +
                                     ": which column has the classes? Say it with --target: size, "
                                     "shade, kind, or a number from 1 to 3");
  CHECK(data_complaint(named, {.target = "kinds"}) ==
        "--target kinds: " + named + " has no such column, did you mean kind?");
  CHECK(data_complaint(bare, {.target = "kind"}) ==
        "--target kind: " + bare + " has no such column; needs a number from 1 to 3");
  CHECK(data_complaint(bare, {.target = "4"}) ==
        "--target 4: " + bare + " has no such column; needs a number from 1 to 3");
  CHECK(data_complaint("synthetic", {.target = "kind"}) ==
        "--target kind: is for a .csv; generated data says what its classes are");
}

TEST_CASE("own data: line numbers without a name are no feature") {
  const Folder folder;
  std::string text = "\"\",size,kind\n";
  for (int i = 0; i < 20; ++i)
    text += std::to_string(i) + "," + std::to_string(i % 7) + "," + (i < 10 ? "a" : "b") + "\n";
  const DataSplits data = load_data(find_data(folder.write("t.csv", text)), {.target = "kind"});
  CHECK(data.train.sample_shape() == Shape{1, 1, 1});
  CHECK(data.form.columns == Names{"size"});
  CHECK(data.found.find("1 number, a column without a name left out, standardised") !=
        std::string::npos);
}

TEST_CASE("own data: a table of its own to test on, columns found by name") {
  const Folder folder;
  const std::string train = folder.write("train.csv", "size,shade,kind\n" + table(20)),
                    test = folder.write("test.csv", "kind,shade,size\nb,0.5,1\na,2,3\n");
  const DataSplits data = load_data(find_data(train + "," + test), {.target = "kind"});
  CHECK(data.train.size() == 20);
  REQUIRE(data.test.size() == 2);
  CHECK(data.found == "2 numbers, standardised, 2 classes: a, b");
  const int64_t b = data.test.labels().at({0}) == 1 ? 0 : 1;
  CHECK(data.test.labels().at({b}) == 1);
  CHECK(data.test.pixels().at({b, 0, 0, 0}) * data.form.scaling.scale[0] +
            data.form.scaling.mean[0] ==
        doctest::Approx(1));
  folder.write("test.csv", "kind,shade,size\nc,0.5,1\n");
  CHECK(data_complaint(train + "," + test, {.target = "kind"}) ==
        test + ", column kind: class 'c': is none of those to train on");
  folder.write("test.csv", "kind,shadow,size\na,0.5,1\n");
  CHECK(data_complaint(train + "," + test, {.target = "kind"}) ==
        test + ": has no column 'shade', which is needed");
}

TEST_CASE("own data: what a model remembers holds for other data") {
  const Folder folder;
  const std::string path = folder.write("t.csv", "size,shade,kind\n" + table(50));
  const DataForm form = load_data(find_data(path), {.target = "kind"}).form;
  const DataOptions asked{.target = "kind", .form = &form, .sample = {1, 1, 2}, .whole = true};
  // One class alone, other columns, another order; and no classes at all.
  const std::string other =
      folder.write("o.csv", "colour,shade,kind,size\n9,1,b,2\n9,3,b,4\n9,5,b,6\n");
  const DataSplits data = load_data(find_data(other), asked);
  CHECK(labels(data.test) == std::vector<int64_t>{1, 1, 1});
  CHECK(data.labelled);
  CHECK(data.found == "2 numbers, standardised as for the model, 2 classes: a, b");
  for (int64_t i = 0; i < 3; ++i)
    CHECK(data.test.pixels().at({i, 0, 0, 0}) ==
          doctest::Approx(
              (2 + 2 * static_cast<double>(i) - form.scaling.mean[0]) / form.scaling.scale[0]));
  const std::string unknown = folder.write("u.csv", "shade,size\n1,2\n");
  CHECK_FALSE(load_data(find_data(unknown), asked).labelled);
  CHECK(data_complaint(folder.write("w.csv", "1,2,3,4\n"),
            {.form = &form, .sample = {1, 1, 2}, .whole = true}) ==
        folder.file("w.csv") + ": samples are 4 numbers; the model takes 2 numbers");
  const std::string bare = folder.write("bare.csv", "1,2\n3,4\n");
  CHECK(load_data(find_data(bare), {.form = &form, .sample = {1, 1, 2}, .whole = true}).found ==
        "2 numbers, no header: columns taken in order as size, shade, standardised as for the "
        "model, 2 classes: a, b");
  const DataSplits two =
      load_data(find_data(path + "," + folder.write("b.csv", table(6))), {.target = "3"});
  CHECK(two.found.find("no header: columns taken in order as size, shade") != std::string::npos);
  CHECK(data_complaint(kOwnFixtures + "grey.npz", asked) ==
        "--target kind: is for a .csv; " + kOwnFixtures + "grey.npz says what its classes are");
}

TEST_CASE("own data: Keras's arrays of bytes are pictures") {
  const DataSplits data = load_data(find_data(kOwnFixtures + "grey.npz"));
  CHECK(data.name == "grey.npz");
  CHECK(data.found == "grey pictures of 6 x 5, pixels / 255, 3 classes: 0, 1, 2");
  CHECK(data.train.size() == 60);
  CHECK(data.test.size() == 15);
  CHECK(data.form.pixels);
  CHECK(data.form.scaling.empty());
  REQUIRE(data.train.sample_shape() == Shape{1, 6, 5});
  CHECK(data.train.pixels().dtype() == Dtype::uint8);
  for (const ImageDataset* set : {&data.train, &data.test})
    for (int64_t i = 0; i < set->size(); ++i)
      for (int64_t k = 0; k < 3; ++k)
        CHECK((set->pixels().at({i, 0, 2 * k, 4}) == 255) == (set->labels().at({i}) == k));
  const DataSplits larger =
      load_data(find_data(kOwnFixtures + "grey.npz"), {.height = 12, .width = 10});
  CHECK(larger.train.sample_shape() == Shape{1, 12, 10});
  CHECK(larger.found.starts_with("resized to 12 x 10, "));
}

TEST_CASE("own data: colours, channels last, from 0 to 1") {
  const DataSplits data = load_data(find_data(kOwnFixtures + "colour.npz"));
  CHECK(data.found == "colour pictures of 6 x 5, pixels from 0 to 1, 3 classes: 0, 1, 2");
  REQUIRE(data.train.sample_shape() == Shape{3, 6, 5});
  for (int64_t i = 0; i < data.train.size(); ++i) {
    const auto k = static_cast<int64_t>(data.train.labels().at({i}));
    CHECK(data.train.pixels().at({i, 0, 2 * k, 1}) == 1);
    CHECK(data.train.pixels().at({i, 1, 2 * k, 1}) ==
          doctest::Approx(static_cast<double>(10 * k) / 255));
    CHECK(data.train.pixels().at({i, 2, 2 * k, 1}) == 0);
  }
  CHECK(data_complaint(kOwnFixtures + "colour.npz", {.height = 9, .width = 9}) ==
        "--resize 9x9: is for pictures held as bytes, not for numbers");
}

TEST_CASE("own data: numbers of arrays are scaled as NumPy scales them") {
  const Tensor expected = read_npy(kOwnFixtures + "mean_std.npy");
  const DataSplits all = load_data(find_data(kOwnFixtures + "table.npz"), {.whole = true});
  for (std::size_t k = 0; k < 3; ++k) {
    const auto column = static_cast<int64_t>(k);
    CHECK(all.form.scaling.mean[k] == doctest::Approx(expected.at({0, column})).epsilon(1e-12));
    if (k < 2)
      CHECK(all.form.scaling.scale[k] == doctest::Approx(expected.at({1, column})).epsilon(1e-9));
  }
  CHECK(all.form.scaling.scale[2] == 1);
  for (const std::string& place : {std::string("table.npz"), "x.npy," + kOwnFixtures + "y.npy"}) {
    const DataSplits data = load_data(find_data(kOwnFixtures + place));
    CHECK(data.found ==
          "20 % held out to test (seed 1), 3 numbers, standardised (1 the same everywhere), 3 "
          "classes: 3, 5, 9");
    CHECK(data.train.size() == 48);
    CHECK(data.test.size() == 12);
    for (const int64_t k : {0, 1, 2}) CHECK(std::ranges::count(labels(data.test), k) == 4);
  }
}

TEST_CASE("own data: four arrays have a test set, and one has no labels") {
  const std::string x = kOwnFixtures + "x.npy", y = kOwnFixtures + "y.npy";
  const DataSplits data = load_data(find_data(x + "," + y + "," + x + "," + y));
  CHECK(data.train.size() == 60);
  CHECK(data.test.size() == 60);
  CHECK(data.name == "x.npy");
  const DataSplits alone = load_data(find_data(x), {.form = &data.form, .whole = true});
  CHECK_FALSE(alone.labelled);
  CHECK(alone.test.size() == 60);
  CHECK(alone.test.classes() == 3);
  // In the order of the file.
  const Tensor numbers = read_npy(x);
  for (int64_t i = 0; i < 60; ++i)
    CHECK(alone.test.pixels().at({i, 0, 0, 0}) ==
          doctest::Approx(
              (numbers.at({i, 0}) - data.form.scaling.mean[0]) / data.form.scaling.scale[0]));
}

TEST_CASE("own data: wrong arrays say which row and column, and what would do") {
  const Folder folder;
  const auto write = [&](const std::string& name, const NamedTensors& arrays) {
    write_npz(folder.file(name), arrays);
    return folder.file(name);
  };
  const Tensor x = Tensor::of<float>({1, 2, 3, 4, 5, 6}, {3, 2}),
               y = Tensor::of<int64_t>({0, 1, 0}, {3});
  Tensor poisoned = x.clone();
  poisoned.mutable_data<float>()[3] = NAN;
  std::string path = write("a.npz", {{"x", poisoned}, {"y", y}});
  CHECK(data_complaint(path) == path +
                                    ": x: row 2, column 2 ([1,1]): nan; needs a finite number that "
                                    "float32 can hold");
  path = write("a.npz", {{"x", x}, {"y", Tensor::of<float>({0, 0.5F, 1}, {3})}});
  CHECK(data_complaint(path) ==
        path + ": y: row 2 ([1]): 0.5 is no class; classes are whole numbers");
  path = write("a.npz", {{"x", x}, {"y", y.slice(0, 0, 2)}});
  CHECK(data_complaint(path) == path + ": y: 2 labels for the 3 samples of " + path + ": x");
  path = write("a.npz", {{"x", x}, {"y", Tensor::zeros({3, 2, 2})}});
  CHECK(data_complaint(path) == path + ": y: [3,2,2]: labels are [N], [N,1] or, one-hot, [N,K]");
  path = write("a.npz", {{"x", x}, {"y", Tensor::of<float>({1, 0, 0, 0.5F, 0, 1}, {3, 2})}});
  CHECK(data_complaint(path) == path +
                                    ": y: row 2, column 2 ([1,1]): 0.5 is neither 0 nor 1; labels "
                                    "[N,K] have one 1 in each row");
  path = write("a.npz", {{"x", x}, {"y", Tensor::of<int64_t>({1, 0, 0, 1, 1, 1}, {3, 2})}});
  CHECK(data_complaint(path) ==
        path + ": y: row 3 ([2]): has 2 1s; labels [N,K] have one in each row");
  path = write("a.npz", {{"x", x}, {"y", Tensor::zeros({3, 4})}});
  CHECK(data_complaint(path) ==
        path + ": y: row 1 ([0]): has no 1; labels [N,K] have one in each row");
  path = write("a.npz", {{"x", x}, {"y", Tensor::zeros({3, 0})}});
  CHECK(data_complaint(path) == path + ": y: [3,0]: labels are [N], [N,1] or, one-hot, [N,K]");
  path = write("a.npz", {{"x", x}, {"y", Tensor::of<int64_t>({0, 1, 0, 1, 0, 1}, {3, 2})}});
  CHECK(data_complaint(path) == path + ": y: all 3 samples are of class 1; needs two classes");
  path = write("a.npz", {{"images", x}, {"labels", y}});
  CHECK(data_complaint(path) == path +
                                    ": has the arrays images, labels; needs x_train, y_train, "
                                    "x_test and y_test, or x and y");
  path =
      write("a.npz", {{"x_train", x}, {"y_train", y}, {"x_test", x.slice(1, 0, 1)}, {"y_test", y}});
  CHECK(data_complaint(path) ==
        path + ": x_test: samples of [3,1]; those of " + path + ": x_train are [3,2]");
  path = write("a.npz", {{"x", Tensor::zeros({3, 1, 2, 3, 4})}, {"y", y}});
  CHECK(data_complaint(path) == path +
                                    ": x: [3,1,2,3,4]: needs samples along the first axis: [N,F], "
                                    "[N,H,W], [N,H,W,C] or [N,C,H,W]");
  write_npy(folder.file("x.npy"), x);
  CHECK(data_complaint(folder.file("x.npy")) ==
        folder.file("x.npy") + ": has no labels; needs --data " + folder.file("x.npy") + ",y.npy");
}

TEST_CASE("own data: one-hot rows are classes, as many as places, of any type") {
  const Folder folder;
  for (const Dtype dtype : {Dtype::float32, Dtype::float64, Dtype::int64, Dtype::uint8}) {
    Tensor x = Tensor::zeros({30, 2}), y = Tensor::zeros({30, 4});
    for (int64_t i = 0; i < 30; ++i) {
      x.mutable_data<float>()[2 * i] = static_cast<float>(i);
      y.mutable_data<float>()[4 * i + i % 3] = 1;  // none is of the last class
    }
    const std::string path = folder.file("a.npz");
    write_npz(path, {{"x", x}, {"y", y.to(dtype)}});
    const DataSplits data = load_data(find_data(path));
    CHECK(data.found ==
          "20 % held out to test (seed 1), 2 numbers, standardised (1 the same everywhere), 4 "
          "classes by their one-hot rows: 0, 1, 2, 3");
    CHECK(data.train.classes() == 4);
    for (const ImageDataset* set : {&data.train, &data.test})
      for (int64_t i = 0; i < set->size(); ++i) {
        const double back =
            set->pixels().at({i, 0, 0, 0}) * data.form.scaling.scale[0] + data.form.scaling.mean[0];
        CHECK(set->labels().at({i}) == std::lround(back) % 3);
      }
  }
}

TEST_CASE("own data: arrays to test on are on the scale of those to train on") {
  const Folder folder;
  const Tensor y = Tensor::of<int64_t>({0, 1}, {2});
  const auto pictures = [](float most, Dtype dtype) {
    return Tensor::of<float>({0, most, 0, most, 0, 0, most, most}, {2, 2, 2}).to(dtype);
  };
  const auto answer = [&](const Tensor& train, const Tensor& test) {
    const std::string path = folder.file("a.npz");
    write_npz(path, {{"x_train", train}, {"y_train", y}, {"x_test", test}, {"y_test", y}});
    const std::string text = data_complaint(path);
    return text.starts_with(path) ? text.substr(path.size()) : text;
  };
  using enum Dtype;
  CHECK(answer(pictures(1, float32), pictures(0.5F, float32)).empty());
  CHECK(answer(pictures(255, uint8), pictures(1, uint8)).empty());
  CHECK(answer(pictures(255, uint8), pictures(7, float32)).empty());
  const std::string other =
      ": x_test: has other numbers than those to train on, which lie between 0 and 1";
  CHECK(answer(pictures(1, float32), pictures(255, float32)) == other);
  CHECK(answer(pictures(1, float32), pictures(1, uint8)) == other);
  CHECK(answer(pictures(255, uint8), pictures(1, float32)) ==
        ": x_test: lies between 0 and 1; those to train on are pixels from 0 to 255");
  CHECK(answer(pictures(1, uint8), pictures(1, uint8)) ==
        ": x_train: has bytes of 0 and 1 alone, where pixels are 0 to 255; as float32 they are "
        "taken as they are");
  // Nor does a model that is asked about some guess which of the two scales they are on; no
  // picture at all is 0 on either.
  const DataForm form{true, {"0", "1"}, {}, {}};
  const auto asked = [&](float most) {
    write_npz(folder.file("x.npz"), {{"x", pictures(most, uint8)}});
    return load_data(find_data(folder.file("x.npz")), {.form = &form, .whole = true}).train;
  };
  CHECK_THROWS_WITH_AS(asked(1),
      (folder.file("x.npz") +
          ": x: has bytes of 0 and 1 alone, where pixels are 0 to 255; as float32 they are taken "
          "as they are")
          .c_str(),
      DataError);
  CHECK(asked(0).pixels().dtype() == uint8);
  CHECK(asked(2).pixels().dtype() == uint8);
}

TEST_CASE("own data: a folder of pictures, grey or in colour, of any size") {
  const Folder folder;
  for (int i = 0; i < 10; ++i) {
    folder.write("set/dark/" + std::to_string(i) + ".png", files::flat_png(4, 6, 10 + i));
    folder.write("set/light/" + std::to_string(i) + ".png", files::flat_png(4, 6, 200 + i));
  }
  const std::string set = folder.file("set");
  const DataSplits data = load_data(find_data(set));
  CHECK(data.name == "set");
  CHECK(data.found ==
        "20 % held out to test (seed 1), grey pictures of 4 x 6, pixels / 255, 2 classes: dark, "
        "light");
  CHECK(data.train.size() == 16);
  CHECK(data.test.size() == 4);
  for (int64_t i = 0; i < 16; ++i)
    CHECK((data.train.pixels().at({i, 0, 0, 0}) > 100) == (data.train.labels().at({i}) == 1));

  // One in colour, of another size.
  folder.write("set/light/x.bmp", files::bmp(2, 3, std::string(24, '\x7e').replace(0, 1, "\x1e")));
  CHECK(data_complaint(set) == set + "/light/x.bmp: is 2 x 3; " + set +
                                   "/dark/0.png is 4 x 6 (--resize makes them alike)");
  const DataSplits resized = load_data(find_data(set), {.height = 5, .width = 5});
  CHECK(resized.train.sample_shape() == Shape{3, 5, 5});
  CHECK(resized.found.find("colour pictures of 5 x 5") != std::string::npos);
  // As a model wants them.
  const DataForm form = data.form;
  const DataSplits asked =
      load_data(find_data(set + "/"), {.form = &form, .sample = {1, 4, 6}, .whole = true});
  CHECK(asked.test.sample_shape() == Shape{1, 4, 6});
  CHECK(asked.test.size() == 21);
  CHECK(asked.samples[0] == set + "//dark/0.png");
}

TEST_CASE("own data: folders named train and test") {
  const Folder folder;
  for (const std::string part : {"train", "val"})
    for (const std::string kind : {"a", "b"})
      folder.write("set/" + part + "/" + kind + "/1.png", files::flat_png(2, 2, kind[0]));
  const DataSplits data = load_data(find_data(folder.file("set")));
  CHECK(data.train.size() == 2);
  CHECK(data.test.size() == 2);
  CHECK(data.form.classes == Names{"a", "b"});
  folder.write("set/val/c/1.png", files::flat_png(2, 2, 9));
  CHECK(data_complaint(folder.file("set")) ==
        folder.file("set") + "/val: class 'c': is none of those to train on");
}

TEST_CASE("own data: files that are cut or changed are refused or read, and nothing else") {
  const Folder folder;
  int refused = 0, read = 0;
  const auto look = [&](const std::string& place, const DataOptions& options) {
    try {
      const DataSplits data = load_data(find_data(place), options);
      CHECK(data.train.size() + data.test.size() <= 75);
      ++read;
    } catch (const DataError& error) {
      CHECK(std::string(error.what()).find(folder.path()) != std::string::npos);
      ++refused;
    } catch (const ValueError&) {  // its target is gone
      ++refused;
    }
  };
  const auto spoil = [&](const std::string& name, const std::string& bytes, std::size_t step,
                         const DataOptions& options) {
    for (std::size_t length = 0; length < bytes.size(); length += step)
      look(folder.write(name, bytes.substr(0, length)), options);
    Stream stream(Seed{1}, name);
    for (int i = 0; i < 400; ++i) {
      std::string changed = bytes;
      changed[stream.below(bytes.size())] = static_cast<char>(stream.below(256));
      look(folder.write(name, changed), options);
    }
  };
  spoil("t.csv", "size,shade,kind\n" + table(12), 1, {.target = "kind"});
  CHECK(read > 50);
  CHECK(refused > 100);
  spoil("t.npz", files::read(kOwnFixtures + "table.npz"), 37, {});
  spoil("g.npz", files::read(kOwnFixtures + "grey.npz"), 37, {});
}
