#pragma once

#include "apps/lab/study/claims/decide.h"
#include "apps/lab/study/sheet.h"

namespace lively::lab {

struct Ruled {
  Claim claim;
  Ruling ruling;
};
// `quick`: the coarse form, of which every verdict says so.
std::string screen_of(const std::vector<Ruled>& ruled, bool quick);
Grid csv_of(const std::vector<Ruled>& ruled, bool quick);              // a row for each part
std::string markdown_of(const std::vector<Ruled>& ruled, bool quick);  // a row for each claim
std::string body_of(const std::vector<Ruled>& ruled, bool quick);      // for the page
std::string tally_of(const std::vector<Ruled>& ruled, bool quick);     // one sentence

}  // namespace lively::lab
