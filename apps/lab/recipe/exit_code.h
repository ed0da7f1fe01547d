#pragma once

namespace lively::lab {

// What programs exit with.
enum ExitCode : int {
  kGood = 0,
  kUnexpected = 1,
  kUsage = 2,
  kData = 3,      // missing or corrupt
  kDiverged = 4,  // the verdict is printed all the same
  kInterrupted = 130,
};

}  // namespace lively::lab
