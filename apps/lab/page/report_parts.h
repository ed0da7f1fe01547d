#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// What the sections of a page are made of.
std::string heading(const std::string& text);
std::string paragraph(const std::string& text, const char* kind = "");
constexpr std::size_t kMostListed = 100;  // of what a log may have without end
template <class T>
std::span<const T> listed(const std::vector<T>& all) {
  return std::span(all).first(std::min(all.size(), kMostListed));
}
// Places of at most `most` of `all`, evenly spread, the first and the last among them.
std::vector<std::size_t> spread(std::size_t all, std::size_t most);
std::string and_more(std::size_t all,
    const std::string& what);          // "And 5 more replays, in the log."; empty: all are shown
std::string spoken(std::string code);  // "born dead" of born_dead
// A layer for people: its title, or its module path where the log has none; the second form stands
// in a sentence, "hidden layer 2 of 5" or "layer 4".
std::string layer_title(const RunLog& run, const std::string& layer);
std::string layer_words(const RunLog& run, const std::string& layer);
// Where the fall of a unit came from: "upstream (hidden layer 2 of 5)".
std::string origin_words(const RunLog& run, const RunLog::Cause& cause);
// The network in a line: as the log says it, or from the shapes of its weights, or its modules.
std::string network_words(const RunLog& run);
// Content that is shown when its summary is clicked.
std::string folded(const std::string& summary, const std::string& html);
// Lines that say something of somebody; of equal ones one is left, "48 notes: …", with a fold-out
// that names whose it is.
struct Said {
  std::string who, what;  // "Note", ": the text"
};
std::string equal_lines(
    const std::vector<Said>& lines, const std::string& plural, const char* kind = "");
// The first cell of each row names it. Cells are text, not markup.
std::string table(
    const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
// All that stands before and after what is on a page: its head, its style, and its title as
// heading.
std::string open_page(const std::string& title, int refresh = 0);  // seconds; 0: it is whole
std::string close_page();

// Sections of one run; nothing where the log has nothing for them.
std::string verdict_section(const RunLog& run, const std::string& title, bool under_way = false);
std::string doctor_section(const RunLog& run);  // what heals it, on several seeds
// Loss, accuracy, gradients and steps over time; runs with the same settings but for their seed are
// one line with a band.
std::string curves_section(const std::vector<RunLog>& runs);
std::string network_chart(const RunLog& run);     // its layers, and how much of each is dead
std::string mistakes_section(const RunLog& run);  // confusion matrix, and the surest mistakes
std::string spreads_section(const RunLog& run);   // histograms and gradient norms by layer
std::string heat_section(const RunLog& run);   // dead, dormant and resting units by layer and time
std::string lives_section(const RunLog& run);  // a line for each unit that was dead at some census
std::string layers_section(const RunLog& run);
std::string causes_section(
    const RunLog& run);  // what killed units, and whether a replay bears it out
std::string prophecies_section(
    const RunLog& run);                        // which can wake again, scored, and certificates
std::string units_section(const RunLog& run);  // cards of the most instructive units
std::string not_found_section(const RunLog& run);
std::string cure_words(const RunLog& run);         // what heals it, within the verdict
std::string treatment_section(const RunLog& run);  // all that was tried to heal it
std::string rates_section(const RunLog& run);      // the learning rate range test

// Are these runs of one recipe, which differ in their seed alone?
bool are_seeds(const std::vector<RunLog>& runs);
// What such runs came to together.
std::string seeds_section(const std::vector<RunLog>& runs);

}  // namespace lively::lab
