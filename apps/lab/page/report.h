#pragma once

#include <string>
#include <vector>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// The page of page.h: what befell a run, or what differs between several.
std::string html_report(const std::vector<RunLog>& runs);

// Makes a file of it, which is there whole or not at all. Throws Error if it cannot be written.
void write_report(const std::string& path, const std::vector<RunLog>& runs);

}  // namespace lively::lab
