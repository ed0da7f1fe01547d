#include "lively/data/image_folder.h"

#include <algorithm>
#include <filesystem>
#include <new>
#include <utility>

#include "lively/data/file.h"
#include "lively/data/picture.h"

namespace lively {
namespace {

namespace fs = std::filesystem;

using detail::Picture;

void check_channels(const char* op, int channels) {
  if (channels != 1 && channels != 3)
    fail<ValueError>(op, ": ", channels, " channels: needs 1 or 3");
}

bool is_picture(const fs::directory_entry& entry) {
  std::error_code ignored;
  if (!entry.is_regular_file(ignored)) return false;
  std::string ending = entry.path().extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".bmp";
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}

// The names in a folder that `wanted` takes, in order.
std::vector<std::string> names_in(
    const std::string& folder, bool (*wanted)(const fs::directory_entry&)) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (!name.starts_with('.') && wanted(*at)) names.push_back(std::move(name));
  }
  if (error) fail<DataError>(folder, ": ", error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Tensor read_picture(const std::string& path, int channels) {
  check_channels("read_picture", channels);
  const Picture picture(path);
  Tensor pixels = Tensor::empty({channels, picture.height(), picture.width()}, Dtype::uint8);
  picture.decode(channels, pixels.mutable_data<uint8_t>());
  return pixels;
}

ImageFolder read_image_folder(const std::string& path, int channels) {
  check_channels("read_image_folder", channels);
  std::vector<std::string> classes = names_in(path, is_folder), files;
  if (classes.empty()) fail<DataError>(path, ": has no folders; needs one for each class");
  std::vector<int64_t> labels;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const std::string folder = message(path, "/", classes[label]);
    for (const std::string& name : names_in(folder, is_picture)) {
      files.push_back(message(folder, "/", name));
      labels.push_back(static_cast<int64_t>(label));
    }
    if (labels.empty() || labels.back() != static_cast<int64_t>(label))
      fail<DataError>(folder, ": has no pictures; .png, .jpg, .jpeg and .bmp are read");
  }

  // All sizes first, so that memory is taken for pictures that are there.
  const Picture first(files.front());
  const int64_t height = first.height(), width = first.width();
  const auto check_size = [&](const std::string& file, const Picture& picture) {
    if (picture.height() != height || picture.width() != width)
      fail<DataError>(file, ": is ", picture.height(), " x ", picture.width(), "; ", files.front(),
          " is ", height, " x ", width);
  };
  for (const std::string& file : files) check_size(file, Picture(file));
  const auto count = static_cast<int64_t>(files.size());
  Tensor pixels;
  try {
    pixels = Tensor::empty({count, channels, height, width}, Dtype::uint8);
  } catch (const std::bad_alloc&) {
    fail<DataError>(
        path, ": no memory for ", detail::grouped(count), " pictures of ", height, " x ", width);
  }
  uint8_t* to = pixels.mutable_data<uint8_t>();
  for (const std::string& file : files) {
    const Picture picture(file);
    check_size(file, picture);  // it may have changed
    picture.decode(channels, to);
    to += channels * height * width;
  }
  const auto named = static_cast<int64_t>(classes.size());
  return {ImageDataset(std::move(pixels), Tensor::of(labels, {count}), named), std::move(classes)};
}

}  // namespace lively
