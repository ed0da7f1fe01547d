#pragma once

#include <string>

namespace lively::lab {

// A line of a log as it may be shown to who is to find the fault: sizes and shapes of data and
// network, and what was measured of the course, units and rectifiers. Left out are the command and
// what else was typed (but the learning rate of each step, the batch size and the number of
// epochs), plants, titles, evidence, verdict, treatment, causes of death, prophecies, portraits,
// whatever a probe was begun for, and clocks, so that the same run gives the same bytes. Empty:
// nothing of the line is shown. Throws DataError for what is no event.
std::string blind(const std::string& line);

}  // namespace lively::lab
