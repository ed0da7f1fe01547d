#pragma once

#include <string>
#include <vector>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// The page of page.h: what befell a run, or what differs between several.
std::string html_report(const std::vector<RunLog>& runs);

}  // namespace lively::lab
