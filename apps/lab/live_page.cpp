#include "apps/lab/live_page.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/lab/page/report.h"
#include "apps/lab/words/errors.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr int kRefresh = 5;    // seconds
constexpr double kShare = 20;  // a page takes at most one part in so many of the time

// An epoch's end is told by its test and then, where there is one, by its census.
bool is_due(const Event& event) {
  if (const auto* census = std::get_if<Counted>(&event))
    return census->series == Counted::Series::epochs;
  return std::holds_alternative<EpochEnded>(event);
}

bool cannot_wait(const Event& event) {
  return std::holds_alternative<RunConfig>(event) || std::holds_alternative<Ended>(event);
}

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void LivePage::on(const Event& event) {
  if (!cannot_wait(event) && (!is_due(event) || seconds_() < next_)) return;
  const double began = seconds_();
  write();
  const double ended = seconds_();
  next_ = ended + std::max<double>(kRefresh, kShare * (ended - began));
}

void LivePage::write() {
  try {
    write_report(page_, {read_run_log(log_)}, kRefresh);
  } catch (const Error& e) {
    if (!std::exchange(warned_, true))
      print_error(program_, message("--live: ", e.what(), "; the run goes on"));
  }
}

}  // namespace lively::lab
