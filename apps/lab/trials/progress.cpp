#include "apps/lab/trials/progress.h"

#include <chrono>
#include <cstdio>
#include <string>

#include "apps/lab/words/text.h"

namespace lively::lab {

std::function<void(const char*, int64_t, int64_t)> progress_line() {
  using Clock = std::chrono::steady_clock;
  return [what = std::string(), began = Clock::now(), first = int64_t{0}](
             const char* now, int64_t made, int64_t of) mutable {
    if (!wants_colour(2)) return;
    if (what != now) what = now, began = Clock::now(), first = made;
    std::string rest;
    if (made > first) {
      const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
      const double left =
          seconds * static_cast<double>(of - made) / static_cast<double>(made - first);
      rest = ", about " + thousands(static_cast<int64_t>(left / 60) + 1) + " min to go";
    }
    std::fprintf(stderr, "\r%s of %s %s%s\033[K%s", thousands(made).c_str(), thousands(of).c_str(),
        now, rest.c_str(), made >= of ? "\r\033[K" : "");
  };
}

}  // namespace lively::lab
