#include "apps/lab/cases/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "apps/lab/ranks/ranks.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"

namespace lively::lab {

double next_word(double said) { return said + std::clamp(said, 60.0, 480.0); }

std::string progress_text(
    const char* what, int64_t made, int64_t of, int64_t before, double seconds) {
  std::string text = thousands(made) + " of " + thousands(of) + " " + what;
  if (made <= before) return text;
  const double left = seconds * static_cast<double>(of - made) / static_cast<double>(made - before);
  return text + ", about " + thousands(static_cast<int64_t>(left / 60) + 1) + " min to go";
}

std::function<void(const char*, int64_t, int64_t)> progress_line() {
  using Clock = std::chrono::steady_clock;
  return [what = std::string(), began = Clock::now(), before = int64_t{0}, said = 0.0](
             const char* now, int64_t made, int64_t of) mutable {
    const bool over = shows_status();
    if (!over && ranks() == 1) return;
    if (what != now) what = now, began = Clock::now(), before = made, said = 0;
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const std::string text = progress_text(now, made, of, before, seconds);
    if (over) {
      show_status(text);
      if (made >= of) clear_status();
    } else if (made < of && seconds >= next_word(said)) {
      std::fprintf(stderr, "%s\n", text.c_str());
      said = seconds;
    }
  };
}

}  // namespace lively::lab
