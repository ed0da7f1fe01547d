#include "apps/lab/trials/progress.h"

#include <chrono>
#include <string>

#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"

namespace lively::lab {

std::function<void(const char*, int64_t, int64_t)> progress_line() {
  using Clock = std::chrono::steady_clock;
  return [what = std::string(), began = Clock::now(), first = int64_t{0}](
             const char* now, int64_t made, int64_t of) mutable {
    if (!shows_status()) return;
    if (what != now) what = now, began = Clock::now(), first = made;
    std::string rest;
    if (made > first) {
      const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
      const double left =
          seconds * static_cast<double>(of - made) / static_cast<double>(made - first);
      rest = ", about " + thousands(static_cast<int64_t>(left / 60) + 1) + " min to go";
    }
    show_status(thousands(made) + " of " + thousands(of) + " " + now + rest);
    if (made >= of) clear_status();
  };
}

}  // namespace lively::lab
