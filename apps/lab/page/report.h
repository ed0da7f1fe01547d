#pragma once

#include <string>
#include <vector>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// One page that says what befell a run, or what differs between several: verdict first, then
// curves, dead units by layer and time, life lines, a table of layers, what was not found, and how
// to reproduce it. Self-contained: no network, no script; light and dark, and printable.
std::string html_report(const std::vector<RunLog>& runs);

// Writes it, whole or not at all. Throws Error.
void write_report(const std::string& path, const std::vector<RunLog>& runs);

}  // namespace lively::lab
