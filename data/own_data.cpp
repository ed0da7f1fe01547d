#include "lively/data/own_data.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "lively/data/arrays.h"
#include "lively/data/file.h"
#include "lively/data/image_folder.h"
#include "lively/data/samples.h"
#include "lively/data/table.h"
#include "lively/tensor/spec.h"

namespace lively::detail {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}
bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !is_folder(path);
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view e) { return name.ends_with(e); });
}

bool is_table(std::string_view name) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  return ends_with_any(name, {".csv", ".tsv", ".txt"});
}

bool has_folders(const std::string& path) {
  std::error_code error;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    if (is_folder(at->path()) && !at->path().filename().string().starts_with('.')) return true;
  return false;
}

// A folder of folders of pictures, or two such.
bool find_pictures(const std::string& place, DataSource& source) {
  if (!has_folders(place)) return false;
  source.format = DataFormat::pictures;
  source.train = {place};
  const std::string train = place + "/train";
  for (const char* name : {"/test", "/val", "/valid", "/validation"})
    if (is_folder(train) && is_folder(place + name) && has_folders(train)) {
      source.train = {train};
      source.test = {place + name};
      break;
    }
  return true;
}

std::vector<std::string> parts_of(const std::string& place) {
  if (is_file(place)) return {place};
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= place.size();) {
    const std::size_t to = std::min(place.find(',', from), place.size());
    parts.push_back(place.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

struct Sets {
  Samples train;
  std::optional<Samples> test{};
  bool pixels = true;
};

Samples read_folder(const std::string& path, const ImageForm& form) {
  ImageFolder folder = read_image_folder(path, form);
  Samples samples{.from = path,
      .inputs = folder.images.pixels(),
      .labels = folder.images.labels(),
      .classes = std::move(folder.class_names),
      .names = std::move(folder.files)};
  for (std::string& name : samples.classes) name = printable(name);
  for (std::string& name : samples.names) name = printable(name);
  return samples;
}

Sets read_pictures(const DataSource& source, const DataOptions& options) {
  ImageForm form{.channels = 0, .height = options.height, .width = options.width};
  if (options.sample.rank() == 3) {
    const int64_t channels = options.sample[0];
    form = {channels == 1 || channels == 3 ? static_cast<int>(channels) : 0, options.sample[1],
        options.sample[2]};
  }
  Sets sets{.train = read_folder(source.train[0], form)};
  if (source.test.empty()) return sets;
  form.channels = static_cast<int>(sets.train.inputs.size(1));
  sets.test = read_folder(source.test[0], form);
  return sets;
}

Sets read_tables(const DataSource& source, const DataOptions& options) {
  TableWish wish{.target = options.target, .needs_target = !options.whole};
  if (options.form && options.form->pixels)
    fail<DataError>(source.folder, ": is a table; the model takes pictures");
  if (options.form) {
    NamedColumns known = columns_of(options.form->columns);
    wish.columns = std::move(known.names), wish.words = std::move(known.words);
  }
  Sets sets{.train = read_table(source.train[0], wish), .pixels = false};
  if (source.test.empty()) return sets;
  if (wish.columns.empty()) wish.columns = sets.train.columns;
  wish.words = sets.train.words;
  sets.test = read_table(source.test[0], wish);
  return sets;
}

Sets read_numpy(const DataSource& source, const DataOptions& options) {
  std::vector<std::string> files = source.train;
  files.insert(files.end(), source.test.begin(), source.test.end());
  if (files.size() == 1 && files[0].ends_with(".npy") && !options.whole)
    fail<DataError>(files[0], ": has no labels; needs --data ", files[0], ",y.npy");
  std::optional<ArrayKind> kind;
  if (options.form && !options.form->pixels) kind = ArrayKind::numbers;
  ArraySets arrays = read_arrays(files, !options.whole, kind);
  return {std::move(arrays.train), std::move(arrays.test), arrays.kind != ArrayKind::numbers};
}

std::vector<int64_t> in_random_order(int64_t n, Seed seed) {
  Stream stream(seed, "sample order");
  const Tensor order = permutation(n, stream);
  const auto values = order.values<int64_t>();
  return {values.begin(), values.end()};
}

// Both sets of a run: what is there to test on, or a share, each in random order.
void split_sets(Sets& sets, const DataOptions& options) {
  if (sets.test) {
    sets.train = chosen(sets.train, in_random_order(sets.train.size(), options.split_seed));
    sets.test = chosen(*sets.test, in_random_order(sets.test->size(), options.split_seed));
    return;
  }
  const Halves cut = halves(sets.train, options.test_share, options.split_seed);
  if (cut.test.empty())
    fail<DataError>(sets.train.from, ": of ", grouped(sets.train.size()), " samples in ",
        sets.train.classes.size(), " classes, a share of ", options.test_share,
        " leaves none to test on");
  sets.test = chosen(sets.train, cut.test);
  sets.train = chosen(sets.train, cut.train);
}

// The same numbers in a shape that says so: what a sample is made of.
std::string sample_text(const Shape& shape, bool pixels) {
  if (!pixels && shape[0] == 1 && shape[1] == 1)
    return grouped(shape[2]) + (shape[2] == 1 ? " number" : " numbers");
  const std::string size = message(shape[1], " x ", shape[2]);
  if (shape[0] == 1) return (pixels ? "grey pictures of " : "numbers, ") + size;
  if (shape[0] == 3) return (pixels ? "colour pictures of " : "numbers, 3 x ") + size;
  return message(pixels ? "pictures of " : "numbers, ", shape[0], " x ", size);
}

Shape shape_of(const Samples& samples) {
  Shape shape = samples.inputs.shape();
  shape.erase(0);
  return shape;
}

// What a sample is made of, where some of its inputs are words.
std::string inputs_text(
    const Samples& samples, const std::vector<std::string>& names, bool pixels) {
  Shape shape = shape_of(samples);
  if (samples.words.empty()) return sample_text(shape, pixels);
  const std::string words = words_text({names, samples.words});
  shape[2] -= word_inputs(samples.words);
  return shape[2] > 0 ? sample_text(shape, pixels) + " and " + words : words;
}

void check_fits(const Sets& sets, const DataSource& source, const DataOptions& options) {
  const Shape shape = shape_of(sets.train);
  if (sets.test && shape_of(*sets.test) != shape)
    fail<DataError>(sets.test->from, ": samples are ",
        sample_text(shape_of(*sets.test), sets.pixels), "; those of ", sets.train.from, " are ",
        sample_text(shape, sets.pixels));
  if (!options.form) return;
  if (options.form->pixels != sets.pixels)
    fail<DataError>(source.folder, ": samples are ", sample_text(shape, sets.pixels),
        options.form->pixels ? "; the model takes pictures" : "; the model takes numbers");
  if (options.sample.rank() == 3 && options.sample != shape)
    fail<DataError>(source.folder, ": samples are ", sample_text(shape, sets.pixels),
        "; the model takes ", sample_text(options.sample, options.form->pixels));
}

ImageDataset dataset_of(const Samples& samples, const Scaling& scaling, int64_t classes) {
  const bool bytes = samples.inputs.dtype() == Dtype::uint8;
  Tensor labels = samples.labels;
  if (!labels.defined()) labels = Tensor::full({samples.size()}, 0, Dtype::int64);
  return {
      bytes ? samples.inputs : standardised(samples.inputs, scaling), std::move(labels), classes};
}

// The class of all samples, where they are of one.
std::optional<std::size_t> only_class(const Tensor& labels) {
  if (!labels.defined() || labels.numel() == 0) return {};
  const auto all = labels.values<int64_t>();
  for (const int64_t label : all)
    if (label != all.front()) return {};
  return static_cast<std::size_t>(all.front());
}

std::string name_of(const DataSource& source) {
  fs::path path(source.format == DataFormat::pictures ? source.folder : source.train[0]);
  if (!path.has_filename()) path = path.parent_path();
  return printable(path.filename().string());
}

}  // namespace

bool find_own_data(std::string_view by, const std::string& place, DataSource& source) {
  source.folder = place;
  source.train.clear(), source.test.clear();
  if (is_folder(place)) return find_pictures(place, source);
  const std::vector<std::string> parts = parts_of(place);
  const auto all = [&](auto is) { return std::ranges::all_of(parts, is); };
  const auto npy = [](const std::string& s) { return s.ends_with(".npy"); };
  const std::size_t n = parts.size();
  if (all(is_table) && n <= 2) {
    source.format = DataFormat::table;
    source.train = {parts[0]};
    source.test.assign(parts.begin() + 1, parts.end());
  } else if ((n == 1 && place.ends_with(".npz")) || (all(npy) && (n == 1 || n == 2 || n == 4))) {
    source.format = DataFormat::arrays;
    const auto middle = parts.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(n, 2));
    source.train.assign(parts.begin(), middle);
    source.test.assign(middle, parts.end());
  } else {
    return false;
  }
  for (const std::string& part : parts)
    if (!is_file(part)) fail<DataError>(by, " ", place, n > 1 ? ": " + part : "", ": no such file");
  return true;
}

