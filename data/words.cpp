#include "lively/data/words.h"

#include <algorithm>

#include "lively/data/samples.h"

namespace lively::detail {
namespace {

constexpr char kBeforeWord = '\t';

}  // namespace

WordColumn::WordColumn(const std::vector<std::string>& words) : known_(true), words_(words) {
  for (std::size_t i = 0; i < words.size(); ++i) numbers_.emplace(words[i], i);
}

std::optional<std::size_t> WordColumn::number_of(const std::string& cell) {
  const std::string word = printable(cell);
  if (const auto found = numbers_.find(word); found != numbers_.end()) return found->second;
  if (known_ || words_.size() == kMost) return std::nullopt;
  numbers_.emplace(word, words_.size());
  words_.push_back(word);
  return words_.size() - 1;
}

std::vector<std::string> WordColumn::words() const {
  std::vector<std::string> all = words_;
  if (!known_) std::ranges::sort(all);
  return all;
}

std::vector<std::size_t> WordColumn::inputs() const {
  std::vector<std::size_t> of(words_.size());
  std::size_t next = 0;
  for (const std::string& word : words()) of[numbers_.at(word)] = next++;
  return of;
}

bool WordColumn::name_lines(int64_t lines) const {
  constexpr std::size_t kFew = 20;  // of which nobody asks
  return !known_ && words_.size() > kFew && 2 * static_cast<int64_t>(words_.size()) > lines;
}

std::vector<double> spread_words(
    const std::vector<double>& lines, const std::vector<const WordColumn*>& columns) {
  struct Inputs {
    std::size_t from;               // the first
    std::vector<std::size_t> of{};  // each word, by its number; empty: the number itself
  };
  std::vector<Inputs> of;
  std::size_t width = 0;
  for (const WordColumn* column : columns) {
    of.push_back({width, column ? column->inputs() : std::vector<std::size_t>{}});
    width += column ? column->size() : 1;
  }
  const std::size_t n = columns.empty() ? 0 : lines.size() / columns.size();
  std::vector<double> inputs(n * width, 0.0);
  for (std::size_t line = 0; line < n; ++line)
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double v = lines[line * columns.size() + c];
      double* to = inputs.data() + line * width + of[c].from;
      if (of[c].of.empty()) {
        *to = v;
      } else {
        to[of[c].of[static_cast<std::size_t>(v)]] = 1;
      }
    }
  return inputs;
}

int64_t word_inputs(const ColumnWords& words) {
  int64_t n = 0;
  for (const auto& of : words) n += static_cast<int64_t>(of.size());
  return n;
}

std::vector<std::string> input_names(const NamedColumns& columns) {
  if (columns.words.empty()) return columns.names;
  std::vector<std::string> inputs;
  for (std::size_t c = 0; c < columns.names.size(); ++c) {
    if (columns.words[c].empty()) inputs.push_back(columns.names[c]);
    for (const std::string& word : columns.words[c])
      inputs.push_back(columns.names[c] + kBeforeWord + word);
  }
  return inputs;
}

NamedColumns columns_of(const std::vector<std::string>& inputs) {
  NamedColumns columns;
  bool any = false;
  for (const std::string& input : inputs) {
    const std::size_t cut = std::min(input.find(kBeforeWord), input.size());
    const std::string name = input.substr(0, cut);
    const bool word = cut < input.size();
    any |= word;
    if (!word || columns.names.empty() || columns.names.back() != name) {
      columns.names.push_back(name);
      columns.words.emplace_back();
    }
    if (word) columns.words.back().push_back(input.substr(cut + 1));
  }
  if (!any) columns.words.clear();
  return columns;
}

std::string words_text(const NamedColumns& columns) {
  constexpr std::size_t kShown = 6;
  std::string text = "words of ";
  std::size_t shown = 0;
  for (std::size_t c = 0; c < columns.words.size(); ++c) {
    if (columns.words[c].empty()) continue;
    if (shown == kShown) {
      text += ", …";
      break;
    }
    text += message(shown++ ? ", " : "", columns.names[c], " (", columns.words[c].size(), ")");
  }
  return text + " as inputs of 0 or 1";
}

void leave_words(Scaling& scaling, const ColumnWords& words) {
  std::size_t at = 0;
  for (const auto& of : words) {
    for (std::size_t i = 0; i < of.size(); ++i) scaling.mean[at + i] = 0, scaling.scale[at + i] = 1;
    at += std::max<std::size_t>(of.size(), 1);
  }
}

}  // namespace lively::detail
