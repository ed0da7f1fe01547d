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
  std::vector<std::string> files{};      // of the pictures
};

// What read_image_folder makes of the pictures.
struct ImageForm {
  int channels = 3;               // 0: 1 if no picture of the folder has a colour, else 3
  int64_t height = 0, width = 0;  // see resized(); 0: they must have one size, and keep it
};

// A folder of folders, one for each class, named after it: the classes are numbered in the order of
// their names, byte by byte. In them .png, .jpg, .jpeg and .bmp are read, in small letters or
// capitals, and all else is passed over, as are names that begin with a dot. One picture at a time
// is held as its file has it. Throws DataError if a class has no picture or two pictures differ in
// size where that is to be kept, which is said with both names.
[[nodiscard]] ImageFolder read_image_folder(const std::string& path, const ImageForm& form = {});

}  // namespace lively
