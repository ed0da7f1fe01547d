#pragma once

#include <functional>
#include <string>

namespace lively::lab {

// What programs exit with.
enum ExitCode : int {
  kGood = 0,
  kUnexpected = 1,
  kUsage = 2,
  kData = 3,      // missing or corrupt
  kDiverged = 4,  // the verdict is printed all the same
  kFound = 5,     // a verdict that --fail-on names
  kInterrupted = 130,
};

// "program: text" on stderr: one line as a rule, broken between words where that is a terminal.
void print_error(const std::string& program, const std::string& text);

// Runs `body`, which gives an exit code; errors become one line on stderr and their code.
int errors_in_a_line(const std::string& program, const std::function<int()>& body);

// The same for the whole of a program, which holds the descriptors 0 to 2 open while it runs, and
// for which it is an error, too, if what it printed did not arrive (`> /dev/full`).
int report_errors(const std::string& program, const std::function<int()>& body);

}  // namespace lively::lab