DataSplits load_own_data(const DataSource& source, const DataOptions& options) {
  Sets sets = source.format == DataFormat::pictures ? read_pictures(source, options)
              : source.format == DataFormat::table  ? read_tables(source, options)
                                                    : read_numpy(source, options);
  check_fits(sets, source, options);
  const bool own = !options.form;
  const NamedColumns read{sets.train.columns, sets.train.words};
  DataForm form =
      own ? DataForm{sets.pixels, sets.train.classes, input_names(read), {}} : *options.form;
  if (own && !options.whole)
    if (const auto only = only_class(sets.train.labels))
      fail<DataError>(sets.train.from, ": all ", grouped(sets.train.size()),
          " samples are of class ", form.classes.at(*only), "; needs two classes");
  const std::string whose = own ? "those to train on" : "the model's classes";
  relabel(sets.train, form.classes, whose);
  if (sets.test) relabel(*sets.test, form.classes, whose);

  const bool by_order = !form.columns.empty() &&
                        (sets.train.columns.empty() || (sets.test && sets.test->columns.empty()));
  std::string found;
  if (!sets.test && !options.whole)
    found = message(number(std::round(1e6 * options.test_share) / 1e4),
        " % held out to test (seed ", static_cast<uint64_t>(options.split_seed), "), ");
  if (options.whole) {
    if (sets.test) sets.train = *sets.test;
    sets.test = sets.train;
  } else {
    split_sets(sets, options);
  }
  if (own && !sets.pixels) {
    form.scaling = standard_scaling(sets.train.inputs);
    leave_words(form.scaling, sets.train.words);
  }
  found += inputs_text(sets.train, columns_of(form.columns).names, sets.pixels);
  if (sets.train.left_out > 0) found += ", a column without a name left out";
  if (by_order)
    found += names_text(", no header: columns taken in order as ", columns_of(form.columns).names);
  const bool numbers = sets.train.words.empty() || !std::ranges::all_of(sets.train.words,
                                                       [](const auto& w) { return !w.empty(); });
  if (!sets.pixels && !form.scaling.empty() && numbers) {
    const int64_t constant = own ? constant_features(sets.train.inputs) : 0;
    found += own ? ", standardised" : ", standardised as for the model";
    if (constant > 0) found += message(" (", grouped(constant), " the same everywhere)");
  } else if (sets.pixels) {
    found += sets.train.inputs.dtype() == Dtype::uint8 ? ", pixels / 255" : ", pixels from 0 to 1";
  }
  if (!form.classes.empty())
    found += names_text(message(", ", form.classes.size(),
                            sets.train.one_hot ? " classes by their one-hot rows: " : " classes: "),
        form.classes);

  const auto classes = std::max<int64_t>(1, static_cast<int64_t>(form.classes.size()));
  DataSplits out{name_of(source), dataset_of(sets.train, form.scaling, classes),
      dataset_of(*sets.test, form.scaling, classes)};
  out.form = std::move(form);
  out.found = std::move(found);
  out.labelled = sets.test->labels.defined();
  out.samples = std::move(sets.test->names);
  return out;
}

}  // namespace lively::detail
