#include "apps/lab/page/page.h"

#include "apps/lab/page/report.h"
#include "apps/lab/page/run_log.h"
#include "lively/data/atomic_file.h"
#include "lively/tensor/error.h"

namespace lively {

void lab::write_report(const std::string& path, const std::vector<RunLog>& runs, int refresh) {
  const std::string html = html_report(runs, refresh);
  detail::AtomicFile file(path);
  file.write(html.data(), html.size());
  file.commit();
}

void write_page(const std::string& path, const std::vector<std::string>& log) {
  lab::write_report(path, {lab::run_log_of(log)});
}

void write_page_of_files(const std::string& path, const std::vector<std::string>& logs) {
  if (logs.empty()) fail<ValueError>("write_page_of_files: no log: needs at least one");
  std::vector<lab::RunLog> runs;
  for (const std::string& log : logs) runs.push_back(lab::read_run_log(log));
  lab::write_report(path, runs);
}

}  // namespace lively
