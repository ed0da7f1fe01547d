#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace house {

struct Source {
  std::string path, text;
};

std::string read(const std::filesystem::path& file);

// Every .h and .cpp of the given folders, with paths relative to the source folder.
std::vector<Source> sources(std::initializer_list<const char*> folders);

}  // namespace house
