#pragma once

#include <string>
#include <vector>

#include "apps/lab/study/row_result.h"

namespace lively::lab {

// The page of the study, but for its frame: what helps against how much had to be changed, what
// helps where, dose and response, dead share over time, all tables.
std::string dying_page(const std::vector<RowResult>& rows);

// How much a remedy gains, the mean over the rows that fail and on which it was tried; its interval
// is over seeds, so that it holds for these rows.
struct MeanGain {
  const Remedy* remedy = nullptr;
  Estimate gain{};
  int rows = 0;
};
// In one sentence, which remedies restore the most of the networks that fail; empty: none restores
// any.
std::string ranking(const std::vector<RowResult>& rows);
std::vector<MeanGain> mean_gains(const std::vector<RowResult>& rows);

}  // namespace lively::lab
