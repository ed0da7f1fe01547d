#pragma once

#include <string>
#include <vector>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// The page of page.h: what befell a run, or what differs between several. A run under way has a
// page that browsers read anew every `refresh` seconds; 0: they do not.
std::string html_report(const std::vector<RunLog>& runs, int refresh = 0);

// Makes a file of it, which is there whole or not at all. Throws Error if it cannot be written.
void write_report(const std::string& path, const std::vector<RunLog>& runs, int refresh = 0);

}  // namespace lively::lab
