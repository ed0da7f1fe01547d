#include "apps/lab/live_page.h"

#include "apps/lab/page/report.h"

namespace lively::lab {
namespace {

constexpr int kRefresh = 5;  // seconds

// An epoch's end is told by its test and then, where there is one, by its census.
bool is_due(const Event& event) {
  if (const auto* census = std::get_if<Counted>(&event))
    return census->series == Counted::Series::epochs;
  return std::holds_alternative<RunConfig>(event) || std::holds_alternative<EpochEnded>(event) ||
         std::holds_alternative<Ended>(event);
}

}  // namespace

void LivePage::on(const Event& event) {
  if (is_due(event)) write_report(page_, {read_run_log(log_)}, kRefresh);
}

}  // namespace lively::lab
