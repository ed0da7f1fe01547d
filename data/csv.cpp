#include "lively/data/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "lively/data/csv_lines.h"
#include "lively/data/file.h"

namespace lively {
namespace {

using detail::grouped;
using detail::in_quotes;

constexpr double kLargestLabel = 2147483646;

// The lines of a file without their ends, numbered from 1 on.
class Lines {
 public:
  explicit Lines(const std::string& path) : in_(path, detail::Unpack::gzip) {}

  // Skips empty lines. What it gives is good until the next call.
  bool next(std::string_view& line) {
    while (take(line)) {
      ++number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
      if (number_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(3);
      if (!line.empty()) return true;
    }
    return false;
  }

  int64_t number() const { return number_; }
  const std::string& path() const { return in_.path(); }

 private:
  bool take(std::string_view& line) {
    std::size_t searched = at_;
    for (;;) {
      const std::size_t end = buffer_.find('\n', searched);
      if (end != std::string::npos) {
        line = std::string_view(buffer_).substr(at_, end - at_);
        at_ = end + 1;
        return true;
      }
      buffer_.erase(0, std::exchange(at_, 0));
      searched = buffer_.size();
      constexpr std::size_t kLongest = std::size_t{1} << 26;
      if (searched > kLongest)
        fail<DataError>(path(), ": line ", grouped(number_ + 1), ": is longer than ",
            grouped(kLongest), " bytes");
      constexpr std::size_t kPiece = std::size_t{1} << 16;
      buffer_.resize(searched + kPiece);
      const auto got = static_cast<std::size_t>(in_.read(buffer_.data() + searched, kPiece));
      buffer_.resize(searched + got);
      if (got > 0) continue;
      if (!in_.whole()) fail<DataError>(path(), ": ", in_.end(), ", inside packed data");
      line = buffer_;
      at_ = buffer_.size();
      return !line.empty();
    }
  }

  detail::InputFile in_;
  std::string buffer_;
  std::size_t at_ = 0;  // of the next line
  int64_t number_ = 0;
};

// Cuts one line into cells.
class Cells {
 public:
  Cells(const Lines& lines, std::string_view line, char separator)
      : lines_(lines), rest_(line), separator_(separator) {}

  bool next(std::string_view& cell) {
    if (ended_) return false;
    ++column_;
    skip_blanks();
    if (rest_.starts_with('"')) {
      cell = inside_quotes();
      skip_blanks();
      if (!rest_.empty() && rest_.front() != separator_) wrong("text after the closing quote");
    } else {
      cell = rest_.substr(0, rest_.find(separator_));
      rest_.remove_prefix(cell.size());
      while (!cell.empty() && is_blank(cell.back())) cell.remove_suffix(1);
    }
    ended_ = rest_.empty();
    if (!ended_) rest_.remove_prefix(1);
    return true;
  }

  int64_t column() const { return column_; }  // of the last cell, from 1 on

  [[noreturn]] void wrong(const std::string& what) const {
    fail<DataError>(lines_.path(), ": line ", grouped(lines_.number()), ", column ",
        grouped(column_), ": ", what);
  }

 private:
  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != separator_; }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view inside_quotes() {
    std::size_t end = rest_.find('"', 1);
    // Two quotes stand for one that belongs to the text.
    while (end != std::string_view::npos && rest_.substr(end + 1).starts_with('"'))
      end = rest_.find('"', end + 2);
    if (end == std::string_view::npos) wrong("a quote that is not closed on this line");
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  const Lines& lines_;
  std::string_view rest_;
  char separator_;
  int64_t column_ = 0;
  bool ended_ = false;
};

double number_of(std::string_view cell, const Cells& at) {
  std::string_view text = cell;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::invalid_argument || result.ptr != text.data() + text.size())
    at.wrong(in_quotes(cell) + " is no number");
  if (result.ec == std::errc() && !std::isfinite(value))
    at.wrong(in_quotes(cell) + " is not finite");
  if (result.ec != std::errc() || std::isinf(static_cast<float>(value)))
    at.wrong(in_quotes(cell) + " is out of float32's range");
  return value;
}

int64_t label_of(std::string_view cell, const Cells& at) {
  const double value = number_of(cell, at);
  if (!(value >= 0 && value <= kLargestLabel) || value != std::floor(value))
    at.wrong(message("label ", in_quotes(cell), "; labels are whole numbers from 0 to ",
        static_cast<int64_t>(kLargestLabel)));
  return static_cast<int64_t>(value);
}

struct Table {
  std::vector<float> inputs;
  std::vector<int64_t> labels;
  int64_t columns = 0;     // labels included; 0: no line yet
  int64_t first_line = 0;  // which had so many
};

void check_columns(Table& table, int64_t columns, const Lines& lines) {
  if (table.columns == 0) {
    table.columns = columns;
    table.first_line = lines.number();
    if (columns < 2)
      fail<DataError>(lines.path(), ": line ", grouped(lines.number()),
          ": has 1 column; needs a label and at least one input");
  }
  if (columns != table.columns)
    fail<DataError>(lines.path(), ": line ", grouped(lines.number()), ": has ", grouped(columns),
        columns == 1 ? " column" : " columns", "; line ", grouped(table.first_line), " has ",
        grouped(table.columns));
}

int64_t count_cells(Cells cells) {
  std::string_view cell;
  while (cells.next(cell)) {
  }
  return cells.column();
}

Table read_table(Lines& lines, const CsvOptions& options) {
  Table table;
  bool header = options.header;
  for (std::string_view line, cell; lines.next(line);) {
    check_columns(table, count_cells({lines, line, options.separator}), lines);
    const int64_t label_column =
        options.label_column + (options.label_column < 0 ? table.columns : 0);
    if (label_column < 0 || label_column >= table.columns)
      fail<ValueError>("read_csv: label column ", options.label_column, ": line ",
          grouped(table.first_line), " of ", lines.path(), " has ", grouped(table.columns),
          " columns");
    if (std::exchange(header, false)) continue;
    for (Cells cells(lines, line, options.separator); cells.next(cell);) {
      if (cells.column() - 1 == label_column) {
        table.labels.push_back(label_of(cell, cells));
      } else {
        table.inputs.push_back(static_cast<float>(number_of(cell, cells)));
      }
    }
  }
  if (table.labels.empty()) fail<DataError>(lines.path(), ": has no line of numbers");
  return table;
}

}  // namespace

TensorDataset read_csv(const std::string& path, const CsvOptions& options) {
  if (std::string_view(",;|: \t").find(options.separator) == std::string_view::npos)
    fail<ValueError>("read_csv: separator ", in_quotes({&options.separator, 1}),
        ": needs one of , ; | : tab space");
  Lines lines(path);
  try {
    const Table table = read_table(lines, options);
    const auto rows = static_cast<int64_t>(table.labels.size());
    const int64_t classes = *std::max_element(table.labels.begin(), table.labels.end()) + 1;
    return TensorDataset(Tensor::of(table.inputs, {rows, table.columns - 1}),
        Tensor::of(table.labels, {rows}), classes);
  } catch (const std::bad_alloc&) {
    fail<DataError>(path, ": no memory for more than ", grouped(lines.number()), " lines");
  }
}

void detail::each_csv_line(const std::string& path, char separator,
    const std::function<void(int64_t, const std::vector<std::string>&)>& take) {
  Lines lines(path);
  std::vector<std::string> texts;
  for (std::string_view line, cell; lines.next(line);) {
    texts.clear();
    for (Cells cells(lines, line, separator); cells.next(cell);) texts.emplace_back(cell);
    take(lines.number(), texts);
  }
}

}  // namespace lively
