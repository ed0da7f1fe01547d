#include "apps/lab/page/page.h"

#include "apps/lab/page/report.h"
#include "apps/lab/page/run_log.h"
#include "lively/data/atomic_file.h"
#include "lively/tensor/error.h"

namespace lively {
namespace {

void write_whole(const std::string& path, const std::string& html) {
  detail::AtomicFile file(path);
  file.write(html.data(), html.size());
  file.commit();
}

}  // namespace

void write_page(const std::string& path, const std::vector<std::string>& log) {
  write_whole(path, lab::html_report({lab::run_log_of(log)}));
}

void write_page_of_files(const std::string& path, const std::vector<std::string>& logs) {
  if (logs.empty()) fail<ValueError>("write_page_of_files: no log: needs at least one");
  std::vector<lab::RunLog> runs;
  for (const std::string& log : logs) runs.push_back(lab::read_run_log(log));
  write_whole(path, lab::html_report(runs));
}

}  // namespace lively
