#include <algorithm>
#include <cmath>

#include "apps/lab/page/bitmap.h"
#include "apps/lab/page/chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::string shot(const std::string& picture, const std::string& under, const char* kind = "shot") {
  return std::string("<span class=\"") + kind + "\">" + picture + escaped(under) + "</span>";
}

std::string pictures_of(const RunLog::Unit& u, bool dead) {
  std::string html = "<div class=\"row\">";
  if (u.portrait) {
    const std::string range = message(compact(u.portrait_low), " to ", compact(u.portrait_high));
    html += shot(inline_picture(u.portrait->width, u.portrait->height, u.portrait->pixels,
                     Palette::diverging, "incoming weights, " + range),
        "incoming weights, blue below 0, orange above: " + range, "shot big");
  }
  for (const RunLog::Picture& p : u.pictures) {
    const std::string name = message(p.label.empty() ? "sample" : p.label,
        p.sample >= 0 ? message(", no. ", thousands(p.sample)) : "");
    // Without a step it is known from a census: the last in the order of its set, not in time.
    const std::string woke = p.chosen != "last_fired" ? ""
                             : p.step < 0 ? "fired it at the last census where one did: "
                                          : "last woke it, at step " + thousands(p.step) + ": ";
    html += shot(inline_picture(p.width, p.height, p.pixels, Palette::grey, name), woke + name);
  }
  html += "</div>";
  if (std::ranges::any_of(
          u.pictures, [](const RunLog::Picture& p) { return p.chosen != "last_fired"; }))
    html += paragraph(dead ? "The pictures come nearest to waking it at the end."
                           : "The pictures fire it most at the end.",
        "muted");
  return html;
}

std::string cause_of(const RunLog& run, const RunLog::Change& c) {
  const RunLog::Cause& k = *c.cause;
  std::string text =
      message("The fall of ", compact(k.fall), " that killed it came from ", origin_words(run, k),
          k.how_fast == "interval" ? ", at some step between the two censuses"
                                   : ", as a " + spoken(k.how_fast),
          k.what.empty() ? "" : ", by " + spoken(k.what));
  if (std::isfinite(k.z_before) && std::isfinite(k.z_after))
    text += message("; on sample ", thousands(k.sample), " z went from ", compact(k.z_before),
        " to ", compact(k.z_after));
  if (std::isfinite(k.lr)) text += message(", at learning rate ", compact(k.lr));
  text += k.approximate ? " (approximate)." : ".";
  const auto bar = [](const RunLog::Shares& shares, const std::string& title) {
    std::vector<Part> parts;
    for (const auto& [name, value] : shares) parts.push_back({spoken(name), value});
    return split_bar(title, parts);
  };
  std::string html = paragraph(text) + bar(k.shares, "What the fall is made of");
  if (const std::string own = bar(k.own, "What moved its own weights"); !own.empty())
    html += paragraph("Its own weights were moved by:", "muted") + own;
  return html;
}

// The unit's last words in the log.
template <class Event>
const Event* last_of(const std::vector<Event>& all, const RunLog::Unit& u) {
  const auto found = std::find_if(all.rbegin(), all.rend(),
      [&](const Event& e) { return e.layer == u.layer && e.unit == u.unit; });
  return found == all.rend() ? nullptr : &*found;
}

std::string card(const RunLog& run, const RunLog::Unit& u) {
  std::string name = message(layer_words(run, u.layer), ", unit ", u.unit);
  if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  std::string html = "<section class=\"card\"><h3>" + escaped(name) + "</h3>" + paragraph(u.why);
  std::vector<double> rates;
  for (const RunLog::Rates& r : run.rates)
    if (r.layer == u.layer && u.unit >= 0 && u.unit < static_cast<int64_t>(r.rates.size()))
      rates.push_back(r.rates[static_cast<std::size_t>(u.unit)]);
  if (rates.size() > 1)
    html += "<div class=\"spark\">" + spark_line("firing rate over the run", rates) + "</div>" +
            paragraph(message("Firing rate over the run: ", percent(rates.front()),
                          " % at the first census, ", percent(rates.back()), " % at the last."),
                "muted");
  const RunLog::Change* death = nullptr;
  bool dead = false;
  std::string life;
  for (const RunLog::Change& c : run.changes) {
    if (c.layer != u.layer || c.unit != u.unit) continue;
    if (c.death && !c.born) death = &c;
    dead = c.death;
    constexpr std::size_t kLongest = 160;
    if (life.size() < kLongest) {
      life += (life.empty() ? "" : "; ") +
              (c.born ? "born dead"
                      : message(c.death ? "died" : "revived", " between steps ", thousands(c.after),
                            " and ", thousands(c.step)));
    } else if (!life.ends_with("…")) {
      life += "; …";
    }
  }
  if (!life.empty()) html += paragraph("Life: " + life + ".");
  if (death && death->cause) html += cause_of(run, *death);
  if (const auto* p = last_of(run.prophecies, u))
    html += paragraph(message("Foretold at step ", thousands(p->step), ": ",
        p->text.empty() ? spoken(p->kind) : p->text,
        p->theorem.empty() ? "" : " (" + spoken(p->theorem) + ")"));
  if (const auto* s = last_of(run.scores, u))
    html += paragraph(message(s->right ? "It came true" : "It failed", " at step ",
        thousands(s->step), s->text.empty() ? "." : ": " + s->text));
  return html + pictures_of(u, dead) + "</section>";
}

}  // namespace

std::string units_section(const RunLog& run) {
  std::string html;
  for (const RunLog::Unit& u : run.units) html += card(run, u);
  return html;
}

}  // namespace lively::lab
