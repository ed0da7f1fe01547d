#pragma once

#include <string>
#include <vector>

#include "apps/lab/study/row_result.h"

namespace lively::lab {

// How often a layer is dead at the end whose layer below is not: what is asked is the share among
// the layers above one that lives. A network without such a layer (one wholly dead, or dead from
// its first layer on) says nothing of it, neither that it is so nor that it is not.
struct NextDead {
  int64_t k = 0, n = 0;  // dead, of the layers above one that lives; over all seeds
};
NextDead next_dead(const std::vector<TrialLine>& lines);

// A residual network beside the one that differs from it in its connections alone, and was given
// the same seeds.
struct Twins {
  const CellResult* plain = nullptr;
  const CellResult* residual = nullptr;
  NextDead of_plain{}, of_residual{};
  Estimate difference{};    // of the shares, residual - plain, over the seeds where both have one
  int64_t without_one = 0;  // seeds where one of the two has no layer above one that lives
};
// Of the rows where a layer died so in either.
std::vector<Twins> twins_of(const std::vector<RowResult>& rows);

// "narrow: above a layer that lives, 3 of 57 (5.3 %) of the layers are dead at the end (as it is),
// and ..."
std::string sentence(const Twins& twins);

}  // namespace lively::lab
