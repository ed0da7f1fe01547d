#pragma once

#include <string>
#include <vector>

#include "apps/lab/study/sheet.h"

namespace lively::lab {

// One part of a study, told: on screen, in the CSV and on the page.
struct Section {
  Grid screen;
  std::string legend;  // what its columns say
  std::vector<std::string> sentences;
  Grid csv;
  std::string charts;  // markup
};

}  // namespace lively::lab
