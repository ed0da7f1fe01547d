#include "apps/lab/study/sheet.h"

#include <ctime>
#include <fstream>
#include <thread>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/data/atomic_file.h"
#include "lively/tensor/gemm.h"
#include "lively/version.h"

namespace lively::lab {
namespace {

void write_whole(const std::string& path, const std::string& text) {
  detail::AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

}  // namespace

void write_csv(const std::string& path, const Grid& grid) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i ? "," : "") + field(row[i]);
    text += "\r\n";
  };
  add(grid.head);
  for (const auto& row : grid.rows) add(row);
  write_whole(path, text);
}

void write_sheet(const std::string& path, const Sheet& sheet) {
  std::string html = open_page(sheet.title);
  html += "<div class=\"verdict\">";
  for (const std::string& answer : sheet.answers) html += paragraph(answer);
  html += "</div>" + sheet.body + heading("How to reproduce") + "<pre>" + escaped(sheet.command) +
          "</pre>" + paragraph(sheet.made + ".", "muted") + close_page();
  write_whole(path, html);
}

std::string made_here() {
  const std::time_t now = std::time(nullptr);
  std::tm day{};
  gmtime_r(&now, &day);
  char date[11];
  std::strftime(date, sizeof date, "%Y-%m-%d", &day);
  const unsigned cores = std::thread::hardware_concurrency();
  return std::string("Lively ") + LIVELY_VERSION + ", " + short_blas(blas_name()) + ", " +
         processor() + ", " + std::to_string(cores) + (cores == 1 ? " core, " : " cores, ") + date;
}

}  // namespace lively::lab
