#pragma once

#include <string>
#include <vector>

#include "lively/data/dataset.h"

namespace lively {

// A picture of a PNG, JPEG or BMP file, uint8 [channels, H, W]: 3 channels are red, green and blue,
// 1 is grey, and pictures of the other kind are turned into it. Transparency is left out, 16 bits
// become 8. Throws DataError, with the file, for one that is damaged, cut short or out of all
// proportion, and ValueError for another number of channels.
[[nodiscard]] Tensor read_picture(const std::string& path, int channels = 3);

struct ImageFolder {
  ImageDataset images;                   // in order of their classes, then of their names
  std::vector<std::string> class_names;  // by label
};

// A folder of folders, one for each class, named after it: the classes are numbered in the order of
// their names, byte by byte. In them .png, .jpg, .jpeg and .bmp are read, in small letters or
// capitals, and all else is passed over, as are names that begin with a dot. Throws DataError
// if a class has no picture or two pictures differ in size, which is said with both names.
[[nodiscard]] ImageFolder read_image_folder(const std::string& path, int channels = 3);

}  // namespace lively
