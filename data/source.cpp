#include "lively/data/source.h"

#include <cstdlib>
#include <utility>

#include <sys/stat.h>

#include "lively/data/idx.h"
#include "lively/data/synthetic_digits.h"

namespace lively {
namespace {

constexpr std::string_view kSynthetic = "synthetic";
constexpr int64_t kSyntheticTrain = 12000, kSyntheticTest = 2000;
constexpr std::array<std::string_view, 4> kFiles{
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

enum class Kind { nothing, file, folder };

Kind kind_of(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return Kind::nothing;
  return S_ISDIR(info.st_mode) ? Kind::folder : Kind::file;
}

// Finds the four files in a folder. The name of the first that is missing goes to `lacks`;
// returns how many there are.
int find_files(const std::string& folder, DataSource& source, std::string_view& lacks) {
  int found = 0;
  for (std::size_t i = kFiles.size(); i-- > 0;) {
    const std::string plain = message(folder, "/", kFiles[i]), packed = plain + ".gz";
    std::string& file = source.files[i];
    file = kind_of(plain) == Kind::file ? plain : kind_of(packed) == Kind::file ? packed : "";
    if (file.empty()) {
      lacks = kFiles[i];
    } else {
      ++found;
    }
  }
  source.folder = folder;
  return found;
}

// A place that the user named: the files are there, or that is an error.
void take_named(std::string_view by, const std::string& place, DataSource& source) {
  if (place == kSynthetic) return;
  const Kind kind = kind_of(place);
  if (kind != Kind::folder)
    fail<DataError>(by, " ", place, kind == Kind::file ? ": is a file" : ": no such folder",
        "; needs a folder with IDX files, or the word synthetic");
  std::string_view lacks;
  if (find_files(place, source, lacks) < 4)
    fail<DataError>(by, " ", place, ": has no ", lacks, "[.gz]");
}

// A place where data may lie.
bool take_if_complete(const std::string& place, DataSource& source) {
  std::string_view lacks;
  const int found = find_files(place, source, lacks);
  if (found == 4) return true;
  source.looked += message(", ", place);
  if (found > 0) source.looked += message(" (has no ", lacks, "[.gz])");
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
    if (place.starts_with("./data/") && kind_of(place) == Kind::nothing) continue;  // "./data" says it
    if (take_if_complete(place, source)) return source;
  }

  fail<DataError>("no data set found. Looked in: ", source.looked,
      "\nTry: apt install dataset-fashion-mnist   or   --data synthetic");
}

DataSplits load_data(const DataSource& source) {
  if (source.folder.empty())
    return {"synthetic digits", synthetic_digits(0, kSyntheticTrain),
            synthetic_digits(kSyntheticTrain, kSyntheticTest)};
  const auto& files = source.files;
  ImageDataset train = read_idx(files[0], files[1]), test = read_idx(files[2], files[3]);
  if (train.sample_shape() != test.sample_shape())
    fail<DataError>(files[2], ": images of ", test.sample_shape(), "; those of ", files[0],
        " have ", train.sample_shape());
  std::string name = name_of(train);
  return {std::move(name), std::move(train), std::move(test)};
}

}  // namespace lively
