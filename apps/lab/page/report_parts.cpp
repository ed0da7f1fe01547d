#include "apps/lab/page/report_parts.h"

#include <algorithm>

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

namespace {

const char* style() {
  return R"(
:root{color-scheme:light dark;--ink:#1c2128;--paper:#fff;--muted:#57606a;--line:#d0d7de;--cell:#eef1f4;--heat:#0b3d91;--r0:#0969da;--r1:#bc4c00;--r2:#1a7f37;--r3:#8250df;--r4:#bf3989;--r5:#1b7c83;--r6:#7d6600;--r7:#57606a;--gone:#8c959f}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--muted:#9198a1;--line:#30363d;--cell:#1b2128;--heat:#79c0ff;--r0:#58a6ff;--r1:#ffa657;--r2:#56d364;--r3:#d2a8ff;--r4:#ff80c0;--r5:#56d4dd;--r6:#e3c94b;--r7:#b1bac4;--gone:#6e7681}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .5rem;border-top:1px solid var(--line);padding-top:.8rem}h3{font-size:1rem;margin:0 0 .3rem}p{margin:.4rem 0}
.verdict{border-left:.35rem solid var(--r0);padding:.2rem 1rem;margin:1rem 0}.verdict b{font-size:1.25rem}.verdict b::first-letter{text-transform:uppercase}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.6rem;margin:.8rem 0}dl div{background:var(--cell);border-radius:.3rem;padding:.5rem .7rem}dt{color:var(--muted);font-size:.85rem}dd{margin:0;font-size:1.2rem}dd small{display:block;color:var(--muted);font-size:.8rem}
.muted,.legend,figcaption{color:var(--muted);font-size:.9rem}pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
pre{background:var(--cell);padding:.6rem;border-radius:.3rem;margin:.4rem 0}figure{margin:1rem 0}svg{width:100%;height:auto;display:block}
svg text{fill:var(--muted);font:12px system-ui,sans-serif}svg .tip{opacity:0;fill:var(--ink);font-weight:600;pointer-events:none;paint-order:stroke;stroke:var(--paper);stroke-width:4px}
g:hover>.tip,g:focus>.tip{opacity:1}svg:has(g:hover) g:focus:not(:hover)>.tip{opacity:0}g:focus{outline:none}g:focus>:not(.tip){stroke:var(--ink)}
.grid{stroke:var(--line)}.tick{stroke:var(--ink);stroke-width:2}polyline{fill:none;stroke-width:2}polyline.dashed{stroke-dasharray:6 4}
.run0{stroke:var(--r0)}.run1{stroke:var(--r1)}.run2{stroke:var(--r2)}.run3{stroke:var(--r3)}.run4{stroke:var(--r4)}.run5{stroke:var(--r5)}.run6{stroke:var(--r6)}.run7{stroke:var(--r7)}
circle.dot{fill:var(--paper);stroke-width:1.5;stroke-dasharray:none}
.entry{display:inline-block;margin-right:1.2rem}.key{display:inline-block;width:1.8rem;border-top:3px solid;margin-right:.4rem;vertical-align:middle}
.key.run0,.key.fires{border-color:var(--r0)}.key.run1{border-color:var(--r1)}.key.run2{border-color:var(--r2)}.key.run3{border-color:var(--r3)}.key.dashed{border-top-style:dashed}.key.gone{border-color:var(--gone);border-top-style:dotted}.key.ink{border-color:var(--ink);border-top-width:2px}.key.thin{border-color:var(--gone);border-top-width:1px}
.cell{fill:var(--cell)}.heat rect,rect.heat{fill:var(--heat)}.swatch{display:inline-block;width:1.2rem;vertical-align:middle;margin:0 .1rem}
line.fires{stroke:var(--r0);stroke-width:3}line.gone{stroke:var(--gone);stroke-width:3;stroke-dasharray:1.5 2.5}.lives .fires{stroke-width:calc(.75*var(--row))}.lives .gone{stroke-width:calc(.3*var(--row));stroke-dasharray:none}
.part0{fill:var(--r0);background:var(--r0)}.part1{fill:var(--r1);background:var(--r1)}.part2{fill:var(--r2);background:var(--r2)}.part3{fill:var(--r3);background:var(--r3)}
.chip{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem;vertical-align:-.05rem;print-color-adjust:exact}.bar{max-width:30rem}.bar svg{height:1rem}.bar .legend{margin:.1rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}th{font-weight:600;color:var(--muted)}th:first-child{text-align:left}
tbody th{color:var(--ink);font-weight:400;white-space:nowrap}.words td{text-align:left;overflow-wrap:anywhere;min-width:6rem}.words tbody th{white-space:normal;overflow-wrap:anywhere;min-width:7rem}.words .differs{font-weight:700}
.card{border:1px solid var(--line);border-radius:.4rem;padding:.7rem;margin:.7rem 0;break-inside:avoid}.card .row{display:flex;flex-wrap:wrap;gap:.9rem;align-items:flex-start}.card .spark{width:10rem}
.shot{display:inline-block;text-align:center;font-size:.75rem;color:var(--muted);max-width:6rem;line-height:1.25}.shot img{display:block;margin:0 auto .2rem}img{image-rendering:pixelated;border:1px solid var(--line);width:72px;height:auto;print-color-adjust:exact}.shot.big{max-width:9rem}.shot.big img{width:112px}
.film{border:0;margin:0 auto;padding:0;display:grid;max-width:36rem}.film legend{color:var(--muted);font-size:.9rem;padding:0}
.film input{grid-row:1;appearance:none;margin:0 1px;height:1.8rem;background:var(--line);border-radius:2px;cursor:pointer}.film input:checked{background:var(--r0)}.film input:focus-visible{outline:3px solid var(--ink)}
.frame{grid-row:2;grid-column:1/-1;display:none}input:checked+.frame{display:block}.frame svg{border:1px solid var(--line);margin-top:.4rem}.frame line.fires{stroke:var(--ink);stroke-width:1.1}.frame line.gone{stroke-width:2}.land{opacity:.16}.point{stroke:var(--paper);stroke-width:.7}
svg .axis{fill:var(--ink)}.zero{stroke:var(--muted)}polyline.dotted{stroke-dasharray:2 3}path.mark{fill:var(--paper);stroke-width:1.8}.whisker{stroke-width:1.3}.sample{display:inline-block;width:2.3rem;vertical-align:middle;margin-right:.3rem}
.band{fill-opacity:.2}.band0,.region0{fill:var(--r0)}.band1,.region1{fill:var(--r1)}.band2,.region2{fill:var(--r2)}.band3,.region3{fill:var(--r3)}.band4,.region4{fill:var(--r4)}.band5,.region5{fill:var(--r5)}.band6,.region6{fill:var(--r6)}.band7,.region7{fill:var(--r7)}
.region{fill-opacity:.35}svg .letter,svg .name{fill:var(--ink)}svg .name{paint-order:stroke;stroke:var(--paper);stroke-width:3px}.leader{stroke:var(--gone)}.dense text{font-size:13px}.ring{fill:none;stroke:var(--ink);stroke-width:3}.arrow{stroke:var(--ink);stroke-width:2.5}.arrow.under{stroke:var(--paper);stroke-width:6}.head{fill:var(--ink)}
@media (max-width:600px){body{padding:.6rem}svg text{font-size:19px}.dense svg{min-width:600px}.dense text{font-size:13px}.swatch text{font-size:12px}.spark{width:8rem}dl{grid-template-columns:1fr}}
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--muted:#444;--line:#bbb;--cell:#eee;--heat:#000;--r0:#0550ae;--r1:#953800;--r2:#116329;--r3:#6639ba;--r4:#99286e;--r5:#136061;--r6:#5e4c00;--r7:#444;--gone:#777}
body{max-width:none;padding:0;font-size:11pt}figure,tr,.verdict,dl{break-inside:avoid}h2,h3{break-after:avoid}.film{display:block;max-width:none}.film input,.film legend{display:none}.film .frame,.film input:checked+.frame{display:none}.film input+.frame.printed{display:inline-block;width:32%;font-size:.75rem;vertical-align:top}.wide{overflow:visible}}
)";
}

}  // namespace

std::string open_page(const std::string& title) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
         "name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; img-src data:\"><title>" +
         escaped(title) + "</title><style>" + style() + "</style></head><body><h1>" +
         escaped(title) + "</h1>";
}

std::string close_page() { return "</body></html>\n"; }

}  // namespace lively::lab
