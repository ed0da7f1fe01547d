#include "lively/data/source.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/data/files.h"
#include "tests/paths.h"

using namespace lively;
using files::Folder;

namespace {

namespace fs = std::filesystem;

const std::string kSystem = "/usr/share/datasets/fashion-mnist";

// A place of its own to look in: an empty working folder, and $LIVELY_DATA not set.
class Elsewhere {
 public:
  Elsewhere() : before_(fs::current_path()) {
    if (const char* value = std::getenv("LIVELY_DATA")) variable_ = value;
    unsetenv("LIVELY_DATA");
    fs::current_path(folder_.path());
  }
  ~Elsewhere() {
    fs::current_path(before_);
    variable_.empty() ? unsetenv("LIVELY_DATA") : setenv("LIVELY_DATA", variable_.c_str(), 1);
  }
  const Folder& folder() const { return folder_; }

 private:
  Folder folder_;
  fs::path before_;
  std::string variable_;
};

// Four small IDX files below `folder`: three pictures to train on, two to test on.
void write_set(const Folder& at, const std::string& folder, bool packed = false) {
  const auto write = [&](const std::string& name, const std::string& bytes) {
    at.write(folder + "/" + name + (packed ? ".gz" : ""), packed ? files::gzip(bytes) : bytes);
  };
  write("train-images-idx3-ubyte", files::idx_images(3, 2, 2, "abcdefghijkl"));
  write("train-labels-idx1-ubyte", files::idx_labels(3, files::bytes({1, 2, 3})));
  write("t10k-images-idx3-ubyte", files::idx_images(2, 2, 2, "ABCDEFGH"));
  write("t10k-labels-idx1-ubyte", files::idx_labels(2, files::bytes({4, 5})));
}

// Six files of CIFAR-10; batch k has k pictures of class k, the test batch one of class 9.
void write_cifar10(const Folder& at, const std::string& folder) {
  const auto pictures = [](int label, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(label) + std::string(3072, 'p');
    return bytes;
  };
  for (int k = 1; k <= 5; ++k)
    at.write(folder + "/data_batch_" + std::to_string(k) + ".bin", pictures(k, k));
  at.write(folder + "/test_batch.bin.gz", files::gzip(pictures(9, 1)));
}

}  // namespace

TEST_CASE("source: value of a named folder, plain and gzip") {
  const Elsewhere here;
  for (const bool packed : {false, true}) {
    const std::string folder = packed ? "packed" : "plain";
    write_set(here.folder(), folder, packed);
    const DataSource source = find_data(folder);
    CHECK(source.folder == folder);
    CHECK(source.format == DataFormat::idx);
    CHECK(source.train[0] == folder + "/train-images-idx3-ubyte" + (packed ? ".gz" : ""));
    const DataSplits data = load_data(source);
    CHECK(data.name == "IDX");
    CHECK(data.train.size() == 3);
    CHECK(data.test.size() == 2);
    CHECK(data.train.pixels().values<uint8_t>()[11] == 'l');
    CHECK(data.test.labels().values<int64_t>()[1] == 5);
  }
}

TEST_CASE("source: value of CIFAR-10, in a folder or below it") {
  const Elsewhere here;
  write_cifar10(here.folder(), "flat");
  write_cifar10(here.folder(), "deep/cifar-10-batches-bin");
  CHECK(find_data("flat").folder == "flat");
  const DataSource source = find_data("deep");
  CHECK(source.folder == "deep/cifar-10-batches-bin");
  CHECK(source.format == DataFormat::cifar10);
  CHECK(source.train.size() == 5);
  CHECK(source.test[0] == "deep/cifar-10-batches-bin/test_batch.bin.gz");
  const DataSplits data = load_data(source);
  CHECK(data.name == "CIFAR-10");
  CHECK(data.train.size() == 15);
  CHECK(data.train.sample_shape() == Shape{3, 32, 32});
  CHECK(data.train.labels().values<int64_t>()[3] == 3);
  CHECK(data.test.size() == 1);
  fs::remove("flat/data_batch_4.bin");
  CHECK_THROWS_WITH_AS(
      (void)find_data("flat"), "--data flat: has no data_batch_4.bin[.gz]", DataError);
  // IDX files come first where there are both.
  write_set(here.folder(), "deep");
  CHECK(find_data("deep").format == DataFormat::idx);
}

TEST_CASE("source: value of the search, place by place") {
  const Elsewhere here;
  write_set(here.folder(), "data/mnist");
  CHECK(find_data().folder == "./data/mnist");
  write_set(here.folder(), "data/fashion-mnist");
  CHECK(find_data().folder == "./data/fashion-mnist");
  write_set(here.folder(), "data");
  CHECK(find_data().folder == "./data");
  CHECK(find_data().looked == "--data (not given), $LIVELY_DATA (not set)");
  write_set(here.folder(), "variable");
  setenv("LIVELY_DATA", "variable", 1);
  CHECK(find_data().folder == "variable");
  CHECK(find_data().looked == "--data (not given)");
  write_set(here.folder(), "argument");
  CHECK(find_data("argument").folder == "argument");
  CHECK(find_data("argument").looked == "");
}

