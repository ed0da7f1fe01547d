// internal: columns of a table that hold words, each word an input of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lively/data/scaling.h"

namespace lively::detail {

// The words of each column in the order of their inputs, none of a column of numbers. Empty: all
// columns are of numbers.
using ColumnWords = std::vector<std::vector<std::string>>;

// Numbers the words of one column: those that it is known to have, or else as they come.
class WordColumn {
 public:
  static constexpr std::size_t kMost = 64;  // words that are found

  WordColumn() = default;
  explicit WordColumn(const std::vector<std::string>& words);

  // Which word this is, by number from 0 on; nullopt: one that is not known, or one too many.
  std::optional<std::size_t> number_of(const std::string& cell);
  bool known() const { return known_; }
  std::size_t size() const { return words_.size(); }
  // In the order of their inputs: as they were given, else by bytes; and which input each is, by
  // number.
  std::vector<std::string> words() const;
  std::vector<std::size_t> inputs() const;
  // Of so many lines, are they so many that they name lines rather than kinds?
  bool name_lines(int64_t lines) const;

 private:
  bool known_ = false;
  std::vector<std::string> words_;  // by number
  std::map<std::string, std::size_t> numbers_;
};

// Lines of a table, one after the other, of words their number: with an input for each word
// instead, 1 where the line has it and else 0. `columns`: null for those of numbers.
std::vector<double> spread_words(
    const std::vector<double>& lines, const std::vector<const WordColumn*>& columns);

// Columns, and the names of their inputs as models remember them: that of the column, and of a word
// "colour\tred", which no name from a file can be (printable()).
struct NamedColumns {
  std::vector<std::string> names;
  ColumnWords words;  // as long; empty: there are none
};
std::vector<std::string> input_names(const NamedColumns& columns);
NamedColumns columns_of(const std::vector<std::string>& inputs);

// How many inputs they are.
int64_t word_inputs(const ColumnWords& words);
// "words of colour (3), shape (2) as inputs of 0 or 1".
std::string words_text(const NamedColumns& columns);
// Their inputs stay as they are.
void leave_words(Scaling& scaling, const ColumnWords& words);

}  // namespace lively::detail
