#include "apps/lab/page/report_parts.h"

#include <algorithm>
#include <map>

#include "apps/lab/page/style.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {

std::string heading(const std::string& text) { return "<h2>" + escaped(text) + "</h2>"; }

std::string paragraph(const std::string& text, const char* kind) {
  return std::string("<p") + (*kind ? std::string(" class=\"") + kind + "\"" : "") + ">" +
         escaped(text) + "</p>";
}

std::vector<std::size_t> spread(std::size_t all, std::size_t most) {
  const std::size_t count = std::min(all, most);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < count; ++i)
    places.push_back(count == 1 ? 0 : i * (all - 1) / (count - 1));
  return places;
}

std::string and_more(std::size_t all, const std::string& what) {
  return all <= kMostListed
             ? ""
             : paragraph("And " + thousands(static_cast<int64_t>(all - kMostListed)) + " more " +
                             what + ", in the log.",
                   "muted");
}

std::string spoken(std::string code) {
  std::ranges::replace(code, '_', ' ');
  return code;
}

std::string layer_title(const RunLog& run, const std::string& layer) {
  const auto found = run.titles.find(layer);
  return found == run.titles.end() ? layer : found->second;
}

std::string layer_words(const RunLog& run, const std::string& layer) {
  return run.titles.contains(layer) ? run.titles.at(layer) : "layer " + layer;
}

std::string origin_words(const RunLog& run, const RunLog::Cause& cause) {
  return spoken(cause.where) +
         (cause.upstream_layer.empty() ? "" : " (" + layer_words(run, cause.upstream_layer) + ")");
}

std::string folded(const std::string& summary, const std::string& html) {
  return "<details><summary>" + escaped(summary) + "</summary>" + html + "</details>";
}

std::string equal_lines(
    const std::vector<Said>& lines, const std::string& plural, const char* kind) {
  struct Group {
    std::string what;
    std::vector<std::string> who;
  };
  std::vector<Group> groups;
  std::map<std::string, std::size_t> known;  // where the group of a text is
  for (const Said& line : lines) {
    const auto [at, fresh] = known.emplace(line.what, groups.size());
    if (fresh) groups.push_back({line.what, {}});
    groups[at->second].who.push_back(line.who);
  }
  std::string html;
  for (const Group& g : listed(groups)) {
    if (g.who.size() == 1) {
      html += paragraph(g.who[0] + g.what, kind);
      continue;
    }
    std::string all;
    for (const std::string& one : listed(g.who)) all += (all.empty() ? "" : "; ") + one;
    html += folded(thousands(static_cast<int64_t>(g.who.size())) + " " + plural + g.what,
        paragraph(all, "muted") + and_more(g.who.size(), "of them"));
  }
  return html + and_more(groups.size(), plural);
}

std::string table(
    const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"wide\"><table><thead><tr>";
  for (const std::string& cell : head) html += "<th scope=\"col\">" + escaped(cell) + "</th>";
  html += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html +=
          (i == 0 ? "<th scope=\"row\">" : "<td>") + escaped(row[i]) + (i == 0 ? "</th>" : "</td>");
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string open_page(const std::string& title, int refresh) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
         "name=\"viewport\" content=\"width=device-width,initial-scale=1\">" +
         (refresh > 0 ? "<meta http-equiv=\"refresh\" content=\"" + std::to_string(refresh) + "\">"
                      : "") +
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; img-src data:; script-src '" +
         script_hash() + "'\"><title>" + escaped(title) + "</title><style>" + page_style() +
         "</style></head><body><h1>" + escaped(title) + "</h1>";
}

std::string close_page() {
  return std::string("<script>") + page_script() + "</script></body></html>\n";
}

}  // namespace lively::lab
