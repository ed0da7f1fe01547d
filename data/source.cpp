#include "lively/data/source.h"

#include <array>
#include <cstdlib>
#include <utility>

#include <sys/stat.h>

#include "lively/data/cifar.h"
#include "lively/data/idx.h"
#include "lively/data/own_data.h"
#include "lively/data/points.h"
#include "lively/data/resized.h"
#include "lively/data/synthetic_digits.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

constexpr std::string_view kSynthetic = "synthetic";
constexpr std::string_view kNeeds =
    "needs a folder with IDX or CIFAR-10 files or with a folder of pictures for each class, a "
    ".csv, an .npz, x.npy,y.npy, or the word synthetic, circles, moons or blobs";
constexpr int64_t kSyntheticTrain = 12000, kSyntheticTest = 2000;
constexpr int64_t kPointsTrain = 2000, kPointsTest = 500;

// The files of a published set: those to train on, then those to test on.
struct FileSet {
  DataFormat format;
  std::string_view below;  // the folder in which its archive has them, which may be left out
  std::vector<std::string_view> train, test;
};

const std::vector<FileSet>& file_sets() {
  static const std::vector<FileSet> all{
      {DataFormat::idx, "", {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
          {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}},
      {DataFormat::cifar10, "/cifar-10-batches-bin",
          {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
              "data_batch_5.bin"},
          {"test_batch.bin"}}};
  return all;
}

enum class Kind { nothing, file, folder };

Kind kind_of(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return Kind::nothing;
  return S_ISDIR(info.st_mode) ? Kind::folder : Kind::file;
}

// Finds files in a folder. The name of the first that is missing goes to `lacks`, unless there is
// one already; returns how many there are.
std::size_t find_files(const std::string& folder, const std::vector<std::string_view>& names,
    std::vector<std::string>& found, std::string_view& lacks) {
  found.clear();
  for (const std::string_view name : names) {
    const std::string plain = message(folder, "/", name), packed = plain + ".gz";
    if (kind_of(plain) == Kind::file) {
      found.push_back(plain);
    } else if (kind_of(packed) == Kind::file) {
      found.push_back(packed);
    } else if (lacks.empty()) {
      lacks = name;
    }
  }
  return found.size();
}

// Looks for each set in a folder. Where none is whole, `lacks` says what the first that has any
// file lacks, and stays empty if there is no file at all.
bool find_set(const std::string& place, DataSource& source, std::string& lacks) {
  lacks.clear();
  for (const FileSet& set : file_sets()) {
    for (const std::string_view below : {std::string_view(), set.below}) {
      const std::string folder = message(place, below);
      std::string_view missing;
      const std::size_t found = find_files(folder, set.train, source.train, missing) +
                                find_files(folder, set.test, source.test, missing);
      if (missing.empty()) {
        source.format = set.format;
        source.folder = folder;
        return true;
      }
      if (found > 0 && lacks.empty()) lacks = message("has no ", missing, "[.gz]");
      if (set.below.empty()) break;
    }
  }
  return false;
}

// A place that the user named: the files are there, or that is an error.
void take_named(std::string_view by, const std::string& place, DataSource& source) {
  if (place == kSynthetic) return;
  if (place == "circles" || place == "moons" || place == "blobs") {
    source.format = DataFormat::points;
    source.points = place;
    return;
  }
  const Kind kind = kind_of(place);
  constexpr std::array<std::string_view, 4> kWords{kSynthetic, "circles", "moons", "blobs"};
  if (const auto meant = nearest(place, kWords); kind == Kind::nothing && !meant.empty())
    fail<DataError>(by, " ", place, ": no such folder, did you mean ", meant, "?");
  std::string lacks;
  if (kind == Kind::folder && find_set(place, source, lacks)) return;
  if (!lacks.empty()) fail<DataError>(by, " ", place, ": ", lacks);
  if (detail::find_own_data(by, place, source)) return;
  fail<DataError>(by, " ", place,
      kind == Kind::folder ? ": has no data"
      : kind == Kind::file ? ": is a file of another kind"
                           : ": no such folder or file",
      "; ", kNeeds);
}

// A place where data may lie.
bool take_if_complete(const std::string& place, DataSource& source) {
  std::string lacks;
  if (find_set(place, source, lacks)) return true;
  source.looked += message(", ", place);
  if (!lacks.empty()) source.looked += message(" (", lacks, ")");
  return false;
}

// Which published set this is, told by its training labels (FNV-1a).
std::string name_of(const ImageDataset& train) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const int64_t label : train.labels().values<int64_t>())
    hash = (hash ^ static_cast<uint64_t>(label)) * 0x100000001b3;
  if (hash == 0xb9f71c71bae5f277) return "Fashion-MNIST";
  if (hash == 0xe3a35dee662474a5) return "MNIST";
  return "IDX";
}

