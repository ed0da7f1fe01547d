#include "apps/lab/recipe/data_of.h"

#include <charconv>

#include "apps/lab/recipe/saved_model.h"
#include "lively/nn/liveness/wording.h"

namespace lively::lab {
namespace {

constexpr int64_t kMostSide = 1024;

template <class T>
bool parse(std::string_view text, T& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

std::pair<double, Seed> read_test_share(const std::string& text) {
  const std::size_t comma = std::min(text.find(','), text.size());
  double share = 0;
  uint64_t seed = 1;
  const std::string_view all = text;
  if (!parse(all.substr(0, comma), share) || !(share > 0 && share < 1) ||
      (comma < text.size() && !parse(all.substr(comma + 1), seed)))
    fail<ValueError>(text, ": must be a number above 0 and below 1, and after a comma a seed");
  return {share, Seed{seed}};
}

std::pair<int64_t, int64_t> read_size(const std::string& text) {
  const std::size_t x = std::min(text.find('x'), text.size());
  int64_t height = 0, width = 0;
  const std::string_view all = text;
  const bool read = parse(all.substr(0, x), height) &&
                    (x == text.size() ? (width = height) > 0 : parse(all.substr(x + 1), width));
  if (!read || std::min(height, width) < 2 || std::max(height, width) > kMostSide)
    fail<ValueError>(text, ": must be height x width, 28x28, each from 2 to ", kMostSide);
  return {height, width};
}

DataOptions data_options(const Settings& s) {
  DataOptions options{.target = s.target};
  const auto [share, seed] = read_test_share(s.test_share);
  options.test_share = share;
  options.split_seed = seed;
  if (!s.resize.empty()) {
    const auto [height, width] = read_size(s.resize);
    options.height = height;
    options.width = width;
  }
  return options;
}

DataSplits data_of(const Settings& s) {
  DataOptions options = data_options(s);
  const DataSource source = find_data(s.data);
  if (s.resume.empty()) return load_data(source, options);
  const Task before = task_of_checkpoint(s.resume);
  options.form = &before.form;
  options.sample = before.sample;
  return load_data(source, options);
}

DataSplits data_for(const std::string& model, const Task& task, const Settings& s, bool whole) {
  DataOptions options = data_options(s);
  const DataSource source = find_data(s.data);
  if (source.format != DataFormat::table) options.target.clear();
  options.form = &task.form;
  options.sample = task.sample;
  options.whole = whole;
  const char* hint = s.data.empty() ? " (--data names another set)" : "";
  using enum DataFormat;
  const bool own = source.format == table || source.format == arrays || source.format == pictures;
  if (!own && !task.form.scaling.empty())
    fail<DataError>(model, ": a model for numbers, standardised by its training set; ",
        source.folder.empty() ? "generated data are none" : source.folder + " has none", hint);
  DataSplits data = load_data(source, options);
  if (data.train.sample_shape() != task.sample)
    fail<DataError>(model, ": a model for pictures of ", task.sample, "; those of ", data.name,
        " have ", data.train.sample_shape(), hint);
  if (data.train.classes() != task.classes)
    fail<DataError>(model, ": a model for ", task.classes, " classes; ", data.name, " has ",
        data.train.classes(), hint);
  if (s.data.empty() && task_of(data).names != task.names)
    fail<DataError>(model, ": a model for other classes than those of ", data.name, hint);
  return data;
}

// FNV-1a.
std::string hash_of(const DataSplits& data) {
  uint32_t h = 2166136261u;
  for (const Tensor& t :
      {data.train.pixels(), data.train.labels(), data.test.pixels(), data.test.labels()}) {
    const Tensor rows = t.contiguous();
    const auto n = static_cast<std::size_t>(rows.numel()) * item_size(rows.dtype());
    for (std::size_t i = 0; i < n; ++i) h = (h ^ static_cast<uint8_t>(rows.bytes()[i])) * 16777619u;
  }
  return detail::print("%08x", h);
}

std::string data_text(const std::string& name, const std::string& counts, const std::string& found,
    const std::string& source) {
  return name + ", " + counts + (found.empty() ? "" : ", " + found) + ", from " + source;
}

}  // namespace lively::lab
