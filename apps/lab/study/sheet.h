#pragma once

#include <string>
#include <vector>

#include "apps/lab/words/grid.h"

namespace lively::lab {

// RFC 4180, the file whole or not at all. Throws Error if it cannot be written.
void write_csv(const std::string& path, const Grid& grid);

// What a study shows, as one page: self-contained, no network, light and dark.
struct Sheet {
  std::string title;
  std::vector<std::string> answers;  // sentences, first of all
  std::string body;                  // markup, of the page's parts (apps/lab/page)
  std::string command;               // reproduces it
  std::string made;                  // machine, date, version, what the intervals are
};
// The file is there whole or not at all. Throws Error if it cannot be written.
void write_sheet(const std::string& path, const Sheet& sheet);

// "Lively 0.1.0, OpenBLAS 0.3.21 (OpenMP), AMD EPYC 9B45, 2 cores, 2026-11-29".
std::string made_here();

}  // namespace lively::lab
