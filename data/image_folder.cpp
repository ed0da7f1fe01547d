#include "lively/data/image_folder.h"

#include <algorithm>
#include <filesystem>
#include <new>
#include <utility>

#include "lively/data/file.h"
#include "lively/data/picture.h"
#include "lively/data/resized.h"

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

// Bytes in three planes of which each is the first.
bool is_grey(const uint8_t* planes, int64_t area) {
  return std::equal(planes, planes + area, planes + area) &&
         std::equal(planes, planes + area, planes + 2 * area);
}

// A picture, uint8 [channels, H, W], at the size that was asked for.
Tensor decoded(const Picture& picture, int channels, const ImageForm& form) {
  Tensor planes = Tensor::empty({channels, picture.height(), picture.width()}, Dtype::uint8);
  picture.decode(channels, planes.mutable_data<uint8_t>());
  const bool as_it_is =
      form.height == 0 || (form.height == picture.height() && form.width == picture.width());
  return as_it_is ? planes : resized(planes, form.height, form.width);
}

// All pictures, uint8 [N, C, H, W].
Tensor pictures_of(
    const std::string& path, const std::vector<std::string>& files, const ImageForm& form) {
  const Picture first(files.front());
  const bool as_they_are = form.height == 0;
  const int64_t height = as_they_are ? first.height() : form.height,
                width = as_they_are ? first.width() : form.width, area = height * width;
  const auto check_size = [&](const std::string& file, const Picture& picture) {
    if (as_they_are && (picture.height() != height || picture.width() != width))
      fail<DataError>(file, ": is ", picture.height(), " x ", picture.width(), "; ", files.front(),
          " is ", height, " x ", width, " (--resize makes them alike)");
  };
  // All sizes first, so that memory is taken for pictures that are there.
  for (const std::string& file : files)
    if (as_they_are) check_size(file, Picture(file));
  const auto count = static_cast<int64_t>(files.size());
  int64_t channels = form.channels == 0 ? 1 : form.channels;
  try {
    Tensor pixels = Tensor::empty({count, channels, height, width}, Dtype::uint8);
    for (int64_t i = 0; i < count; ++i) {
      const std::string& file = files[static_cast<std::size_t>(i)];
      const Picture picture(file);
      check_size(file, picture);  // it may have changed
      const Tensor planes = decoded(picture, form.channels == 0 ? 3 : form.channels, form);
      const uint8_t* from = planes.data<uint8_t>();
      if (form.channels == 0 && channels == 1 && !is_grey(from, area)) {
        Tensor coloured = Tensor::empty({count, 3, height, width}, Dtype::uint8);
        coloured.slice(0, 0, i).copy_from(pixels.slice(0, 0, i));
        pixels = std::move(coloured);
        channels = 3;
      }
      std::copy_n(from, channels * area, pixels.mutable_data<uint8_t>() + i * channels * area);
    }
    return pixels;
  } catch (const std::bad_alloc&) {
    fail<DataError>(
        path, ": no memory for ", detail::grouped(count), " pictures of ", height, " x ", width);
  }
}

}  // namespace

Tensor read_picture(const std::string& path, int channels) {
  check_channels("read_picture", channels);
  const Picture picture(path);
  Tensor pixels = Tensor::empty({channels, picture.height(), picture.width()}, Dtype::uint8);
  picture.decode(channels, pixels.mutable_data<uint8_t>());
  return pixels;
}

ImageFolder read_image_folder(const std::string& path, const ImageForm& form) {
  if (form.channels != 0) check_channels("read_image_folder", form.channels);
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
  Tensor pixels = pictures_of(path, files, form);
  const auto count = static_cast<int64_t>(files.size()),
             named = static_cast<int64_t>(classes.size());
  return {ImageDataset(std::move(pixels), Tensor::of(labels, {count}), named), std::move(classes),
      std::move(files)};
}

}  // namespace lively