// Points in the plane, of which the last are to test on. They are made together, since the places
// of blobs are drawn with them.
DataSplits points(const std::string& name) {
  const int64_t all = kPointsTrain + kPointsTest;
  const TensorDataset set = name == "circles" ? circles(all, 0.1, 0.4)
                            : name == "moons" ? moons(all, 0.1)
                                              : blobs(all, 4);
  // Blobs lie within 10 of 0, the others within about 1.
  Tensor inputs = set.inputs().clone();
  if (name == "blobs")
    for (float& v : inputs.mutable_values<float>()) v *= 0.2F;
  const auto part = [&](int64_t from, int64_t to) {
    return ImageDataset(inputs.slice(0, from, to).reshape({to - from, 1, 1, 2}),
        set.labels().slice(0, from, to), set.classes());
  };
  return {name, part(0, kPointsTrain), part(kPointsTrain, all)};
}

DataSplits read_splits(const DataSource& source) {
  if (source.format == DataFormat::synthetic)
    return {"synthetic digits", synthetic_digits(0, kSyntheticTrain),
        synthetic_digits(kSyntheticTrain, kSyntheticTest)};
  if (source.format == DataFormat::points) return points(source.points);
  if (source.format == DataFormat::cifar10)
    return {"CIFAR-10", read_cifar10(source.train), read_cifar10(source.test)};
  const auto read = [](const std::vector<std::string>& files) {
    return read_idx(files.at(0), files.at(1));
  };
  ImageDataset train = read(source.train), test = read(source.test);
  if (train.sample_shape() != test.sample_shape())
    fail<DataError>(source.test[0], ": images of ", test.sample_shape(), "; those of ",
        source.train[0], " have ", train.sample_shape());
  std::string name = name_of(train);
  return {std::move(name), std::move(train), std::move(test)};
}

}  // namespace

DataSource find_data(std::string_view wanted, std::string_view system_folder) {
  DataSource source;
  if (!wanted.empty()) {
    take_named("--data", std::string(wanted), source);
    return source;
  }
  source.looked = "--data (not given)";

  const char* variable = std::getenv("LIVELY_DATA");
  if (variable && *variable) {
    take_named("$LIVELY_DATA", variable, source);
    return source;
  }
  source.looked += ", $LIVELY_DATA (not set)";

  for (const std::string_view view :
      {std::string_view("./data"), std::string_view("./data/fashion-mnist"),
          std::string_view("./data/mnist"), system_folder}) {
    const std::string place(view);
    if (place.starts_with("./data/") && kind_of(place) == Kind::nothing)
      continue;  // "./data" says it
    if (take_if_complete(place, source)) return source;
  }

  fail<DataError>("no data set found. Looked in: ", source.looked,
      "\nTry: apt install dataset-fashion-mnist   or   --data synthetic");
}

DataSplits load_data(const DataSource& source, const DataOptions& options) {
  if (!options.target.empty() && source.format != DataFormat::table)
    fail<ValueError>("--target ", options.target, ": is for a .csv; ",
        source.folder.empty() ? "generated data" : source.folder, " says what its classes are");
  const auto splits = [&] {
    using enum DataFormat;
    if (source.format == pictures || source.format == arrays || source.format == table)
      return detail::load_own_data(source, options);
    DataSplits published = read_splits(source);
    published.form.pixels = source.format != points;
    if (options.form && !options.form->scaling.empty())
      fail<DataError>(published.name, published.form.pixels ? ": has pictures" : ": are points",
          "; the model takes numbers, standardised");
    published.found = source.format == points ? "points in the plane" : "pixels / 255";
    return published;
  };
  DataSplits all = splits();
  all.source = source.folder.empty() ? "the built-in generator" : source.folder;
  // A folder of pictures has done it one by one.
  if (options.height > 0 && source.format != DataFormat::pictures) {
    all.train = resized(all.train, options.height, options.width);
    all.test = resized(all.test, options.height, options.width);
    all.found = message("resized to ", options.height, " x ", options.width, ", ", all.found);
  }
  return all;
}

}  // namespace lively