TEST_CASE("source: value of the system's folder comes last") {
  const Elsewhere here;
  write_set(here.folder(), "system");
  CHECK(find_data("", "system").folder == "system");
  CHECK(find_data("", "system").looked == "--data (not given), $LIVELY_DATA (not set), ./data");
  write_set(here.folder(), "data");
  CHECK(find_data("", "system").folder == "./data");
  if (fs::exists(kSystem)) {
    fs::remove_all("data");
    CHECK(find_data().folder == kSystem);
  } else {
    MESSAGE("skipped the default: needs " << kSystem << " (apt install dataset-fashion-mnist)");
  }
}

TEST_CASE("source: value of the search says why a place was passed over") {
  const Elsewhere here;
  write_set(here.folder(), "data");
  fs::remove("data/train-labels-idx1-ubyte");
  write_set(here.folder(), "data/mnist");
  const DataSource source = find_data();
  CHECK(source.folder == "./data/mnist");
  CHECK(source.looked ==
        "--data (not given), $LIVELY_DATA (not set), ./data (has no train-labels-idx1-ubyte[.gz])");
}

TEST_CASE("source: error where nothing is found") {
  const Elsewhere here;
  CHECK_THROWS_WITH_AS((void)find_data("", "/no/such/folder"),
      "no data set found. Looked in: --data (not given), $LIVELY_DATA (not set), ./data, "
      "/no/such/folder\n"
      "Try: apt install dataset-fashion-mnist   or   --data synthetic",
      DataError);
}

TEST_CASE("source: error for a named place without the files") {
  const Elsewhere here;
  write_set(here.folder(), "data");  // not to be taken instead
  write_set(here.folder(), "half");
  fs::remove("half/t10k-images-idx3-ubyte");
  here.folder().write("text", "x");
  fs::create_directory("empty");
  CHECK_THROWS_WITH_AS(
      (void)find_data("half"), "--data half: has no t10k-images-idx3-ubyte[.gz]", DataError);
  const std::string needs =
      "; needs a folder with IDX or CIFAR-10 files or with a folder of pictures for each class, a "
      ".csv, an .npz, x.npy,y.npy, or the word synthetic, circles, moons or blobs";
  const auto refused = [&](const std::string& place, const std::string& text) {
    CHECK_THROWS_WITH_AS((void)find_data(place), text.c_str(), DataError);
  };
  refused("empty", "--data empty: has no data" + needs);
  refused("none", "--data none: no such folder or file" + needs);
  refused("text", "--data text: is a file of another kind" + needs);
  refused("none.csv", "--data none.csv: no such file");
  refused("text,y.npy", "--data text,y.npy: no such folder or file" + needs);
  refused("x.npy,y.npy", "--data x.npy,y.npy: x.npy: no such file");
  setenv("LIVELY_DATA", "none", 1);
  refused("", "$LIVELY_DATA none: no such folder or file" + needs);
}

TEST_CASE("source: error for pictures of two shapes") {
  const Elsewhere here;
  write_set(here.folder(), "set");
  here.folder().write("set/t10k-images-idx3-ubyte", files::idx_images(2, 1, 4, "ABCDEFGH"));
  CHECK_THROWS_WITH_AS((void)load_data(find_data("set")),
      "set/t10k-images-idx3-ubyte: images of [1,1,4]; those of set/train-images-idx3-ubyte have "
      "[1,2,2]",
      DataError);
}

TEST_CASE("source: value of synthetic") {
  const Elsewhere here;
  fs::create_directory("synthetic");  // the word stands for the digits all the same
  CHECK(find_data("synthetic").folder.empty());
  setenv("LIVELY_DATA", "synthetic", 1);
  const DataSplits data = load_data(find_data());
  CHECK(data.name == "synthetic digits");
  CHECK(data.train.size() == 12000);
  CHECK(data.test.size() == 2000);
}

TEST_CASE("source: value of the published sets has their names") {
  const std::pair<std::string, const char*> sets[] = {
      {kSystem, "Fashion-MNIST"}, {LIVELY_SOURCE_DIR "/../shared/data/mnist", "MNIST"}};
  for (const auto& [folder, name] : sets) {
    if (!fs::exists(folder)) {
      MESSAGE("skipped: needs " << folder);
      continue;
    }
    const DataSplits data = load_data(find_data(folder));
    CHECK(data.name == name);
    CHECK(data.train.size() == 60000);
    CHECK(data.test.size() == 10000);
  }
}

TEST_CASE(
    "source: points in the plane are generated, the same each time, and to test on are others") {
  for (const std::string name : {"circles", "moons", "blobs"}) {
    CAPTURE(name);
    const DataSource source = find_data(name);
    CHECK(source.format == DataFormat::points);
    CHECK(source.folder.empty());
    const DataSplits data = load_data(source), again = load_data(source);
    CHECK(data.name == name);
    CHECK(data.train.sample_shape() == Shape{1, 1, 2});
    CHECK(data.train.size() == 2000);
    CHECK(data.test.size() == 500);
    CHECK(data.train.classes() == (name == "blobs" ? 4 : 2));
    const auto a = data.train.pixels().values<float>(), b = again.train.pixels().values<float>(),
               t = data.test.pixels().values<float>();
    CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
    CHECK(a[0] != t[0]);
    for (const float v : a) CHECK(std::abs(v) < 3.5F);
  }
}
